"""Stories before a referral is sent: what a case would tell, to whom it may, and what the receiver sees first."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from casework import drafts, referrals
from casework.agreements import Agreement
from casework.categories import Category
from casework.drafts import Draft, Facts, Preview
from casework.persons import AgeBand, Sex
from casework.referrals import Referral
from casework.refusals import (
    AgreementNotInForce,
    DueNotCountable,
    FactDiffers,
    FactMissing,
    NotAParty,
    OwnProvince,
    ReferralOpen,
    Refusal,
    TermsNotAgreed,
    TimeRunsBackwards,
    WrongParty,
    WrongStatus,
)
from casework.risks import Risk
from casework.terms import Term
from casework.vulnerabilities import Vulnerability
from tests.casework.stories import (
    AGREEMENT,
    BALI,
    BEFORE,
    EAST_JAVA,
    HOUR,
    JAKARTA,
    SECOND,
    START,
    assessed_case,
    closed_case,
    digest,
    draft,
    must,
    opened_case,
    person,
)


def _draft(
    *,
    to: str = EAST_JAVA,
    by: str = JAKARTA,
    at: datetime = START,
    open_targets: tuple[str, ...] = (),
    risk: Risk = Risk.LOW,
    agreement: Agreement = AGREEMENT,
) -> Draft | Refusal:
    return drafts.draft(
        assessed_case(risk),
        person(),
        id="1" * 32,
        to=to,
        by=by,
        at=at,
        agreement=agreement,
        open_targets=open_targets,
    )


def _send(
    drafted: Draft, *, by: str = JAKARTA, at: datetime = START, agreement: Agreement = AGREEMENT
) -> Referral | Refusal:
    return referrals.send(drafted, by=by, at=at, statement=digest("sent"), agreement=agreement)


FACTS = draft().facts


@pytest.mark.parametrize("risk", Risk)
def test_whatever_the_risk_the_terms_in_clear_are_everybodys(risk: Risk) -> None:
    drafted = must(Draft, _draft(risk=risk))
    assert (drafted.term_acknowledge, drafted.term_decide) == (Term.PT24H, Term.P3WD)
    assert drafted.facts.risk is risk


@pytest.mark.parametrize(
    ("risk", "acknowledge", "decide"),
    [
        (Risk.LOW, Term.PT24H, Term.P3WD),
        (Risk.MEDIUM, Term.PT24H, Term.P3WD),
        (Risk.HIGH, Term.PT24H, Term.PT24H),
        (Risk.EMERGENCY, Term.PT6H, Term.PT24H),
    ],
)
def test_under_data_of_the_format_before_the_risk_decided_the_terms(
    risk: Risk, acknowledge: Term, decide: Term
) -> None:
    drafted = must(Draft, _draft(risk=risk, agreement=BEFORE))
    assert (drafted.term_acknowledge, drafted.term_decide) == (acknowledge, decide)


def test_a_draft_tells_what_the_case_and_the_person_say() -> None:
    assert draft().facts == Facts(
        age_band=AgeBand.AGE_13_17,
        case="c" * 32,
        category=Category.ANAK_TERLANTAR,
        risk=Risk.LOW,
        sex=Sex.FEMALE,
        vulnerabilities=(Vulnerability.CHILD,),
    )


def test_the_age_is_counted_on_the_senders_day() -> None:
    late_evening = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # already the 3rd in Jakarta
    born = person(birth_date=date(2008, 3, 3))
    told = [
        must(
            Draft,
            drafts.draft(
                assessed_case(), born, id="1" * 32, to=BALI, by=JAKARTA, at=at, agreement=AGREEMENT, open_targets=()
            ),
        ).facts.age_band
        for at in (late_evening - HOUR, late_evening)
    ]
    assert told == [AgeBand.AGE_13_17, AgeBand.AGE_18_59]


def test_only_the_responsible_province_refers_its_case() -> None:
    assert _draft(by=BALI) == WrongParty(by=BALI, belongs_to=JAKARTA)


@pytest.mark.parametrize("case", [opened_case(), closed_case(), replace(assessed_case(), risk=None)])
def test_only_an_assessed_case_is_referred(case: object) -> None:
    assert isinstance(case, type(opened_case()))
    refusal = drafts.draft(
        case, person(), id="1" * 32, to=BALI, by=JAKARTA, at=START, agreement=AGREEMENT, open_targets=()
    )
    assert refusal == WrongStatus(status=case.status, allowed=("ASSESSED",))


def test_a_case_is_not_referred_before_it_was_assessed() -> None:
    assert _draft(at=START - SECOND) == TimeRunsBackwards(at=START - SECOND, latest=START)


@pytest.mark.parametrize("to", ["ID-PA", "HOST", "FORUM", "AUDITOR:bpk", "id-ji", ""])
def test_only_parties_to_the_agreement_receive(to: str) -> None:
    assert _draft(to=to) == NotAParty(party=to)


def test_only_parties_to_the_agreement_send() -> None:
    papua = replace(assessed_case(), party="ID-PA")
    refusal = drafts.draft(
        papua, person(), id="1" * 32, to=BALI, by="ID-PA", at=START, agreement=AGREEMENT, open_targets=()
    )
    assert refusal == NotAParty(party="ID-PA")
    assert _send(replace(draft(), sender="ID-PA"), by="ID-PA") == NotAParty(party="ID-PA")


def test_nobody_refers_to_itself() -> None:
    assert _draft(to=JAKARTA) == OwnProvince(party=JAKARTA)


def test_one_referral_is_open_for_each_target() -> None:
    assert _draft(open_targets=(BALI, EAST_JAVA)) == ReferralOpen(to=EAST_JAVA)
    assert isinstance(_draft(open_targets=(BALI,)), Draft)


@pytest.mark.parametrize(
    ("at", "in_force"),
    [
        (datetime(2025, 6, 16, 16, 59, 59, tzinfo=UTC), False),
        (datetime(2025, 6, 16, 17, 0, 0, tzinfo=UTC), True),
        (datetime(2030, 6, 17, 16, 59, 59, tzinfo=UTC), True),
        (datetime(2030, 6, 17, 17, 0, 0, tzinfo=UTC), False),
    ],
)
def test_referrals_are_sent_while_the_agreement_is_in_force_to_the_second(at: datetime, in_force: bool) -> None:
    moved = _send(draft(), at=at)
    assert isinstance(moved, Referral) is in_force
    if not in_force:
        assert moved == AgreementNotInForce(at=at)


def test_a_draft_is_sent_by_its_sender_alone() -> None:
    assert _send(draft(), by=EAST_JAVA) == WrongParty(by=EAST_JAVA, belongs_to=JAKARTA)


@pytest.mark.parametrize("facts", [FACTS, replace(FACTS, risk=Risk.EMERGENCY), Facts()])
@pytest.mark.parametrize("acknowledge", Term)
@pytest.mark.parametrize("decide", Term)
def test_no_referral_is_sent_on_other_terms_than_everybodys(acknowledge: Term, decide: Term, facts: Facts) -> None:
    """Whoever sends on urgent terms would tell the risk, whether or not it is opened to whom judges."""
    told = replace(draft(), facts=facts, term_acknowledge=acknowledge, term_decide=decide)
    moved = _send(told)
    if (acknowledge, decide) == (Term.PT24H, Term.P3WD):
        assert isinstance(moved, Referral)
    else:
        assert moved == TermsNotAgreed(term_acknowledge=acknowledge, term_decide=decide)


def test_before_an_emergency_could_not_be_sent_on_the_terms_of_a_low_risk_nor_the_other_way_round() -> None:
    emergency, low = must(Draft, _draft(risk=Risk.EMERGENCY, agreement=BEFORE)), draft()
    swapped = replace(emergency, term_acknowledge=low.term_acknowledge, term_decide=low.term_decide)
    assert _send(swapped, agreement=BEFORE) == TermsNotAgreed(term_acknowledge="PT24H", term_decide="P3WD")
    hurried = replace(low, term_acknowledge=Term.PT6H, term_decide=Term.PT24H)
    assert _send(hurried, agreement=BEFORE) == TermsNotAgreed(term_acknowledge="PT6H", term_decide="PT24H")


@pytest.mark.parametrize("acknowledge", Term)
@pytest.mark.parametrize("decide", Term)
def test_before_any_agreed_pair_of_terms_was_lawful_where_the_risk_is_sealed(acknowledge: Term, decide: Term) -> None:
    sealed = replace(draft(), facts=Facts(), term_acknowledge=acknowledge, term_decide=decide)
    agreed = {(Term.PT24H, Term.P3WD), (Term.PT24H, Term.PT24H), (Term.PT6H, Term.PT24H)}
    moved = _send(sealed, agreement=BEFORE)
    assert isinstance(moved, Referral) is ((acknowledge, decide) in agreed)


def test_a_term_that_no_calendar_can_count_is_refused() -> None:
    short = replace(AGREEMENT.calendars[0], last=START.date())
    agreement = replace(AGREEMENT, calendars=(short,))
    refusal = referrals.send(draft(), by=JAKARTA, at=START, statement=digest("sent"), agreement=agreement)
    assert refusal == DueNotCountable(term="P3WD", day=date(2026, 3, 3))
    assert drafts.countable(AGREEMENT, "ID-PA", Term.PT6H, START) == NotAParty(party="ID-PA")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (replace(FACTS, age_band=AgeBand.UNKNOWN), "age_band"),
        (replace(FACTS, case="d" * 32), "case"),
        (replace(FACTS, category=Category.PENGEMIS), "category"),
        (replace(FACTS, risk=None), "risk"),
        (replace(FACTS, sex=Sex.MALE), "sex"),
        (replace(FACTS, vulnerabilities=()), "vulnerability"),
    ],
)
def test_a_statement_that_tells_something_else_than_the_case_is_refused(told: Facts, name: str) -> None:
    assert drafts.differs(draft(), replace(draft(), facts=told)) == FactDiffers(name=name)


def test_a_statement_to_somebody_else_or_on_other_terms_is_refused() -> None:
    assert drafts.differs(draft(), draft(to=BALI)) == FactDiffers(name="to")
    emergency = replace(draft(), term_acknowledge=Term.PT6H, term_decide=Term.PT24H)
    assert drafts.differs(draft(), emergency) == TermsNotAgreed(term_acknowledge="PT6H", term_decide="PT24H")
    assert drafts.differs(draft(), draft()) is None


def test_a_preview_shows_age_band_sex_and_category() -> None:
    assert drafts.preview(FACTS) == Preview(
        age_band=AgeBand.AGE_13_17, sex=Sex.FEMALE, category=Category.ANAK_TERLANTAR, protection=False
    )


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, category=Category.KORBAN_TRAFFICKING),
        replace(FACTS, vulnerabilities=(Vulnerability.CHILD, Vulnerability.VICTIM_OF_TRAFFICKING)),
    ],
)
def test_a_trafficking_victims_preview_is_a_protection_case_without_needs(facts: Facts) -> None:
    shown = must(Preview, drafts.preview(facts))
    assert (shown.category, shown.protection) == (None, True)


def test_a_preview_is_not_guessed() -> None:
    assert drafts.preview(replace(FACTS, category=None)) == FactMissing(name="category")
    assert drafts.preview(replace(FACTS, vulnerabilities=None)) == FactMissing(name="vulnerability")
    unknown = must(Preview, drafts.preview(replace(FACTS, age_band=None, sex=None)))
    assert (unknown.age_band, unknown.sex) == (AgeBand.UNKNOWN, Sex.UNKNOWN)
