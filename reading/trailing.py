"""The trail of a reading, written by the very statement that reads: both are there, or neither.

Promise: one row for a level, which tells of each person whose sealed data its rows bring, and of no other; without such
a person none. If it cannot be written, nothing is read.
Rules: the rows that are told are chosen first (materialized), then counted into the trail, then given with its number.
The row that is only read to see whether there are more is not told of: `rank` is its place from the end that the page
is counted from. Who asks and what was asked are parameters.
Elsewhere: what becomes of the number, `seals`; the table, `database.trails`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, column, func, insert, literal, select, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.types import TypeEngine

from database.trails import trail

if TYPE_CHECKING:
    from .levels import Given, Level, Provide


@dataclass(slots=True)
class Trail:
    """what a level has to tell the trail"""

    slot: int  # where the trail row's number stands
    persons: list[int] = field(default_factory=list)  # slots
    fields: list[str] = field(default_factory=list)

    def add(self, person: int, field: str) -> None:
        if person not in self.persons:
            self.persons.append(person)
        if field not in self.fields:
            self.fields.append(field)


def through(level: Level, own: Trail, rows: Select[Any]) -> Select[Any]:
    """the statement that tells these rows and the trail; `rows` has a column `c<n>` for each slot but the trail's"""
    placed = rows.add_columns(*_places(level))
    page = placed.cte("page").prefix_with("MATERIALIZED")
    persons = func.unnest(array([page.c[f"c{slot}"] for slot in own.persons])).table_valued(
        column("person", Uuid()), name="person"
    ).render_derived()  # fmt: skip
    told = select(func.array_agg(persons.c.person.distinct()).label("persons")).select_from(page.join(persons, true()))
    told = told.where(persons.c.person.is_not(None))
    if level.window is not None and level.window.ahead:
        window = level.window
        told = told.where(page.c.rank <= level.param("told", column("n").type, lambda g: window.size(g)))
    some = told.having(func.count() > 0).subquery()
    values = {name: level.param(name, type_, get) for name, (type_, get) in _ASKED.items()}
    row = {**values, "act": literal("READ"), "fields": literal(own.fields, ARRAY(Text)), "persons": some.c.persons}
    written = insert(trail).from_select(list(row), select(*row.values())).returning(trail.c.id).cte("trailed")
    slots = [written.c.id.label(f"c{n}") if n == own.slot else page.c[f"c{n}"] for n in range(level.width())]
    return select(*slots).select_from(page.outerjoin(written, true())).order_by(page.c.place)


def _places(level: Level) -> list[ColumnElement[Any]]:
    """where a row stands in the whole answer, and in its page from the end that is counted from"""
    place = func.row_number().over(order_by=level.order or None).label("place")
    if level.window is None or not level.window.ahead:
        return [place]
    keyed = None if level.keyed is None else [level.keyed]
    return [place, func.row_number().over(partition_by=keyed, order_by=level.counted).label("rank")]


def _told(attribute: str) -> Callable[[Given], Any]:
    return lambda given: getattr(given.asking, attribute)


_ASKED: dict[str, tuple[TypeEngine[Any], Provide]] = {
    **{name: (Text(), _told(name)) for name in ("party", "client", "subject", "purpose")},
    "document": (Text(), lambda given: given.document),
}
