"""One level of an answer: one SQL statement, built with SQLAlchemy Core and compiled to text once; or rows handed over.

Promise: a compiled level is text with `$n` and one binder for each `$n`; nothing of a request is in the text.
Rules: in a level with a parent the first column is the key that leads back to it. Every table is an alias of its own.
A join that row security may leave empty is an outer join, and the slot of its key says whether it found something.
What brings something sealed goes through `trailing`.
Elsewhere: which levels an answer has, `planning`; running them, `answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, BindParameter, ColumnElement, FromClause, bindparam, null, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.types import TypeEngine

from . import trailing
from .trailing import Trail
from .words import there

if TYPE_CHECKING:
    from .asking import Asking

DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are untyped
KEYS = "keys"
PARENT, OWN = 0, 1  # the first two slots of a handed row: numbers of the object above and of this one


@dataclass(slots=True)
class Given:
    """what one request brings: who asks, the coerced arguments by site, and what operations handed over"""

    asking: Asking
    arguments: list[dict[str, Any]]
    handed: Mapping[str, object] = field(default_factory=dict)
    document: str = ""  # SHA-256 of what was asked, hex: for the trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """what a subscription follows"""

    key: str  # the response key of its one root field: an event is handed over under it
    topic: str
    site: int  # of the root field's arguments
    level: int  # whose row shows that the event's object may still be seen


Provide = Callable[[Given], Any]
Binder = Callable[[Given, list[Any]], Any]
Size = int | tuple[int, str]  # a number, or the argument (site, name) that holds it


@dataclass(frozen=True, slots=True)
class Window:
    """how many rows of each parent are told, from which end, and whether one more was read to see if there are more"""

    site: int
    argument: str  # first | last
    ahead: bool

    def size(self, given: Given) -> int:
        return int(given.arguments[self.site][self.argument])


@dataclass(slots=True, eq=False)
class Handing:
    """rows made of objects in hand"""

    number: int
    parent: Handing | None
    objects: Callable[[Given, list[object]], list[tuple[int, object]]]
    sizes: tuple[Size, ...] = ()
    attributes: list[tuple[str, Callable[[Any], Any]]] = field(default_factory=list)

    def take(self, attribute: str, convert: Callable[[Any], Any]) -> int:
        """the slot of this attribute; each use has its own, since its conversion may differ"""
        self.attributes.append((attribute, convert))
        return OWN + len(self.attributes)

    def width(self) -> int:
        return OWN + 1 + len(self.attributes)


@dataclass(slots=True, eq=False)
class Level:
    number: int
    parent: Level | Handing | None
    slot: int = 0  # of the parent's row: our keys
    kind: tuple[int, str] | None = None  # only parents whose slot holds this type's name
    scopes: frozenset[str] = frozenset()  # without them the level is left empty
    sizes: tuple[Size, ...] = ()
    base: FromClause | None = None
    keyed: ColumnElement[Any] | None = None
    where: list[ColumnElement[bool]] = field(default_factory=list)
    order: list[ColumnElement[Any]] = field(default_factory=list)
    limit: int | None = None
    grouped: bool = False  # a count for each key
    window: Window | None = None
    idle: bool = False  # nothing of it is told: not read
    counted: list[ColumnElement[Any]] = field(default_factory=list)  # the order from the end that is counted from
    trail: Trail | None = None
    columns: list[ColumnElement[Any]] = field(default_factory=list)
    slots: dict[tuple[int, str], int] = field(default_factory=dict)
    joins: list[tuple[FromClause, ColumnElement[bool], bool]] = field(default_factory=list)
    joined: dict[tuple[int, int], FromClause] = field(default_factory=dict)
    optional: set[int] = field(default_factory=set)  # ids of sources that may have found nothing
    provide: dict[str, Provide] = field(default_factory=dict)
    sql: str = ""
    binders: tuple[Binder, ...] = ()

    def take(self, source: FromClause, name: str) -> int:
        """the slot of this column, added once"""
        found = self.slots.get((id(source), name))
        if found is None:
            self.columns.append(source.c[name])
            found = self.slots[id(source), name] = len(self.columns) - 1
        return found

    def trailed(self, person: int, field: str) -> int:
        """the slot of the number of the trail row that tells of this field of the person in this slot"""
        if self.trail is None:
            self.columns.append(null())
            self.trail = Trail(len(self.columns) - 1)
        self.trail.add(person, field)
        return self.trail.slot

    def width(self) -> int:
        return len(self.columns)

    def keys(self, column: ColumnElement[Any]) -> BindParameter[Any]:
        return bindparam(KEYS, type_=ARRAY(column.type))

    def join(
        self, here: FromClause, word: object, make: Callable[[], tuple[FromClause, ColumnElement[bool], bool]]
    ) -> FromClause:
        """the source that this word joins to this one, joined once"""
        found = self.joined.get((id(here), id(word)))
        if found is None:
            found, on, outer = make()
            outer = outer or id(here) in self.optional
            self.joins.append((found, on, outer))
            if outer:
                self.optional.add(id(found))
            self.joined[id(here), id(word)] = found
        return found

    def param(self, stem: str, type_: TypeEngine[Any], provide: Provide) -> BindParameter[Any]:
        name = f"{stem}_{len(self.provide)}"
        self.provide[name] = provide
        return bindparam(name, type_=type_)

    def compile(self) -> None:
        if self.idle:
            return
        source = there(self.base)
        for target, on, outer in self.joins:
            source = source.join(target, on, isouter=outer)
        own = self.trail
        told = [c.label(f"c{n}") for n, c in enumerate(self.columns) if own is None or n != own.slot]
        statement = select(*told).select_from(source)
        statement = statement.where(*self.where)
        if not self.grouped:
            statement = statement.order_by(*self.order).limit(self.limit)
        elif self.keyed is not None:
            statement = statement.group_by(self.keyed)
        if own is not None:
            statement = trailing.through(self, own, statement)
        compiled = statement.compile(dialect=DIALECT)
        self.sql = compiled.string
        self.binders = tuple(self.binder(name, compiled.params[name]) for name in compiled.positiontup or ())

    def binder(self, name: str, value: Any) -> Binder:
        if name == KEYS:
            return lambda given, keys: keys
        provide = self.provide.get(name)
        return (lambda given, keys: value) if provide is None else (lambda given, keys: provide(given))
