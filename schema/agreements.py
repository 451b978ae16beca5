"""The agreement, its parties, and who is asking.

Promise: the same for everybody; nothing here is about a person.
Elsewhere: the agreement's data, `casework/data`; its working days and due dates, `casework.terms`.
"""

import datetime

import strawberry

from schema.declarations import Node
from schema.enums import TermLength


@strawberry.type
class Party(Node):
    code: str
    name: str
    kemendagri_code: str
    time_zone: str


@strawberry.type
class Clause(Node):
    key: str
    text: str
    text_en: str
    basis: str


@strawberry.type
class Term(Node):
    obligation: str
    applies_to: str
    term: TermLength
    clause: str
    basis: str


@strawberry.type
class Agreement(Node):
    sha256: str
    title: str
    title_en: str
    signed_on: datetime.date
    ends_on: datetime.date
    clauses: list[Clause]
    terms: list[Term]


@strawberry.type
class Me:
    client: str
    subject: str
    purpose: str
    scopes: list[str]
    party_code: str
    party: Party | None
