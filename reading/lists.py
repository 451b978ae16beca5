"""Lists of rows: all of them, or a page of them as a keyset connection.

Promise: pages put end to end are the list, forward and backward, without a gap or a repetition.
Rules: the rows of a page come through LATERAL, so that each parent costs its own rows only; a page reads one row
more only where `hasNextPage` (`hasPreviousPage`, from the other end) is asked. What lies on the far side of a cursor
is a statement of its own, asked only where it is told. A count knows no cursor.
Elsewhere: which rows are in a list, `conditions`; orders and places, `keysets`; cutting off the row more, `rows`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, GraphQLObjectType
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    any_,
    column,
    func,
    lateral,
    null,
    select,
    true,
)

from . import conditions
from .forms import optional, optional_items
from .keysets import beyond, ordered, turned, upto
from .levels import Given, Level, Window
from .refusals import Code, refused
from .selections import Details, name_of, object_type, scopes_of
from .shapes import Constant, Count, Cursor, Edges, Fact, Info, Object, Page, Rows
from .words import Many, Order, Paged, there

if TYPE_CHECKING:
    from .planning import Planner

LIST_SIZE = 10  # what a list without pages is taken to hold, for its cost
MOST = 100
Make = Callable[[FromClause], list[ColumnElement[bool]]]


def of(
    planner: Planner, key: str, said: GraphQLField, details: Details, word: Many,
    parent: Level | None, up: FromClause | None, by: int | None = None,
) -> Rows | Page:  # fmt: skip
    if isinstance(word, Paged):
        return Paging(planner, key, said, details, word, parent, by).page()
    sizes = parent.sizes if parent is not None else ()
    site, given = planner.site(said, details, sizes)
    level = planner.level(parent, (*sizes, LIST_SIZE), by or 0)
    type_ = object_type(said)
    table = conditions.rows(level, planner.table(type_), word, site, given)
    here = all_rows(level, word, table, parent is not None)
    level.where += conditions.of(level, here, word, said.args, site, given)
    item = planner.object(type_, "", details, level, here, nullable=optional_items(said))
    if not level.columns:
        level.take(here, word.order[0][0].name)
    return Rows(key=key, nullable=optional(said), level=level.number, by=by, item=item)


# -- rows --------------------------------------------------------------------------------------------------------------
def all_rows(level: Level, word: Many, table: FromClause, keyed: bool) -> FromClause:
    here = level.base = table.alias()
    level.order = ordered(here, word.order)
    if keyed:
        level.keyed = here.c[there(word.key).name]
        level.where.append(level.keyed == any_(level.keys(level.keyed)))
        level.columns.append(level.keyed)
    return here


def first_rows(level: Level, word: Many, table: FromClause, order: Order, limit: Any, make: Make) -> FromClause:
    """each parent's first rows in this order; without a parent, those of the whole list"""
    inner = table.alias()
    chosen = select(inner).where(*make(inner)).order_by(*ordered(inner, order)).limit(limit)
    if word.key is None:
        here: FromClause = chosen.subquery()
        level.base = here
    else:
        points = inner.c[word.key.name]
        array = level.keys(points)
        keys = func.unnest(array).table_valued(column("k", points.type), name="k").render_derived()
        here = lateral(chosen.where(points == keys.c.k))
        level.base = keys.join(here, true())
        level.keyed = keys.c.k
        level.columns.append(level.keyed)
    level.order = ordered(here, word.order)
    return here


