"""The rows of an answer: one statement for each level, parents first.

Promise: a level without keys is not asked; the look-ahead row is cut off here, before its keys lead to further rows,
so that nothing is read for a row that nobody is shown.
Rules: rows of a level with a parent are grouped by the key that leads back to it.
Elsewhere: the transaction around it, `answers`; what a level is, `levels`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .asking import missing
from .levels import Given, Handing, Level
from .words import there

Row = Sequence[Any]
Fetch = Callable[[str, list[Any]], Awaitable[list[Any]]]


@dataclass(slots=True)
class Found:
    """by level: the rows as the writer wants them, whether there were more, and the rows in one list for children"""

    rows: list[Any] = field(default_factory=list)
    more: list[Any] = field(default_factory=list)
    flat: list[Sequence[Row]] = field(default_factory=list)
    objects: list[list[object]] = field(default_factory=list)

    def add(self, rows: Any, flat: Sequence[Row], more: Any = False, objects: list[object] | None = None) -> None:
        self.rows.append(rows)
        self.flat.append(flat)
        self.more.append(more)
        self.objects.append(objects or [])


async def of(levels: Sequence[Level | Handing], given: Given, fetch: Fetch) -> Found:
    found = Found()
    for level in levels:
        if isinstance(level, Handing):
            hand(level, given, found)
            continue
        keys = keys_of(level, given, found)
        if level.idle or (level.parent is not None and not keys):
            found.add({} if level.parent is not None else (), (), ())
            continue
        got = await fetch(level.sql, [bind(given, keys) for bind in level.binders])
        keep(level, given, got, found)
    return found


def hand(level: Handing, given: Given, found: Found) -> None:
    above = found.objects[level.parent.number] if level.parent is not None else []
    objects = level.objects(given, above)
    rows = [
        (n, own, *[convert(value(o, attribute)) for attribute, convert in level.attributes])
        for own, (n, o) in enumerate(objects)
    ]
    found.add(rows if level.parent is None else grouped(rows), rows, objects=[o for _, o in objects])


def value(of: object, attribute: str) -> Any:
    return of if attribute == "itself" else getattr(of, attribute, None)


def keys_of(level: Level, given: Given, found: Found) -> list[Any]:
    """our parents' keys, each once; none where the asker lacks the scopes of this level's type"""
    if level.parent is None or missing(level.scopes, given.asking.scopes):
        return []
    slot, above = level.slot, found.flat[level.parent.number]
    if level.kind is not None:
        of_kind, name = level.kind
        above = [r for r in above if r[of_kind] == name]
    return [k for k in dict.fromkeys([r[slot] for r in above]) if k is not None]


def keep(level: Level, given: Given, got: list[Row], found: Found) -> None:
    window = level.window
    if level.parent is None:
        more, rows = cut(level, given, got) if window is not None and window.ahead else (False, got)
        found.add(rows, rows, more)
        return
    groups = grouped(got)
    if window is None or not window.ahead:
        found.add(groups, got)
        return
    longer = set()
    for key, rows in groups.items():
        more, groups[key] = cut(level, given, rows)
        if more:
            longer.add(key)
    found.add(groups, [r for rows in groups.values() for r in rows], longer)


def cut(level: Level, given: Given, rows: list[Row]) -> tuple[bool, list[Row]]:
    """the row that was read only to see whether there are more stands at the end that was read towards"""
    window = there(level.window)
    size = window.size(given)
    if len(rows) <= size:
        return False, rows
    return True, rows[:size] if window.argument == "first" else rows[len(rows) - size :]


def grouped(rows: Sequence[Row]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for r in rows:
        groups.setdefault(r[0], []).append(r)
    return groups
