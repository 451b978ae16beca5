"""Stories of a case file: opened, assessed, closed, by its own province, and never while a referral is open."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from casework import cases, categories
from casework.cases import Case, Status
from casework.categories import Category
from casework.outcomes import Outcome
from casework.refusals import (
    CategoryNotValid,
    FactUnreadable,
    NotAParty,
    ReferralOpen,
    Refusal,
    TextMissing,
    TimeRunsBackwards,
    WrongParty,
    WrongStatus,
)
from casework.risks import Risk
from casework.vulnerabilities import Vulnerability
from tests.casework.stories import (
    AGREEMENT,
    BALI,
    EAST_JAVA,
    HOUR,
    JAKARTA,
    SECOND,
    START,
    assessed_case,
    closed_case,
    must,
    opened_case,
)


def _open(*, by: str = JAKARTA, number: str = "1", at: datetime = START) -> Case | Refusal:
    return cases.open_case(
        id="c" * 32,
        by=by,
        at=at,
        number=number,
        person="a" * 32,
        category=Category.LANJUT_USIA_TERLANTAR,
        vulnerabilities=(Vulnerability.ILL, Vulnerability.ELDERLY, Vulnerability.ILL),
        agreement=AGREEMENT,
    )


def _assess(case: Case, *, by: str = JAKARTA, at: datetime = START, category: Category | None = None) -> Case | Refusal:
    return cases.assess(case, by=by, at=at, risk=Risk.HIGH, category=category, agreement=AGREEMENT)


def _close(
    case: Case, *, by: str = JAKARTA, at: datetime = START, open_targets: frozenset[str] = frozenset()
) -> Case | Refusal:
    return cases.close(case, by=by, at=at, outcome=Outcome.DIED, open_targets=open_targets)


def test_a_case_is_opened_by_a_party_with_its_vulnerabilities_in_order() -> None:
    case = must(Case, _open(number=" 7 "))
    assert (case.status, case.party, case.number, case.risk) == (Status.OPENED, JAKARTA, "7", None)
    assert case.vulnerabilities == (Vulnerability.ELDERLY, Vulnerability.ILL)


@pytest.mark.parametrize("by", ["ID-PA", "HOST", "FORUM", "AUDITOR:bpk", ""])
def test_only_a_party_opens_a_case(by: str) -> None:
    assert _open(by=by) == NotAParty(party=by)


@pytest.mark.parametrize("number", ["", " \t", "\u200b\ufeff"])
def test_a_case_needs_a_number(number: str) -> None:
    assert _open(number=number) == TextMissing(name="number")


@pytest.mark.parametrize("number", ["JK/1\nJK/2", "JK\x1b[2J", "\x007"])
def test_a_number_that_moves_a_cursor_is_none(number: str) -> None:
    assert _open(number=number) == FactUnreadable(name="number")


def test_a_category_is_valid_on_the_partys_own_day(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = replace(categories.LIST[Category.LANJUT_USIA_TERLANTAR], until=date(2026, 3, 3))
    monkeypatch.setitem(categories.LIST, Category.LANJUT_USIA_TERLANTAR, listed)
    at = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # the 2nd in Jakarta, the 3rd in Bali
    assert isinstance(_open(at=at), Case)
    refusal = CategoryNotValid(category="LANJUT_USIA_TERLANTAR", on=date(2026, 3, 3))
    assert _open(by=BALI, at=at) == refusal
    assert _assess(opened_case(), at=at + HOUR, category=Category.LANJUT_USIA_TERLANTAR) == refusal
    # Who has it already keeps it.
    assert isinstance(_assess(replace(opened_case(), category=Category.LANJUT_USIA_TERLANTAR), at=at + HOUR), Case)


def test_an_assessment_sets_the_risk_and_keeps_what_is_not_told() -> None:
    case = must(Case, _assess(opened_case(), at=START + HOUR))
    assert (case.status, case.risk, case.assessed_at) == (Status.ASSESSED, Risk.HIGH, START + HOUR)
    assert (case.category, case.vulnerabilities) == (Category.ANAK_TERLANTAR, (Vulnerability.CHILD,))


def test_a_case_may_be_assessed_again() -> None:
    again = must(
        Case,
        cases.assess(
            assessed_case(),
            by=JAKARTA,
            at=START + HOUR,
            risk=Risk.EMERGENCY,
            category=Category.KORBAN_TRAFFICKING,
            vulnerabilities=(),
            agreement=AGREEMENT,
        ),
    )
    assert (again.risk, again.category, again.vulnerabilities) == (Risk.EMERGENCY, Category.KORBAN_TRAFFICKING, ())
    assert again.opened_at == START


def test_a_case_is_closed_with_or_without_assessment() -> None:
    for case in (opened_case(), assessed_case()):
        closed = must(Case, _close(case, at=START + HOUR))
        assert (closed.status, closed.outcome, closed.closed_at) == (Status.CLOSED, Outcome.DIED, START + HOUR)


def test_a_case_with_an_open_referral_is_not_closed() -> None:
    case = assessed_case()
    before = deepcopy(case)
    assert _close(case, open_targets=frozenset({EAST_JAVA, BALI})) == ReferralOpen(to=BALI)
    assert case == before


@pytest.mark.parametrize("by", [BALI, EAST_JAVA, "HOST", ""])
def test_nobody_else_moves_a_case(by: str) -> None:
    case = assessed_case()
    refusal = WrongParty(by=by, belongs_to=JAKARTA)
    assert _assess(case, by=by) == refusal
    assert _close(case, by=by) == refusal
    assert case == assessed_case()


def test_closed_is_the_end() -> None:
    refusal = WrongStatus(status="CLOSED", allowed=("OPENED", "ASSESSED"))
    assert _assess(closed_case(), at=START + HOUR) == refusal
    assert _close(closed_case(), at=START + HOUR) == refusal


def test_time_does_not_run_backwards() -> None:
    refusal = TimeRunsBackwards(at=START - SECOND, latest=START)
    assert _assess(opened_case(), at=START - SECOND) == refusal
    assert _close(opened_case(), at=START - SECOND) == refusal
    later = must(Case, _assess(opened_case(), at=START + HOUR))
    assert _close(later, at=START + HOUR - SECOND) == TimeRunsBackwards(at=START + HOUR - SECOND, latest=START + HOUR)


def test_a_case_of_a_party_that_has_left_is_not_assessed() -> None:
    left = replace(AGREEMENT, parties=tuple(party for party in AGREEMENT.parties if party.code != JAKARTA))
    refusal = cases.assess(opened_case(), by=JAKARTA, at=START, risk=Risk.LOW, agreement=left)
    assert refusal == NotAParty(party=JAKARTA)


@pytest.mark.parametrize(
    ("category", "vulnerabilities", "protected"),
    [
        (Category.KORBAN_TRAFFICKING, (), True),
        (Category.PENGEMIS, (Vulnerability.VICTIM_OF_TRAFFICKING,), True),
        (Category.PENGEMIS, (Vulnerability.VICTIM_OF_VIOLENCE,), False),
    ],
)
def test_trafficking_victims_are_protected(
    category: Category, vulnerabilities: tuple[Vulnerability, ...], protected: bool
) -> None:
    assert cases.is_protected(category, vulnerabilities) is protected
