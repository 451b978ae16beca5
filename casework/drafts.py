"""A referral before anybody has signed it: what a case would tell another province, and whether it may.

Promise: what is sent is what the case says; a receiver that has not accepted sees a preview and no more.
Rules: only an assessed case of one's own, to another party of the agreement, while that is in force, and not where one
is open already. The terms in clear are the agreement's for everybody (`Agreement.named_for`). A trafficking victim's
preview names neither category nor needs.
Elsewhere: the referral once sent, `casework.referrals`; the same facts read from openings, `casework.facts`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from casework.agreements import Agreement, ReferralTerms
from casework.calendars import NotCovered
from casework.cases import Case, Status, is_protected
from casework.categories import Category
from casework.persons import AgeBand, Person, Sex, age_band
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a referral tells under seal; None is a fact that is not known here."""

    age_band: AgeBand | None = None
    case: str | None = None
    category: Category | None = None
    risk: Risk | None = None
    sex: Sex | None = None
    vulnerabilities: tuple[Vulnerability, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the receiver sees before it accepts."""

    age_band: AgeBand
    sex: Sex
    category: Category | None  # None for a protection case
    protection: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A referral that nobody has signed yet."""

    id: str
    sender: str
    receiver: str
    term_acknowledge: Term
    term_decide: Term
    facts: Facts


def draft(
    case: Case,
    person: Person,
    *,
    id: str,
    to: str,
    by: str,
    at: datetime,
    agreement: Agreement,
    open_targets: Collection[str],
) -> Draft | Refusal:
    """The referral that this case would make now. `open_targets`: parties to which it has an open referral."""
    if by != case.party:
        return WrongParty(by=by, belongs_to=case.party)
    party = agreement.party(by)
    if party is None:
        return NotAParty(party=by)
    if case.status is not Status.ASSESSED or case.risk is None:
        return WrongStatus(status=case.status, allowed=(Status.ASSESSED,))
    if case.assessed_at is not None and at < case.assessed_at:
        return TimeRunsBackwards(at=at, latest=case.assessed_at)
    if to in open_targets:
        return ReferralOpen(to=to)
    terms = agreement.named_for(case.risk)
    drafted = Draft(
        id=id,
        sender=by,
        receiver=to,
        term_acknowledge=terms.acknowledge,
        term_decide=terms.decide,
        facts=Facts(
            age_band=age_band(person.birth_date, agreement.local_date(party, at)),
            case=case.id,
            category=case.category,
            risk=case.risk,
            sex=person.sex,
            vulnerabilities=case.vulnerabilities,
        ),
    )
    return unlawful(drafted, by=by, at=at, agreement=agreement) or drafted


def differs(drafted: Draft, told: Draft) -> Refusal | None:
    """Whether what a signed statement tells is what the case says now; every fact must be told."""
    if (drafted.sender, drafted.receiver) != (told.sender, told.receiver):
        return FactDiffers(name="to")
    if (drafted.term_acknowledge, drafted.term_decide) != (told.term_acknowledge, told.term_decide):
        return TermsNotAgreed(term_acknowledge=told.term_acknowledge, term_decide=told.term_decide)
    ours, theirs = drafted.facts, told.facts
    for name, said, meant in (
        ("age_band", theirs.age_band, ours.age_band),
        ("case", theirs.case, ours.case),
        ("category", theirs.category, ours.category),
        ("risk", theirs.risk, ours.risk),
        ("sex", theirs.sex, ours.sex),
        ("vulnerability", theirs.vulnerabilities, ours.vulnerabilities),
    ):
        if said != meant:
            return FactDiffers(name=name)
    return None


def preview(facts: Facts) -> Preview | Refusal:
    """What a referral with these facts shows to its receiver; all four must be known."""
    if facts.category is None:
        return FactMissing(name="category")
    if facts.vulnerabilities is None:
        return FactMissing(name="vulnerability")
    protection = is_protected(facts.category, facts.vulnerabilities)
    return Preview(
        age_band=facts.age_band or AgeBand.UNKNOWN,
        sex=facts.sex or Sex.UNKNOWN,
        category=None if protection else facts.category,
        protection=protection,
    )


def unlawful(drafted: Draft, *, by: str, at: datetime, agreement: Agreement) -> Refusal | None:
    """What the agreement does not allow (A2)."""
    if by != drafted.sender:
        return WrongParty(by=by, belongs_to=drafted.sender)
    for code in (drafted.sender, drafted.receiver):
        if agreement.party(code) is None:
            return NotAParty(party=code)
    if drafted.sender == drafted.receiver:
        return OwnProvince(party=by)
    if not agreement.in_force(at):
        return AgreementNotInForce(at=at)
    terms = ReferralTerms(acknowledge=drafted.term_acknowledge, decide=drafted.term_decide)
    risk = drafted.facts.risk
    # Where the risk is sealed from us, any pair that some risk would give is lawful.
    agreed = {agreement.named_for(each) for each in (Risk if risk is None else (risk,))}
    if terms not in agreed:
        return TermsNotAgreed(term_acknowledge=terms.acknowledge, term_decide=terms.decide)
    uncountable = (countable(agreement, drafted.receiver, term, at) for term in (terms.acknowledge, terms.decide))
    return next((refused for refused in uncountable if refused is not None), None)


def countable(agreement: Agreement, owed_by: str, term: Term, at: datetime) -> Refusal | None:
    """A term whose end no calendar can tell is refused when it is named (A5), or it could never be judged."""
    party = agreement.party(owed_by)
    if party is None:
        return NotAParty(party=owed_by)
    try:
        agreement.due(party, term, at)
    except NotCovered as error:
        return DueNotCountable(term=term, day=error.day)
    return None
