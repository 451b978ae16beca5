"""Referrals: a case offered to another province, what it shows before acceptance, and its certificates.

Promise: both ends see the referral; the receiver sees a preview until it accepts, and the case from then on.
Rules: `case` and `preview` are null where row security hides them: absence is an answer, not an error.
Elsewhere: the life of a referral, `casework.referrals`; acts on it, `schema.mutations`.
"""

import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.agreements import Party
from schema.declarations import Node, PageInfo
from schema.directives import Cost, PersonalData, PersonalDataClass, Requires
from schema.entries import LedgerEntry
from schema.enums import Category, DeclineReason, Fitness, ReferralStatus, Sex, TermLength
from schema.handovers import Handover
from schema.obligations import Obligation

if TYPE_CHECKING:
    from schema.cases import Case

_GENERAL = PersonalData(kind=PersonalDataClass.GENERAL)
_SPECIFIC = PersonalData(kind=PersonalDataClass.SPECIFIC)


@strawberry.type
class Preview:
    age_band: str = strawberry.field(directives=[_GENERAL])
    sex: Sex = strawberry.field(directives=[_GENERAL])
    category: Category | None = strawberry.field(directives=[_SPECIFIC])
    protection: bool


@strawberry.type(directives=[Requires(scope="referrals:read")])
class FitnessCertificate(Node):
    leg: int
    fitness: Fitness = strawberry.field(directives=[_SPECIFIC])
    certified_at: datetime.datetime
    statement: str


@strawberry.type(directives=[Requires(scope="referrals:read")])
class Referral(Node):
    status: ReferralStatus
    from_: Party = strawberry.field(name="from")
    to: Party
    case: Annotated["Case", strawberry.lazy("schema.cases")] | None
    preview: Preview | None
    term_acknowledge: TermLength
    term_decide: TermLength
    sent_at: datetime.datetime
    acknowledged_at: datetime.datetime | None
    decided_at: datetime.datetime | None
    completed_at: datetime.datetime | None
    reason: DeclineReason | None
    last_statement: str
    version: int
    fitness: list[FitnessCertificate]
    handovers: list[Handover]
    latest_handover: Handover | None
    obligations: list[Obligation]
    open_obligations: list[Obligation]
    entries: list[LedgerEntry] = strawberry.field(directives=[Cost(weight=5)])


@strawberry.type
class ReferralEdge:
    cursor: str
    node: Referral


@strawberry.type
class ReferralConnection:
    edges: list[ReferralEdge]
    page_info: PageInfo
    total_count: int = strawberry.field(directives=[Cost(weight=10)])


@strawberry.input
class ReferralFilter:
    status: ReferralStatus | None = strawberry.UNSET
    from_: str | None = strawberry.field(name="from", default=strawberry.UNSET)
    to: str | None = strawberry.UNSET
