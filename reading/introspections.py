"""What introspection would tell, counted in the schema itself before graphql-core tells it.

Promise: a document that asks the schema about itself costs little to refuse and a bounded time to answer: each value
that it would be told is counted, and counting ends where the limit does.
Rules: graphql-core bounds how deep such a question goes, not how wide: types times fields times arguments, ten times
over by aliases, is a kilobyte that takes seconds, in which nobody else is answered. The standard introspection query
comes to less than half of the limit (a test holds it). Deprecated parts count whether they are asked or not.
What is told is part of a question's cost, so that a budget counts it.
Elsewhere: what rows cost, `plans`; telling it, `answers`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLField,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_object_type,
)

from . import limits
from .selections import Details, Selections, name_of, object_type
from .words import there

MOST = 30_000  # values told: two tenths of a second
VALUES = 3  # told for one of cost: as many take about as long as an object of a page
ROOTS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
DEPRECATED = "includeDeprecated"


def count(selections: Selections, asked: Iterable[Details]) -> int:
    """how many values these root fields would tell; refuses what is more than `MOST`"""
    counting = Counting(selections, SimpleNamespace(schema=selections.schema))
    for details in asked:
        counting.field(ROOTS[name_of(details)], details, None)
    return counting.told


@dataclass(frozen=True, slots=True)
class Parts:
    """what is selected of one kind of object: how many fields, and those that lead to objects"""

    details: Details
    number: int
    leading: list[tuple[GraphQLField, Details]]


@dataclass(slots=True)
class Counting:
    selections: Selections
    info: Any
    told: int = 0
    parts: dict[int, Parts] = field(default_factory=dict)  # by the identity of their details, which they keep

    def field(self, said: GraphQLField, details: Details, source: Any) -> None:
        parts = self.parts.get(id(details))
        if parts is None:
            parts = self.parts[id(details)] = self.under(said, details)
        for each in self.found(said, details, source):
            self.told += parts.number
            if self.told > MOST:
                raise limits.exceeded("introspection", MOST)
            for leading, below in parts.leading:
                self.field(leading, below, each)

    def found(self, said: GraphQLField, details: Details, source: Any) -> Iterable[Any]:
        try:
            given = {DEPRECATED: True} if DEPRECATED in said.args else self.selections.arguments(said, details)
        except GraphQLError:  # of this field alone: nothing is told of it but the error
            return ()
        value = there(said.resolve)(source, self.info, **given)
        if value is None:
            return ()
        return value if is_list_type(get_nullable_type(said.type)) else (value,)

    def under(self, said: GraphQLField, details: Details) -> Parts:
        type_ = object_type(said)
        under = self.selections.under(type_, details)
        named = [(type_.fields[name], d) for d in under.values() if (name := name_of(d)) != "__typename"]
        return Parts(details, len(under), [(f, d) for f, d in named if is_object_type(get_named_type(f.type))])
