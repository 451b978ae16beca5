"""Cases and the persons they are about.

Promise: whoever may read a case sees what it is and how it stands; who the person is needs a scope of its own.
Rules: `Identity` lies in the person's own row, but is a type apart, so that one directive guards all of it.
Elsewhere: which rows a party may see at all, row security in `database`; acts on a case, `schema.mutations`.
"""

import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.agreements import Party
from schema.declarations import AnsweredByReading, Node, PageInfo
from schema.directives import Cost, PersonalData, PersonalDataClass, Requires
from schema.enums import CaseStatus, Category, Outcome, Risk, Sex, Vulnerability

if TYPE_CHECKING:
    from schema.referrals import Referral, ReferralConnection, ReferralFilter

_IDENTITY = PersonalData(kind=PersonalDataClass.IDENTITY)
_GENERAL = PersonalData(kind=PersonalDataClass.GENERAL)
_SPECIFIC = PersonalData(kind=PersonalDataClass.SPECIFIC)


@strawberry.type(directives=[Requires(scope="identity:read")])
class Identity:
    full_name: str | None = strawberry.field(directives=[_IDENTITY])
    aliases: list[str] | None = strawberry.field(directives=[_IDENTITY])
    nik: str | None = strawberry.field(directives=[_IDENTITY])
    birth_date: datetime.date | None = strawberry.field(directives=[_IDENTITY])
    birth_date_estimated: bool


@strawberry.type(directives=[Requires(scope="cases:read")])
class Person(Node):
    initials: str = strawberry.field(directives=[_GENERAL])
    sex: Sex = strawberry.field(directives=[_GENERAL])
    identity: Identity


@strawberry.type(directives=[Requires(scope="cases:read")])
class Case(Node):
    number: str
    status: CaseStatus
    category: Category = strawberry.field(directives=[_SPECIFIC])
    vulnerabilities: list[Vulnerability] = strawberry.field(directives=[_SPECIFIC])
    risk: Risk | None = strawberry.field(directives=[_SPECIFIC])
    outcome: Outcome | None = strawberry.field(directives=[_SPECIFIC])
    opened_at: datetime.datetime
    assessed_at: datetime.datetime | None
    closed_at: datetime.datetime | None
    version: int
    responsible: Party
    person: Person
    latest_referral: Annotated["Referral", strawberry.lazy("schema.referrals")] | None

    @strawberry.field
    def referrals(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: Annotated["ReferralFilter", strawberry.lazy("schema.referrals")] | None = strawberry.UNSET,
    ) -> Annotated["ReferralConnection", strawberry.lazy("schema.referrals")]:
        raise AnsweredByReading


@strawberry.type
class CaseEdge:
    cursor: str
    node: Case


@strawberry.type
class CaseConnection:
    edges: list[CaseEdge]
    page_info: PageInfo
    total_count: int = strawberry.field(directives=[Cost(weight=10)])


@strawberry.input
class CaseFilter:
    status: CaseStatus | None = strawberry.UNSET
    category: Category | None = strawberry.UNSET
    risk: Risk | None = strawberry.UNSET
