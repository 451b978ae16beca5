"""Which rows are in a list: its conditions, and the instant at which they are looked at.

Promise: a condition that is not asked is not in the statement (`$1 is null or ...` would defeat its index); which are
asked is part of the plan's key. What nobody may see is no way to find out about something else.
Rules: an instant that was asked for is a parameter of a function of the database that has the table's columns; its
rows are chosen, ordered and counted like a table's. What holds for every asking is said in the catalogue, not asked.
Elsewhere: the words, `words`; argument values as columns hold them, `values`; lists and pages, `lists`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, assert_never

from graphql import GraphQLArgument, GraphQLInputField, assert_input_object_type, get_nullable_type
from sqlalchemy import ColumnElement, DateTime, FromClause, FunctionElement, Interval, column, func, select

from . import values
from .levels import Given, Level, Provide
from .words import Absent, Ahead, Before, Condition, Equal, Many, Own, Since, Through, Where

Arguments = Mapping[str, Any]
Fields = Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]
INSTANT = DateTime(timezone=True)


def rows(level: Level, table: FromClause, word: Many, site: int, given: Arguments) -> FromClause:
    """the list's table, or what it was at the instant that is asked about"""
    if word.as_of is None or given.get(word.as_of.argument) is None:
        return table
    argument = word.as_of.argument
    at = level.param("at", INSTANT, lambda g: values.moment(g.arguments[site][argument]))
    return reckoned(word.as_of.function, table, at)


def reckoned(function: str, like: FromClause, *arguments: ColumnElement[Any]) -> FromClause:
    """the rows that a function of the database gives, with this table's columns"""
    called: FunctionElement[Any] = getattr(func, function)(*arguments)
    return called.table_valued(*[column(c.name, c.type) for c in like.columns])


def of(
    level: Level, source: FromClause, word: Many, fields: Fields, site: int, given: Arguments
) -> list[ColumnElement[bool]]:
    asked = _asked(level, source, word.where, fields, given, lambda g: g.arguments[site])
    return [*(_always(level, source, said) for said in word.always), *asked]


def _always(level: Level, source: FromClause, said: Own | Absent) -> ColumnElement[bool]:
    kept = source.c[said.column.name]
    match said:
        case Own():
            return kept == level.param("own", kept.type, lambda g: g.asking.party)
        case Absent():
            return kept.is_(None)
    assert_never(said)


def _asked(
    level: Level, source: FromClause, where: Where, fields: Fields, given: Arguments, get: Callable[[Given], Any]
) -> Iterator[ColumnElement[bool]]:
    for name, said in where.items():
        if given.get(name) is None:
            continue

        def inner(g: Given, name: str = name) -> Any:
            return get(g)[name]

        if isinstance(said, Mapping):
            nested = assert_input_object_type(get_nullable_type(fields[name].type))
            yield from _asked(level, source, said, nested.fields, given[name], inner)
        else:
            yield _compared(level, source, name, said, inner)


def _compared(level: Level, source: FromClause, name: str, said: Condition, get: Provide) -> ColumnElement[bool]:
    kept = source.c[said.column.name]
    match said:
        case Equal():
            bind = values.binder(kept.type, said.of)
            return kept == level.param(name, kept.type, lambda g: bind(get(g)))
        case Since():
            return kept >= level.param(name, kept.type, lambda g: values.held(get(g)))
        case Before():
            return kept < level.param(name, kept.type, lambda g: values.held(get(g)))
        case Ahead():
            return kept <= func.now() + level.param(name, Interval(), lambda g: values.hours(get(g)))
        case Through():
            bind, there = values.binder(kept.type, said.of), said.seen.table.alias()
            own = there.c[said.seen.name]
            named = level.param(name, kept.type, lambda g: bind(get(g)))
            return kept == select(own).where(own == named).scalar_subquery()
    assert_never(said)
