"""What is sealed in a row: how it is asked for with its trail, and how it is opened into an answer.

Promise: no plaintext without the number of a trail row that the same statement has written; what no key is left for,
as after an erasure, is null and no error; what was altered is null and an error.
Rules: a level that tells of something sealed reads through `trailing`, which counts the persons of the rows that are
told, not of the row that was only read to see whether there are more. Keys are fetched once for an answer, after its
statements, for its persons alone, and forgotten with it. In a list some of it needs a scope more.
Elsewhere: the cipher, `database.sealed`; the keys, `database.vaults`; the word, `words`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from graphql import GraphQLEnumType, GraphQLField, GraphQLObjectType, get_named_type
from sqlalchemy import ColumnElement, FromClause, and_, select

from database import sealed
from database.sealed import Broken, DataKey, Trailed

from .forms import kept_word, optional
from .levels import Handing, Level
from .rows import Found
from .shapes import Sealed
from .words import Opened
from .words import Sealed as Place

if TYPE_CHECKING:
    from .planning import Planner

Fail = Callable[[tuple[str | int, ...]], None]


# -- planning ----------------------------------------------------------------------------------------------------------
def of(
    planner: Planner,
    type_: GraphQLObjectType,
    key: str,
    said: GraphQLField,
    word: Place,
    level: Level,
    here: FromClause,
) -> Sealed:
    """a part of what this row seals"""
    if word.listed is not None and level.sizes:
        planner.scopes.add(word.listed)
    named = get_named_type(said.type)
    members = named.values if isinstance(named, GraphQLEnumType) else {}
    if not optional(said):
        raise TypeError(f"{type_.name}.{key} is sealed, so it may be erased, so it must be nullable")
    person = level.take(here, word.person.name)
    return Sealed(
        key=key,
        trail=level.trailed(person, f"{type_.name}.{word.part}"),
        person=person,
        slot=level.take(here, word.column.name),
        of=word.of,
        bound=tuple(level.take(here, column.name) for column in word.bound),
        part=word.part,
        names=tuple((kept_word(member.value, name), name) for name, member in members.items()),
    )


def opened(
    planner: Planner,
    type_: GraphQLObjectType,
    key: str,
    said: GraphQLField,
    word: Opened,
    level: Level,
    here: FromClause,
) -> Sealed:
    """a text from the openings; one of them is read, as one object more"""

    def make() -> tuple[FromClause, ColumnElement[bool], bool]:
        every = word.openings.alias()
        found = select(every.c.statement, every.c.name, every.c.person_id, every.c.sealed).subquery()
        names = found.c.statement == here.c[word.statement.name]
        return found, and_(names, found.c.name == word.name), True

    planner.costs[level.sizes] += 1
    joined, kept = level.join(here, word, make), word.openings.c
    place = Place(kept.sealed, kept.person_id, "value", "opening", (kept.statement, kept.name))
    return of(planner, type_, key, said, place, level, joined)


# -- answering ---------------------------------------------------------------------------------------------------------
def persons(levels: Sequence[Level | Handing], found: Found) -> Iterable[UUID]:
    """of whom something sealed is in the rows that are told"""
    for level, rows in zip(levels, found.flat, strict=True):
        if isinstance(level, Level) and level.trail is not None:
            yield from (row[slot] for row in rows for slot in level.trail.persons if row[slot] is not None)


@dataclass(frozen=True, slots=True)
class Opener:
    """opens for one answer"""

    keys: Mapping[UUID, DataKey]
    known: dict[bytes, dict[str, Any]] = field(default_factory=dict)  # one value has many parts

    def __call__(
        self, trailed: int | None, person: UUID | None, kept: bytes | None, of: Sequence[str], part: str,
        names: Mapping[Any, str] | None, fail: Fail, path: tuple[str | int, ...],
    ) -> Any:  # fmt: skip
        key = None if person is None else self.keys.get(person)
        if kept is None or key is None:
            return None
        if trailed is None:
            raise ValueError("something sealed was read and the trail does not tell of it")
        try:
            value = self.content(Trailed(trailed), key, kept, "\n".join(of))[part]
        except (Broken, KeyError):
            fail(path)
            return None
        if names is None or value is None:
            return value
        told = names.get(value)
        if told is None:
            fail(path)
        return told

    def content(self, trailed: Trailed, key: DataKey, kept: bytes, of: str) -> dict[str, Any]:
        found = self.known.get(kept)
        if found is None:
            found = self.known[kept] = sealed.open_sealed(trailed, key, kept, of=of)
        return found
