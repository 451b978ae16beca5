"""Argument values as their columns hold them: what no row can equal becomes None, and None finds nothing.

Promise: no argument that GraphQL lets through makes PostgreSQL or its driver fail.
Rules: an opaque id must be of the type that the condition names. An enum's member is its value, the word that is kept.
An instant without a zone is taken as UTC. Text that PostgreSQL cannot hold (NUL, lone surrogates), numbers beyond
bigint and instants beyond year 1 to 9999 match nothing.
Elsewhere: ids and cursors, `ids`; where arguments are bound, `lists`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from enum import Enum
from typing import Any

from sqlalchemy.types import TypeEngine

from . import ids

Bind = Callable[[Any], Any]
BIGGEST = 2**63 - 1
FIRST = datetime.datetime(1, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)  # the driver takes its neighbours for infinity
LAST = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
FURTHEST = 24 * 366 * 100  # hours: a hundred years


def binder(type_: TypeEngine[Any], of: str | None) -> Bind:
    kind = type_.python_type
    return held if of is None else lambda value: key_of(value, of, kind)


def key_of(text: str, of: str, kind: type) -> ids.Key | None:
    named = ids.opened(text)
    return ids.typed(named.key, kind) if named is not None and named.kind == of else None


def held(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case str():
            return value if ids.storable(value) else None
        case bool():
            return value
        case int():
            return value if abs(value) <= BIGGEST else None
        case datetime.datetime():
            return instant(value)
        case _:
            return value


def instant(value: datetime.datetime) -> datetime.datetime | None:
    try:
        return (value if value.tzinfo else value.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    except OverflowError:
        return None


def moment(value: datetime.datetime) -> datetime.datetime:
    """an instant that is told back, in the whole seconds of the ledger: one beyond the calendar is its nearest end"""
    inside = instant(value)
    if inside is None:
        return FIRST if value.year == FIRST.year else LAST
    return min(max(inside, FIRST), LAST).replace(microsecond=0)


def hours(value: int) -> datetime.timedelta:
    """so many hours ahead, not so many that no calendar has them; none back"""
    return datetime.timedelta(hours=min(max(value, 0), FURTHEST))


def month(value: datetime.date | None) -> datetime.date | None:
    """the first day of a day's month"""
    return None if value is None else value.replace(day=1)


def told(value: Any) -> Any:
    """a value that an operation tells, as JSON knows it"""
    match value:
        case Enum():
            return value.name
        case frozenset() | set():
            return sorted(told(v) for v in value)
        case tuple() | list():
            return [told(v) for v in value]
        case _:
            return value
