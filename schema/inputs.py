"""Inputs of the acts: cases as facts, statements as envelopes with their openings.

Promise: a statement act takes the signed envelope as the only source of the facts in it, and openings for the rest.
Elsewhere: how a statement is prepared for signing, `schema.preparations`.
"""

import datetime

import strawberry

from schema.directives import PersonalData, PersonalDataClass
from schema.enums import Category, Outcome, Risk, Sex, Vulnerability

_IDENTITY = PersonalData(kind=PersonalDataClass.IDENTITY)


@strawberry.input
class PersonInput:
    full_name: str = strawberry.field(directives=[_IDENTITY])
    aliases: list[str] = strawberry.field(directives=[_IDENTITY], default_factory=list)
    nik: str | None = strawberry.field(directives=[_IDENTITY], default=None)
    birth_date: datetime.date | None = strawberry.field(directives=[_IDENTITY], default=None)
    birth_date_estimated: bool = False
    sex: Sex


@strawberry.input
class OpenCaseInput:
    idempotency_key: str
    number: str
    category: Category
    vulnerabilities: list[Vulnerability]
    person: PersonInput


@strawberry.input
class AssessCaseInput:
    idempotency_key: str
    expected_version: int
    case: strawberry.ID
    risk: Risk
    category: Category | None = None
    vulnerabilities: list[Vulnerability] | None = None


@strawberry.input
class CloseCaseInput:
    idempotency_key: str
    expected_version: int
    case: strawberry.ID
    outcome: Outcome


@strawberry.input
class OpeningInput:
    name: str
    value: str
    salt: str


@strawberry.input
class StatementInput:
    idempotency_key: str
    expected_version: int
    envelope: str
    openings: list[OpeningInput]
