"""A plan: everything that a document needs, worked out once and kept while it is used.

Promise: the same document, operation, switches and shape of optional values give the same plan; other values never do
more than bind other parameters. Whatever is wrong with a request as a whole is refused here, before any statement.
Rules: a plan's key is the document's hash, the operation's name, the values of the variables that decide `@skip` and
`@include`, and which values are null: a condition that is not asked is not in the statement, where `$1 is null or ...`
would defeat its index. Both caches are bounded. Limits come before validation, validation before cost.
Elsewhere: what a document compiles to, `planning`; asking the database, `answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import prod
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_operation_ast,
    get_variable_values,
    validate,
)
from graphql.execution.values import VariableValues, get_argument_values

from . import introspections, limits
from .caches import Recent
from .ids import Cursors
from .levels import Followed, Handing, Level, Size
from .lists import MOST
from .planning import Planner, Site
from .refusals import Code, Refused, of_graphql, refused
from .selections import Details, Selections, fragments_of, switches
from .shapes import Object
from .words import Catalogue
from .writers import Write, writer

DOCUMENTS = 500
PLANS = 1_000
MAX_COST = 10_000
MAX_ERRORS = 20
Make = Callable[[Object, list[int], Cursors], Write]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    root: Object
    levels: tuple[Level | Handing, ...]
    sites: tuple[Site, ...]
    pages: tuple[tuple[int, str], ...]
    scopes: frozenset[str]
    costs: tuple[tuple[tuple[Size, ...], int], ...]
    fixed: Mapping[str, Details]  # introspection, which graphql-core answers
    told: dict[str, Any] = field(default_factory=dict)  # ... remembered, where no variable can change it
    weighed: list[int] = field(default_factory=list)  # ... and what it costs, likewise
    followed: Followed | None  # of a subscription
    write: Write

    @property
    def sealed(self) -> tuple[str, ...]:
        """which fields of it are sealed: reading them leaves a trail"""
        trails = [level.trail for level in self.levels if isinstance(level, Level) and level.trail is not None]
        return tuple(dict.fromkeys(name for trail in trails for name in trail.fields))

    def cost(self, arguments: list[dict[str, Any]]) -> int:
        """objects and weights, times the sizes of the pages around them"""
        return sum(weight * prod(_number(size, arguments) for size in sizes) for sizes, weight in self.costs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """one request: its plan, and what it brings"""

    schema: GraphQLSchema
    document: DocumentNode
    digest: str  # SHA-256 of the document's text, hex
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]  # as they came
    plan: Plan
    arguments: list[dict[str, Any]]
    cost: int

    @property
    def scopes(self) -> frozenset[str]:
        return self.plan.scopes


@dataclass(frozen=True, slots=True)
class Document:
    digest: bytes
    document: DocumentNode
    switches: frozenset[str]


class Plans:
    """the plans of one schema; `make` is another writer in tests"""

    def __init__(
        self, schema: GraphQLSchema, catalogue: Catalogue, cursors: Cursors, *,
        documents: int = DOCUMENTS, plans: int = PLANS, most: int = MAX_COST, make: Make = writer,
    ) -> None:  # fmt: skip
        self.schema, self.catalogue, self.cursors, self.most, self.make = schema, catalogue, cursors, most, make
        self.documents: Recent[bytes, Document] = Recent(documents)
        self.kept: Recent[tuple[Any, ...], Plan] = Recent(plans)

    def plan(
        self, text: str, operation_name: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> Question:
        raw = dict(variables or {})
        document = self.document(text)
        operation = chosen(document.document, operation_name)
        coerced = self.coerced(operation, raw)
        values = coerced.coerced
        shape = tuple((k, v if k in document.switches else shape_of(v)) for k, v in sorted(values.items()))
        name = operation.name.value if operation.name is not None else None
        plan = self.kept.get((document.digest, name, shape), lambda: self.compiled(document, operation, coerced))
        arguments = self.bound(plan, coerced)
        cost = self.affordable(plan.cost(arguments) + self.introspecting(plan, document, operation, coerced))
        return Question(
            schema=self.schema, document=document.document, digest=document.digest.hex(), operation=operation,
            variables=raw, plan=plan, arguments=arguments, cost=cost,
        )  # fmt: skip

    def introspecting(
        self, plan: Plan, document: Document, operation: OperationDefinitionNode, variables: VariableValues
    ) -> int:
        """what it costs that the schema tells of itself: the same when it is remembered"""
        if not plan.fixed or plan.weighed:
            return sum(plan.weighed)
        selections = Selections(self.schema, operation, fragments_of(document.document), variables)
        cost = -(-introspections.count(selections, plan.fixed.values()) // introspections.VALUES)
        if not operation.variable_definitions:
            plan.weighed.append(cost)
        return cost

    def coerced(self, operation: OperationDefinitionNode, raw: dict[str, Any]) -> VariableValues:
        """the variables as the schema reads them; 100 KB of wrong values would be 9 MB of errors, without the most"""
        defined = operation.variable_definitions or ()
        told = get_variable_values(self.schema, defined, raw, max_errors=MAX_ERRORS, hide_suggestions=True)
        if isinstance(told, list):
            raise of_graphql(Code.BAD_REQUEST, told)
        return told

    def document(self, text: str) -> Document:
        digest = sha256(text.encode(errors="surrogatepass")).digest()
        return self.documents.get(digest, lambda: self.validated(digest, text))

    def validated(self, digest: bytes, text: str) -> Document:
        parsed = limits.parsed(text)
        errors = validate(self.schema, parsed, max_errors=MAX_ERRORS, hide_suggestions=True)
        if errors:
            raise of_graphql(Code.VALIDATION_FAILED, errors)
        return Document(digest, parsed, switches(parsed))

    def compiled(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> Plan:
        selections = Selections(self.schema, operation, fragments_of(document.document), variables)
        planner = Planner(self.catalogue, selections, self.cursors)
        try:
            root = planner.root()
        except GraphQLError as error:
            raise of_graphql(Code.BAD_REQUEST, [error]) from None
        for level in planner.levels:
            if isinstance(level, Level):
                level.compile()
        return Plan(
            root=root, levels=tuple(planner.levels), sites=tuple(planner.sites), pages=tuple(planner.pages),
            scopes=simplest(planner.scopes), costs=tuple(planner.costs.items()), fixed=planner.fixed,
            followed=planner.followed,
            write=self.make(root, [level.width() for level in planner.levels], self.cursors),
        )  # fmt: skip

    def bound(self, plan: Plan, variables: VariableValues) -> list[dict[str, Any]]:
        try:
            arguments = [get_argument_values(said, details[0].node, variables) for said, details in plan.sites]
        except GraphQLError as error:
            raise of_graphql(Code.BAD_REQUEST, [error]) from None
        for site, argument in plan.pages:
            if not 0 <= arguments[site][argument] <= MOST:
                message = f"`{argument}`: 0 sampai {MOST} / from 0 to {MOST}"
                raise refused(Code.BAD_REQUEST, message, argument=argument, most=MOST)
        return arguments

    def affordable(self, cost: int) -> int:
        if cost > self.most:
            raise limits.exceeded("cost", self.most)
        return cost


def chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operation = get_operation_ast(document, name)
    if operation is None:
        message = (
            "Operasi tidak ditemukan atau tidak ditentukan / The operation is unknown, or none of several is named"
        )
        raise refused(Code.BAD_REQUEST, message)
    return operation


def simplest(scopes: set[str]) -> frozenset[str]:
    """without the alternatives (`a|b`) of which one is needed anyway"""
    return frozenset(scope for scope in scopes if "|" not in scope or scopes.isdisjoint(scope.split("|")))


def shape_of(value: Any) -> Any:
    """which optional values are there: a different shape is a different statement"""
    if value is None:
        return None
    return tuple(sorted((k, shape_of(v)) for k, v in value.items())) if isinstance(value, dict) else True


def _number(size: Size, arguments: list[dict[str, Any]]) -> int:
    if isinstance(size, int):
        return size
    site, argument = size
    return int(arguments[site][argument])


__all__ = ["Plan", "Plans", "Question", "Refused"]
