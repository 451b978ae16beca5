"""From a validated document to a shape and its levels: which field becomes which column of which row.

Promise: everything a document needs is worked out here, once; a request then only binds, reads and writes.
Rules: graphql-core collects the fields; this module only says where they are kept. What an answer may grow to is
bounded here too: fields, statements, and cost, which is counted in terms of the page sizes that requests bring.
Elsewhere: pages and lists, `lists`; ids, payloads and what is told, `references`; what functions of the database count,
`reckonings`; SQL, `levels`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, assert_never

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType
from sqlalchemy import ColumnElement, FromClause, lateral, select, true

from . import limits, lists, reckonings, references, seals
from .forms import formed, optional
from .ids import Cursors
from .keysets import ordered
from .levels import Followed, Given, Handing, Level, Size
from .selections import Details, Selections, name_of, object_type, scopes_of, snake, weight_of
from .shapes import Constant, Derived, End, Fixed, Leaf, Object, Shape, Single, Spans
from .words import (
    Asker,
    ById,
    Catalogue,
    Handed,
    Happened,
    Kept,
    Latest,
    Many,
    One,
    Only,
    Opened,
    Paged,
    Reading,
    Reckoned,
    Same,
    Sealed,
    Told,
    Word,
    there,
)
from .words import Derived as Computed
from .words import Spans as Ranges

INTROSPECTION = ("__schema", "__type")
INTROSPECTION_SCOPE = "schema:read"
Site = tuple[GraphQLField, Details]


class Planner:
    def __init__(self, catalogue: Catalogue, selections: Selections, cursors: Cursors) -> None:
        self.catalogue, self.selections, self.cursors = catalogue, selections, cursors
        self.levels: list[Level | Handing] = []
        self.sites: list[Site] = []
        self.pages: list[tuple[int, str]] = []  # sites of pages, and which argument holds the size
        self.scopes: set[str] = set()
        self.costs: Counter[tuple[Size, ...]] = Counter()
        self.fixed: dict[str, Details] = {}
        self.followed: Followed | None = None
        self.fields = self.statements = 0

    # -- roots ---------------------------------------------------------------------------------------------------------
    def root(self) -> Object:
        operation = self.selections.operation.operation
        type_ = there(self.selections.schema.get_root_type(operation))
        fields: list[Shape] = []
        for key, details in self.selections.root(type_).items():
            name = name_of(details)
            if name in INTROSPECTION:
                self.scopes.add(INTROSPECTION_SCOPE)
                self.fixed[key] = details
                fields.append(Fixed(key=key))
            elif name == "__typename":
                fields.append(Constant(key=key, value=type_.name))
            elif operation.value == "mutation":
                fields.append(references.payload(self, key, self.said(type_, name, ()), details))
            elif operation.value == "subscription":
                fields.append(references.happened(self, key, self.said(type_, name, ()), details, type_))
            else:
                fields.append(self.rooted(type_, key, details))
        return Object(key="data", nullable=True, fields=tuple(fields))

    def rooted(self, type_: GraphQLObjectType, key: str, details: Details) -> Shape:
        said = self.said(type_, name_of(details), ())
        word = self.catalogue[type_.name].fields[snake(name_of(details))]
        match word:
            case ById():
                return references.by_id(self, key, said, details, word)
            case Asker():
                return references.asker(self, key, said, details)
            case Latest():
                return self.first(key, said, details, word)
            case Paged() | Many():
                return lists.of(self, key, said, details, word, None, None)
            case Reckoned():
                return reckonings.of(self, key, said, details, word)
            case _:
                raise TypeError(f"{type_.name}.{key} has no place at the root")

    def first(self, key: str, said: GraphQLField, details: Details, word: Latest) -> Single:
        """the first row of all of a table"""
        type_ = object_type(said)
        level = self.level(None, ())
        here = level.base = self.table(type_).alias()
        level.order, level.limit = ordered(here, word.order), 1
        item = self.object(type_, key, details, level, here, nullable=False)
        if not level.columns:
            level.take(here, word.order[0][0].name)
        return Single(key=key, nullable=optional(said), level=level.number, by=None, item=item)

    # -- counting ------------------------------------------------------------------------------------------------------
    def said(self, type_: GraphQLObjectType, name: str, sizes: tuple[Size, ...]) -> GraphQLField:
        """a field's declaration; its scopes and its weight are counted with it"""
        said: GraphQLField = type_.fields[name]
        self.scopes |= scopes_of(said)
        self.costs[sizes] += weight_of(said, 0)
        self.fields += 1
        if self.fields > limits.FIELDS:
            raise limits.exceeded("fields", limits.FIELDS)
        return said

    def level(self, parent: Level | Handing | None, sizes: tuple[Size, ...], slot: int = 0) -> Level:
        self.weighed()
        return self.numbered(Level(number=len(self.levels), parent=parent, slot=slot, sizes=sizes))

    def alternative(self, parent: Handing, slot: int, kind: tuple[int, str] | None) -> Level:
        """one of the types an id may be of: at most one of them is asked for each id, which was weighed as one"""
        level = Level(number=len(self.levels), parent=parent, slot=slot, sizes=parent.sizes, kind=kind)
        return self.numbered(level)

    def numbered(self, level: Level) -> Level:
        self.levels.append(level)
        return level

    def weighed(self) -> None:
        self.statements += 1
        if self.statements > limits.STATEMENTS:
            raise limits.exceeded("statements", limits.STATEMENTS)

    def handing(
        self, parent: Handing | None, objects: Callable[[Given, list[object]], list[tuple[int, object]]]
    ) -> Handing:
        self.weighed()
        level = Handing(number=len(self.levels), parent=parent, objects=objects)
        self.levels.append(level)
        return level

    def site(self, said: GraphQLField, details: Details, sizes: tuple[Size, ...] = ()) -> tuple[int, dict[str, Any]]:
        """the number under which requests bring this field's arguments, and the arguments of this one; those that are
        given may weigh something"""
        self.sites.append((said, details))
        given = self.selections.arguments(said, details)
        self.costs[sizes] += sum(weight_of(said.args[name], 0) for name, told in given.items() if told is not None)
        return len(self.sites) - 1, given

    def reading(self, type_: GraphQLNamedType) -> Reading:
        return self.catalogue[type_.name]

    def table(self, type_: GraphQLNamedType) -> FromClause:
        return there(self.reading(type_).table)

    def key(self, type_: GraphQLNamedType) -> ColumnElement[Any]:
        return there(self.reading(type_).key)

    # -- objects and their fields --------------------------------------------------------------------------------------
    def object(
        self, type_: GraphQLObjectType, key: str, details: Details, level: Level, here: FromClause, *,
        nullable: bool, present: int | None = None, own_scopes: bool = True,
    ) -> Object:  # fmt: skip
        if own_scopes:
            self.scopes |= scopes_of(type_)
        self.costs[level.sizes] += 1
        fields = tuple(self.field(type_, k, d, level, here) for k, d in self.selections.under(type_, details).items())
        return Object(key=key, nullable=nullable, present=present, fields=fields)

    def field(self, type_: GraphQLObjectType, key: str, details: Details, level: Level, here: FromClause) -> Shape:
        name = name_of(details)
        if name == "__typename":
            return Constant(key=key, value=type_.name)
        said = self.said(type_, name, level.sizes)
        word = self.word(type_, name)
        match word:
            case Kept():
                return self.leaf(type_, key, said, word, level, here)
            case Computed():
                slots = tuple(level.take(here, c.name) for c in word.columns)
                return Derived(key=key, nullable=optional(said), slots=slots, by=word.by)
            case Sealed():
                return seals.of(self, type_, key, said, word, level, here)
            case Opened():
                return seals.opened(self, type_, key, said, word, level, here)
            case Ranges():
                return self.spans(key, said, details, word, level, here)
            case Same():
                return self.object(object_type(said), key, details, level, here, nullable=optional(said))
            case One() | Only() | Latest():
                return self.joined(type_, key, said, details, word, level, here)
            case Paged() | Many():
                return lists.of(
                    self, key, said, details, word, level, here, level.take(here, self.key(type_).key or "")
                )
            case Handed() | Told() | Happened() | ById() | Asker() | Reckoned():
                raise TypeError(f"{type_.name}.{name} is kept in no row")
        assert_never(word)

    def word(self, type_: GraphQLObjectType, name: str) -> Word:
        reading = self.reading(type_)
        found = reading.fields.get(snake(name))
        if found is not None:
            return found
        if reading.table is None:
            return Told(snake(name))
        if name == "id" and reading.key is not None:
            return Kept(reading.key)
        return Kept(reading.table.c[snake(name)])

    def leaf(
        self, type_: GraphQLObjectType, key: str, said: GraphQLField, word: Kept, level: Level, here: FromClause
    ) -> Leaf:
        slot = level.take(here, word.column.name)
        return formed(type_, key, said, slot, absent=bool(word.column.nullable))

    def spans(
        self, key: str, said: GraphQLField, details: Details, word: Ranges, level: Level, here: FromClause
    ) -> Spans:
        type_ = object_type(said)

        def part(under: str, asked: Details) -> Constant | End:
            name = name_of(asked)
            if name == "__typename":
                return Constant(key=under, value=type_.name)
            self.said(type_, name, level.sizes)
            return End(key=under, upper=word.ends.index(name) == 1)

        parts = tuple(part(k, d) for k, d in self.selections.under(type_, details).items())
        return Spans(key=key, nullable=optional(said), slot=level.take(here, word.column.name), parts=parts)

    # -- to-one: the same row ------------------------------------------------------------------------------------------
    def joined(
        self, above: GraphQLObjectType, key: str, said: GraphQLField, details: Details,
        word: One | Only | Latest, level: Level, here: FromClause,
    ) -> Object:  # fmt: skip
        type_ = object_type(said)
        reading, own = self.reading(type_), self.key(type_).key or ""

        def make() -> tuple[FromClause, ColumnElement[bool], bool]:
            table = self.table(type_).alias()
            match word:
                case One():
                    named = own if word.to is None else word.to.name
                    return table, table.c[named] == here.c[word.key.name], bool(word.key.nullable) or reading.hidden
                case Only():
                    return table, table.c[word.key.name] == here.c[self.key(above).key or ""], True
                case Latest():
                    chosen = select(table).where(table.c[there(word.key).name] == here.c[self.key(above).key or ""])
                    return lateral(chosen.order_by(*ordered(table, word.order)).limit(1)), true(), True
            assert_never(word)

        joined = level.join(here, word, make)
        present = level.take(joined, own) if id(joined) in level.optional else None
        return self.object(type_, key, details, level, joined, nullable=optional(said), present=present)
