"""What nobody keeps and a function of the database reckons: one object, the instant that it is of, and its rows.

Promise: rows and instant are of one snapshot; the rows that are counted are those that the asker may see, since the
function runs with its asker's rights.
Rules: the instant that is told is the one that was asked about or, where none was, the transaction's own in whole
seconds, as the function takes it. The rows are joined to others like those of a table.
Elsewhere: the functions, `database/migrations`; the words, `words`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLField
from sqlalchemy import ColumnElement, Date, Text, func, null, select

from . import conditions, values
from .forms import formed, optional, optional_items
from .keysets import ordered
from .levels import Given, Level
from .lists import LIST_SIZE
from .selections import Details, name_of, object_type, scopes_of
from .shapes import Constant, Object, Rows, Shape, Single
from .words import Reckoned

if TYPE_CHECKING:
    from .planning import Planner


def of(planner: Planner, key: str, said: GraphQLField, details: Details, word: Reckoned) -> Single:
    type_ = object_type(said)
    site, given = planner.site(said, details)
    level = planner.level(None, ())
    level.base = select(_moment(level, word, site, given).label("at")).subquery()
    slot = level.take(level.base, "at")

    def field(under: str, asked: Details) -> Shape:
        name = name_of(asked)
        if name == "__typename":
            return Constant(key=under, value=type_.name)
        told = planner.said(type_, name, ())
        if name == word.moment:
            return formed(type_, under, told, slot, absent=False)
        return _rows(planner, under, told, asked, word, site, given)

    planner.costs[()] += 1
    planner.scopes |= scopes_of(type_)
    fields = tuple(field(k, d) for k, d in planner.selections.under(type_, details).items())
    item = Object(key=key, nullable=False, fields=fields)
    return Single(key=key, nullable=optional(said), level=level.number, by=None, item=item)


def _rows(
    planner: Planner, key: str, said: GraphQLField, details: Details, word: Reckoned, site: int, given: Any
) -> Rows:
    type_ = object_type(said)
    level = planner.level(None, (LIST_SIZE,))
    arguments = [_argument(level, word, name, site, given) for name in word.arguments]
    here = level.base = conditions.reckoned(word.function, planner.table(type_), *arguments).alias()
    level.order = ordered(here, word.order)
    item = planner.object(type_, "", details, level, here, nullable=optional_items(said))
    if not level.columns:
        level.take(here, word.order[0][0].name)
    return Rows(key=key, nullable=optional(said), level=level.number, by=None, item=item)


def _moment(level: Level, word: Reckoned, site: int, given: Any) -> ColumnElement[Any]:
    if given.get(word.moment) is None:
        return func.date_trunc("second", func.now())
    argument = word.moment
    return level.param("at", conditions.INSTANT, lambda g: values.moment(g.arguments[site][argument]))


def _argument(level: Level, word: Reckoned, name: str, site: int, given: Any) -> ColumnElement[Any]:
    """null where it was left out: then the function takes what it takes for now, for all, for ever"""
    if given.get(name) is None:
        return null()
    if name == word.moment:
        return _moment(level, word, site, given)

    def get(g: Given) -> Any:
        return g.arguments[site][name]

    if name in word.months:
        return level.param(name, Date(), lambda g: values.month(get(g)))
    return level.param(name, Text(), lambda g: values.held(get(g)))
