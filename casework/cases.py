"""A case file: opened, assessed, closed, by the province responsible for it.

Promise: only the responsible province moves its case, and a case with an open referral cannot be closed.
Rules: a case may be assessed again while it is assessed, and closed without ever having been assessed; closed is the
end. Time never runs backwards. A category is valid on the local day on which it is chosen.
Elsewhere: referring a case to another province, `casework.referrals`; the person, `casework.persons`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from casework import texts
from casework.agreements import Agreement
from casework.categories import LIST, Category, valid
from casework.outcomes import Outcome
from casework.parties import Party
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
from casework.vulnerabilities import Vulnerability, ordered


class Status(StrEnum):
    OPENED = "OPENED"
    ASSESSED = "ASSESSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    id: str
    party: str  # the responsible province
    number: str
    status: Status
    person: str
    category: Category
    vulnerabilities: tuple[Vulnerability, ...]
    risk: Risk | None
    outcome: Outcome | None
    opened_at: datetime
    assessed_at: datetime | None
    closed_at: datetime | None


def is_protected(category: Category, vulnerabilities: Iterable[Vulnerability]) -> bool:
    """A trafficking victim's case is shown as a protection case, without category or needs, until it is accepted."""
    return category is Category.KORBAN_TRAFFICKING or Vulnerability.VICTIM_OF_TRAFFICKING in vulnerabilities


def open_case(
    *,
    id: str,
    by: str,
    at: datetime,
    number: str,
    person: str,
    category: Category,
    vulnerabilities: Iterable[Vulnerability],
    agreement: Agreement,
) -> Case | Refusal:
    party = agreement.party(by)
    if party is None:
        return NotAParty(party=by)
    if texts.is_blank(number):
        return TextMissing(name="number")
    if texts.has_control(number):
        return FactUnreadable(name="number")
    refused = _not_valid(category, party, at, agreement)
    if refused is not None:
        return refused
    return Case(
        id=id,
        party=by,
        number=number.strip(),
        status=Status.OPENED,
        person=person,
        category=category,
        vulnerabilities=ordered(vulnerabilities),
        risk=None,
        outcome=None,
        opened_at=at,
        assessed_at=None,
        closed_at=None,
    )


def assess(
    case: Case,
    *,
    by: str,
    at: datetime,
    risk: Risk,
    category: Category | None = None,
    vulnerabilities: Iterable[Vulnerability] | None = None,
    agreement: Agreement,
) -> Case | Refusal:
    """Category and vulnerabilities stay as they are where None is given."""
    refused = _may_move(case, by, at)
    if refused is not None:
        return refused
    party = agreement.party(by)
    if party is None:
        return NotAParty(party=by)
    chosen = case.category if category is None else category
    if chosen is not case.category:  # an old case keeps a category that has been ended since
        refused = _not_valid(chosen, party, at, agreement)
        if refused is not None:
            return refused
    return replace(
        case,
        status=Status.ASSESSED,
        category=chosen,
        vulnerabilities=case.vulnerabilities if vulnerabilities is None else ordered(vulnerabilities),
        risk=risk,
        assessed_at=at,
    )


def close(case: Case, *, by: str, at: datetime, outcome: Outcome, open_targets: Collection[str]) -> Case | Refusal:
    """`open_targets`: the parties to which the case has an open referral."""
    refused = _may_move(case, by, at)
    if refused is not None:
        return refused
    if open_targets:
        return ReferralOpen(to=min(open_targets))
    return replace(case, status=Status.CLOSED, outcome=outcome, closed_at=at)


def _may_move(case: Case, by: str, at: datetime) -> Refusal | None:
    if by != case.party:
        return WrongParty(by=by, belongs_to=case.party)
    if case.status is Status.CLOSED:
        return WrongStatus(status=case.status, allowed=(Status.OPENED, Status.ASSESSED))
    latest = case.assessed_at or case.opened_at
    return TimeRunsBackwards(at=at, latest=latest) if at < latest else None


def _not_valid(category: Category, party: Party, at: datetime, agreement: Agreement) -> Refusal | None:
    on = agreement.local_date(party, at)
    return None if valid(LIST[category], on) else CategoryNotValid(category=category, on=on)