# -- pages -------------------------------------------------------------------------------------------------------------
class Paging:
    """one connection of one document"""

    def __init__(
        self, planner: Planner, key: str, said: GraphQLField, details: Details, word: Paged,
        parent: Level | None, by: int | None,
    ) -> None:  # fmt: skip
        self.planner, self.key, self.said, self.word, self.by = planner, key, said, word, by
        self.parent = parent
        self.connection = object_type(said)
        self.edge = object_type(self.connection.fields["edges"])
        self.type = object_type(self.edge.fields["node"])
        self.table = planner.table(self.type)
        planner.scopes |= scopes_of(self.type)  # also where only counted: how many there are is told
        self.name = f"{self.type.name} {word.key.name if word.key is not None else ''}"
        self.sizes = parent.sizes if parent is not None else ()
        self.site, self.given = planner.site(said, details, self.sizes)
        self.argument = self.chosen()
        planner.pages.append((self.site, self.argument))
        self.under = planner.selections.under(self.connection, details)

    def chosen(self) -> str:
        """which end the page is counted from"""
        there = [name for name in ("first", "last") if self.given.get(name) is not None]
        if len(there) != 1:
            message = f"`{self.key}`: tepat satu dari `first` dan `last` / exactly one of `first` and `last` is needed"
            raise refused(Code.BAD_REQUEST, message)
        return there[0]

    @property
    def forward(self) -> bool:
        return self.argument == "first"

    def facts(self) -> set[str]:
        """which facts of the page are asked anywhere"""
        info = object_type(self.connection.fields["pageInfo"])
        asked = [d for d in self.under.values() if name_of(d) == "pageInfo"]
        return {name_of(f) for d in asked for f in self.planner.selections.under(info, d).values()}

    def page(self) -> Page:
        level = self.planner.level(self.parent, (*self.sizes, (self.site, self.argument)), self.by or 0)
        ahead = ("hasNextPage" if self.forward else "hasPreviousPage") in self.facts()
        level.window = Window(self.site, self.argument, ahead)
        order = self.word.order if self.forward else turned(self.word.order)
        window, more = level.window, int(ahead)
        limit = level.param("size", BigInteger(), lambda g: window.size(g) + more)
        here = first_rows(level, self.word, self.rows(level), order, limit, lambda t: self.chosen_rows(level, t))
        level.counted = ordered(here, order)
        parts = tuple(self.part(k, d, level, here) for k, d in self.under.items())
        level.idle = not any(isinstance(p, Edges | Info) for p in parts)
        if not level.columns:
            level.take(here, self.word.order[0][0].name)
        return Page(key=self.key, nullable=optional(self.said), level=level.number, by=self.by, parts=parts)

    def chosen_rows(self, level: Level, source: FromClause) -> list[ColumnElement[bool]]:
        made = self.filtered(level, source)
        for argument, order in (("after", self.word.order), ("before", turned(self.word.order))):
            if self.given.get(argument) is not None:
                made.append(beyond(source, order, self.place(level, argument)))
        return made

    def filtered(self, level: Level, source: FromClause) -> list[ColumnElement[bool]]:
        return conditions.of(level, source, self.word, self.said.args, self.site, self.given)

    def rows(self, level: Level) -> FromClause:
        return conditions.rows(level, self.table, self.word, self.site, self.given)

    def opened(self, argument: str) -> Callable[[Given], tuple[Any, ...] | None]:
        types = tuple(c.type.python_type for c, _ in self.word.order)
        cursors, name, site = self.planner.cursors, self.name, self.site
        return lambda g: cursors.place(g.arguments[site][argument], name, types)

    def place(self, level: Level, argument: str) -> list[ColumnElement[Any]]:
        opened, nowhere = self.opened(argument), (None,) * len(self.word.order)

        def value(n: int) -> Callable[[Given], Any]:
            return lambda g: (opened(g) or nowhere)[n]

        return [level.param(argument, c.type, value(n)) for n, (c, _) in enumerate(self.word.order)]

    def readable(self, level: Level, argument: str) -> ColumnElement[bool]:
        """a page with one unreadable cursor is empty: then nothing lies beyond the other one either"""
        opened = self.opened(argument)
        return level.param(f"{argument}_readable", Boolean(), lambda g: opened(g) is not None)

    def part(self, key: str, details: Details, level: Level, here: FromClause) -> Constant | Edges | Info | Count:
        name = name_of(details)
        if name == "__typename":
            return Constant(key=key, value=self.connection.name)
        said = self.planner.said(self.connection, name, self.sizes)
        match name:
            case "edges":
                asked = self.planner.selections.under(self.edge, details)
                nodes = tuple(self.node(k, d, level, here) for k, d in asked.items())
                return Edges(key=key, nullable=optional(said), nodes=nodes)
            case "pageInfo":
                return self.info(key, details, object_type(said), level, here)
            case "totalCount":
                return Count(key=key, level=self.count().number)
            case _:
                raise TypeError(f"{self.connection.name}.{name} is not a connection's")

    def node(self, key: str, details: Details, level: Level, here: FromClause) -> Constant | Cursor | Object:
        match name_of(details):
            case "__typename":
                return Constant(key=key, value=self.edge.name)
            case "cursor":
                self.planner.costs[level.sizes] += 1
                return Cursor(key=key, slots=self.ordering(level, here), name=self.name)
            case _:
                return self.planner.object(self.type, key, details, level, here, nullable=False)

    def ordering(self, level: Level, here: FromClause) -> tuple[int, ...]:
        return tuple(level.take(here, c.name) for c, _ in self.word.order)

    def info(self, key: str, details: Details, type_: GraphQLObjectType, level: Level, here: FromClause) -> Info:
        asked = self.planner.selections.under(type_, details)
        facts = tuple(self.fact(k, name_of(d), type_) for k, d in asked.items())
        slots = self.ordering(level, here) if any(f.end is not None for f in facts) else ()
        return Info(key=key, facts=facts, slots=slots, name=self.name)

    def fact(self, key: str, name: str, type_: GraphQLObjectType) -> Fact:
        match name:
            case "hasNextPage":
                return Fact(key=key, more=self.forward, beyond=self.far("before"))
            case "hasPreviousPage":
                return Fact(key=key, more=not self.forward, beyond=self.far("after"))
            case "startCursor":
                return Fact(key=key, end=0)
            case "endCursor":
                return Fact(key=key, end=-1)
            case "__typename":
                return Fact(key=key, value=type_.name)
            case _:
                raise TypeError(f"{type_.name}.{name} is not a page's")

    def far(self, argument: str) -> int | None:
        """a level with one row where the list goes on at this cursor's far side, the cursor's own row included"""
        if self.given.get(argument) is None:
            return None
        level = self.planner.level(self.parent, self.sizes, self.by or 0)
        order = self.word.order if argument == "after" else turned(self.word.order)

        def make(source: FromClause) -> list[ColumnElement[bool]]:
            made = [*self.filtered(level, source), upto(source, order, self.place(level, argument))]
            other = "before" if argument == "after" else "after"
            return made if self.given.get(other) is None else [*made, self.readable(level, other)]

        here = first_rows(level, self.word, self.rows(level), order, 1, make)
        level.take(here, order[0][0].name)
        return level.number

    def count(self) -> Level:
        level = self.planner.level(self.parent, self.sizes, self.by or 0)
        level.grouped = True
        here = all_rows(level, self.word, self.rows(level), self.parent is not None)
        level.where += self.filtered(level, here)
        if self.parent is None:
            level.columns.append(null())
        level.columns.append(func.count())
        return level
