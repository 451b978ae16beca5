"""The outbox: what has changed, as ids and nothing else, in the order in which it became true.

Promise: who reads on from a cursor gets every event after it that is his, each once, in order; what was forgotten in
the meantime is told as `Expired`, never skipped.
Why no event can be lost: the usual outbox numbers its rows from a sequence, and a writer that drew 7 may commit after
one that drew 8; a reader that has seen 8 then never looks at 7. Here `index` is the entry's, read from the ledger's
head after its row is locked, and the lock is held until the commit: nobody can hold 8 before 7 is committed or undone.
So the order of (index, number) is the order of commits. An undone act gives its number back with the head, so that
there is no gap to wait for, and a snapshot that shows a head of n entries shows every event of them.
Rules: `put` once for each entry, in the act's transaction, right after the append. A cursor is `<index>-<number>`.
Forgetting goes by age, and for each party it is written down which event was the last to go: a quiet province that
comes back after months with its last cursor has missed nothing and is told nothing else.
Elsewhere: who sees which event, row security in `database/migrations`; waking readers up, `database.wakeups`.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Integer, Table, Text, Uuid, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.tables import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("index", BigInteger, ForeignKey("ledger_entry.index"), primary_key=True),
    Column("number", Integer, primary_key=True),  # of this entry's events, from 1
    Column("topic", Text, nullable=False),  # referral | handover | obligation
    Column("object_id", Uuid, nullable=False),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("from_party", Text, ForeignKey("party.code"), nullable=False),  # the two ends, who see it
    Column("to_party", Text, ForeignKey("party.code"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
outbox_forgotten = Table(
    "outbox_forgotten",
    metadata,
    Column("party", Text, primary_key=True),  # ID-JK, or AUDITOR for all auditors
    Column("index", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
)


class Topic(StrEnum):
    REFERRAL = "referral"
    HANDOVER = "handover"
    OBLIGATION = "obligation"


class Expired(Exception):
    """Something after this cursor has been forgotten: read the objects anew, and go on from now."""


class Unknown(Exception):
    """A cursor that no event of the asker's has: unreadable, somebody else's, or of another log."""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """The place of an event; also any place between two events."""

    index: int
    number: int

    def spell(self) -> str:
        return f"{self.index}-{self.number}"


BEGINNING: Final = Cursor(0, 0)
_SPELLED: Final = re.compile(r"(0|[1-9][0-9]{0,17})-(0|[1-9][0-9]{0,8})", re.ASCII)


def read(spelled: str) -> Cursor:
    """The cursor in a text, or `Unknown`."""
    found = _SPELLED.fullmatch(spelled)
    if found is None:
        raise Unknown(spelled[:40])
    return Cursor(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An object that an act has changed, and the two ends that may know."""

    topic: Topic
    object_id: UUID
    referral_id: UUID
    from_party: str
    to_party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event as it is read."""

    cursor: Cursor
    topic: Topic
    object_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Events, and up to where everything has been looked at: past what others were told, too."""

    events: tuple[Told, ...]
    until: Cursor
    more: bool


class Connection(Protocol):
    """What is used of asyncpg's, which has no types."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...


async def put(connection: AsyncConnection, index: int, at: datetime, events: Iterable[Event]) -> None:
    """Tell what this entry has changed."""
    rows = [
        {
            "index": index,
            "number": number,
            "topic": event.topic.value,
            "object_id": event.object_id,
            "referral_id": event.referral_id,
            "from_party": event.from_party,
            "to_party": event.to_party,
            "at": at,
        }
        for number, event in enumerate(events, 1)
    ]
    if rows:
        await connection.execute(insert(outbox).values(rows))


_AFTER: Final = """
select h.size, f.index as lost_index, f.number as lost_number, o.index, o.number, o.topic, o.object_id, o.at
from ledger_head h
left join outbox_forgotten f on true
left join lateral (
    select index, number, topic, object_id, at from outbox
    where (index, number) > ($1, $2) and topic = any($3){condition}
    order by index, number limit $4
) o on true
order by o.index, o.number
"""
# Two texts, not `$5 is null or`: that would keep PostgreSQL from the index.
_ANY: Final = _AFTER.format(condition="")
_OF_ONE: Final = _AFTER.format(condition=" and referral_id = $5")


async def after(
    connection: Connection, cursor: Cursor, limit: int, topics: Collection[Topic], referral: UUID | None = None
) -> Page:
    """The next events of the asker's; raises `Expired`. One statement, so that head and events are of one moment."""
    given = (cursor.index, cursor.number, [topic.value for topic in topics], limit)
    rows = await (connection.fetch(_ANY, *given) if referral is None else connection.fetch(_OF_ONE, *given, referral))
    head = rows[0]
    if head["lost_index"] is not None and cursor < Cursor(head["lost_index"], head["lost_number"]):
        raise Expired(cursor.spell())
    events = tuple(
        Told(
            cursor=Cursor(row["index"], row["number"]),
            topic=Topic(row["topic"]),
            object_id=row["object_id"],
            at=row["at"],
        )
        for row in rows
        if row["index"] is not None
    )
    more = len(events) == limit
    until = events[-1].cursor if more else max(cursor, Cursor(head["size"], 0))
    return Page(events=events, until=until, more=more)


async def now(connection: Connection) -> Cursor:
    """The place after everything that is committed."""
    return Cursor((await connection.fetch("select size from ledger_head"))[0]["size"], 0)


_KNOWN: Final = """
select f.index as lost_index, f.number as lost_number,
    exists (select from outbox where index = $1 and number = $2) as known
from (select 1) one left join outbox_forgotten f on true
"""


async def resume(connection: Connection, spelled: str) -> Cursor:
    """The cursor to go on from; raises `Expired` or `Unknown`.

    It must be an event's of the asker: one beyond the head, from before a backup was restored, would skip what comes.
    """
    cursor = read(spelled)
    row = (await connection.fetch(_KNOWN, cursor.index, cursor.number))[0]
    lost = None if row["lost_index"] is None else Cursor(row["lost_index"], row["lost_number"])
    if lost is not None and cursor < lost:
        raise Expired(spelled)
    if not (row["known"] or cursor in (lost, BEGINNING)):
        raise Unknown(spelled)
    return cursor


async def beginning(connection: Connection) -> Cursor:
    """The place before the oldest event that the asker can still read."""
    row = (await connection.fetch(_KNOWN, 0, 0))[0]
    return BEGINNING if row["lost_index"] is None else Cursor(row["lost_index"], row["lost_number"])


_FORGET: Final = text("""
with old as (select index, number from outbox where at < :before order by at, index, number limit :most),
gone as (
    delete from outbox o using old where o.index = old.index and o.number = old.number
    returning o.index, o.number, o.topic, o.from_party, o.to_party
),
ends as (
    select from_party as party, index, number from gone
    union all select to_party, index, number from gone
    union all select 'AUDITOR', index, number from gone where topic = 'obligation'
),
kept as (
    insert into outbox_forgotten (party, index, number)
    select distinct on (party) party, index, number from ends order by party, index desc, number desc
    on conflict (party) do update set index = excluded.index, number = excluded.number
    where (outbox_forgotten.index, outbox_forgotten.number) < (excluded.index, excluded.number)
)
select count(*) from gone
""")
_AT_ONCE: Final = 10_000


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Events older than this are forgotten, so many at once; returns how many."""
    return int((await connection.execute(_FORGET, {"before": before, "most": _AT_ONCE})).scalar_one())
