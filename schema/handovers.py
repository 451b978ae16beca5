"""Handovers: one leg, released on one side, received or refused on the other.

Promise: both ends stand next to each other, each with its own condition, its own statement and its own papers.
Rules: what was said under seal (the conditions, the answer) is null for whom the case is not open to.
Elsewhere: when a release is allowed and whether two conditions agree, `casework.handovers`.
"""

import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.agreements import Party
from schema.declarations import Node
from schema.directives import PersonalData, PersonalDataClass, Requires
from schema.enums import ConditionGrade, HandoverStatus, PaperOf, RefusalReason, TermLength
from schema.obligations import Obligation

if TYPE_CHECKING:
    from schema.referrals import Referral

_SPECIFIC = PersonalData(kind=PersonalDataClass.SPECIFIC)


@strawberry.type
class Condition:
    consciousness: ConditionGrade | None
    mobility: ConditionGrade | None
    injury: ConditionGrade | None
    illness: ConditionGrade | None
    nutrition: ConditionGrade | None
    mental: ConditionGrade | None


@strawberry.type
class HandoverPaper:
    of: PaperOf
    party: Party
    sha256: str
    statement: str
    recorded_at: datetime.datetime


@strawberry.type(directives=[Requires(scope="referrals:read")])
class Handover(Node):
    referral: Annotated["Referral", strawberry.lazy("schema.referrals")]
    leg: int
    status: HandoverStatus
    from_: Party = strawberry.field(name="from")
    to: Party
    term: TermLength
    released_at: datetime.datetime
    settled_at: datetime.datetime | None
    agrees: bool | None
    reason: RefusalReason | None
    condition_at_release: Condition | None = strawberry.field(directives=[_SPECIFIC])
    condition_at_receipt: Condition | None = strawberry.field(directives=[_SPECIFIC])
    release_statement: str
    receipt_statement: str | None
    answered_at: datetime.datetime | None
    answer_statement: str | None
    answer: str | None = strawberry.field(directives=[_SPECIFIC])
    papers: list[HandoverPaper]
    obligations: list[Obligation]
    version: int
