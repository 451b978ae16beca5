"""Orders and places in them: which rows come after a cursor, in any mix of directions.

Promise: `beyond` and `upto` split every list without NULLs in its order into two parts, with no row in both or in none.
Rules: one direction for all columns is one row comparison, which an index serves; mixed directions are written out,
led by a bound on the first column, so that an index on it still cuts the list.
Elsewhere: sealing of places, `ids`; pages made of them, `lists`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, not_, or_, tuple_

from .words import Order


def ordered(source: FromClause, order: Order) -> list[ColumnElement[Any]]:
    return [source.c[c.name].desc() if down else source.c[c.name].asc() for c, down in order]


def turned(order: Order) -> Order:
    """the same list, read from its other end"""
    return tuple((c, not down) for c, down in order)


def beyond(source: FromClause, order: Order, place: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """strictly after this place; an unknown place (NULLs) has nothing after it"""
    columns = [source.c[c.name] for c, _ in order]
    downs = [down for _, down in order]
    if len(set(downs)) == 1:
        return tuple_(*columns) < tuple_(*place) if downs[0] else tuple_(*columns) > tuple_(*place)
    made = []
    for n, (column, value, down) in enumerate(zip(columns, place, downs, strict=True)):
        equal = [c == p for c, p in zip(columns[:n], place[:n], strict=True)]
        made.append(and_(*equal, column < value if down else column > value))
    lead = columns[0] <= place[0] if downs[0] else columns[0] >= place[0]
    return and_(lead, or_(*made))


def upto(source: FromClause, order: Order, place: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """this place and all before it; nothing for an unknown place, since NOT NULL is NULL"""
    return not_(beyond(source, order, place))
