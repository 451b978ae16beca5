"""What one province owes another under the agreement, what has become of it, and how much of it in all.

Promise: each obligation names exactly one debtor and one creditor; its state follows from entries of the ledger that
anybody may check, and is that of the instant that was asked for.
Rules: `asOf` moves the list and its states to an instant; what is reached from an obligation is as it is now.
`referral`, `urgency` and the entries are null where row security hides them: an auditor sees every obligation, nobody's
case, and not how soon it was to be done at the sealed risk. `actBefore` is then `dueAt`.
Elsewhere: what opens and settles which, `casework.duties`; how an instant is answered, `docs/decisions`.
"""

import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.agreements import Clause, Party
from schema.declarations import AnsweredByReading, Node, PageInfo
from schema.directives import Cost, PersonalData, PersonalDataClass, Requires
from schema.entries import LedgerEntry
from schema.enums import ObligationEnding, ObligationKind, ObligationState, SummaryPeriod, TermLength

if TYPE_CHECKING:
    from schema.referrals import Referral

# Measured with 450,000 obligations of three years: a summary of now takes 8 to 18 ms, one of years ago 120 to 210; the
# count of a list 100 to 150, at any instant. Four of the one or nine of the other are what one question may weigh.
PAST = Cost(weight=1_900)
COUNTED = Cost(weight=1_100)
_READ = Requires(scope="obligations:read")
_SPECIFIC = PersonalData(kind=PersonalDataClass.SPECIFIC)  # it tells the class of risk
WITHIN = 72  # hours


@strawberry.type
class ClockStop:
    from_: datetime.datetime = strawberry.field(name="from")
    until: datetime.datetime


@strawberry.type(directives=[_READ])
class Urgency:
    term: TermLength = strawberry.field(directives=[_SPECIFIC])
    clause: Clause
    basis: str
    due_at: datetime.datetime = strawberry.field(directives=[_SPECIFIC])
    state: ObligationState = strawberry.field(directives=[_SPECIFIC])


@strawberry.type(directives=[_READ])
class Obligation(Node):
    kind: ObligationKind
    clause: Clause
    basis: str
    state: ObligationState
    debtor: Party
    creditor: Party
    referral: Annotated["Referral", strawberry.lazy("schema.referrals")] | None
    term: TermLength
    opened_at: datetime.datetime
    opened_by: LedgerEntry | None
    due_at: datetime.datetime
    act_before: datetime.datetime = strawberry.field(directives=[_SPECIFIC])
    urgency: Urgency | None
    stops: list[ClockStop]
    paused_since: datetime.datetime | None
    ending: ObligationEnding | None
    ended_at: datetime.datetime | None
    ended_by: LedgerEntry | None
    ended_kind: str | None
    entered_late: bool
    contested: bool
    waiver_offer: str | None
    pause_offer: str | None
    noted_at: datetime.datetime | None
    version: int


@strawberry.type
class ObligationEdge:
    cursor: str
    node: Obligation


@strawberry.type
class ObligationConnection:
    edges: list[ObligationEdge]
    page_info: PageInfo
    total_count: int = strawberry.field(directives=[COUNTED])


@strawberry.input
class ObligationFilter:
    debtor: str | None = strawberry.UNSET
    creditor: str | None = strawberry.UNSET
    clause: str | None = strawberry.UNSET
    kind: ObligationKind | None = strawberry.UNSET
    state: ObligationState | None = strawberry.UNSET
    due_from: datetime.datetime | None = strawberry.UNSET
    due_until: datetime.datetime | None = strawberry.UNSET
    case: strawberry.ID | None = strawberry.UNSET
    referral: strawberry.ID | None = strawberry.UNSET


@strawberry.type(directives=[_READ])
class ObligationSummaryRow:
    party: Party
    clause: Clause
    period: str | None
    open: int
    met: int
    met_late: int
    breached: int
    waived: int
    paused: int
    entered_late: int
    contested: int
    total: int


@strawberry.type(directives=[_READ])
class ObligationSummary:
    as_of: datetime.datetime
    rows: list[ObligationSummaryRow]


def obligations(
    first: int | None = strawberry.UNSET,
    after: str | None = strawberry.UNSET,
    last: int | None = strawberry.UNSET,
    before: str | None = strawberry.UNSET,
    filter: ObligationFilter | None = strawberry.UNSET,
    as_of: datetime.datetime | None = strawberry.UNSET,
) -> ObligationConnection:
    raise AnsweredByReading


def work_list(
    first: int | None = strawberry.UNSET,
    after: str | None = strawberry.UNSET,
    last: int | None = strawberry.UNSET,
    before: str | None = strawberry.UNSET,
    within: int | None = WITHIN,
) -> ObligationConnection:
    raise AnsweredByReading


def obligation_summary(
    as_of: Annotated[datetime.datetime | None, strawberry.argument(directives=[PAST])] = strawberry.UNSET,
    period: SummaryPeriod | None = strawberry.UNSET,
    from_: Annotated[datetime.date | None, strawberry.argument(name="from")] = strawberry.UNSET,
    until: datetime.date | None = strawberry.UNSET,
) -> ObligationSummary:
    raise AnsweredByReading
