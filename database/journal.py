"""The journal: an act and its evidence become true together, or not at all.

Promise: `append` numbers, chains and stores one entry and makes the act's changes in ONE statement, so that the
ledger's head, the last lock of every act, is held for one round trip and the commit.
Rules: the SQL function `ledger_append` locks the head first and reads it then (READ COMMITTED; it refuses any other
isolation, under which the read could be older than the lock). The changes take their times and numbers from its row.
A change that met no row is an error: an entry must never stand for an act that did not happen. Deletions may meet none.
Rows that an act changes are locked when they are loaded, before this: the head stays the last lock of all.
Elsewhere: the function, `database/migrations/0001_journal.sql`; whether the statement may be entered at all,
`ledger.admissions` and `ledger.replays`, before this is called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Delete,
    FromClause,
    Insert,
    Text,
    Update,
    Uuid,
    column,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import CTE

Change: TypeAlias = Callable[[FromClause], Insert | Update | Delete]
"""Given the entry's row (index, at, prev, leaf_hash), a change of the act: `select(e.c.at).scalar_subquery()`."""


class NothingChanged(Exception):
    """A change of the act met no row: the version was stale, or row security hid it. Roll back."""


class AlreadyEntered(Exception):
    """This very statement is in the log: entered a moment ago by the same act in another transaction. Roll back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the journal must know of a statement; `envelope` is the JCS text of its envelope."""

    statement: str
    envelope: str
    kind: str
    party: str
    other_party: str | None
    key: str | None
    seen_size: int | None
    referral_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where and when the statement stands now; true once the transaction has committed."""

    index: int
    at: datetime
    prev: str
    leaf_hash: str


async def begin(connection: AsyncConnection, origin: str, genesis: Entry, *changes: Change) -> Appended:
    """Begin the one log of this database, whose entry 0 is `genesis`."""
    await connection.execute(text("select ledger_begin(:origin)"), {"origin": origin})
    return await append(connection, genesis, *changes)


async def append(connection: AsyncConnection, entry: Entry, *changes: Change) -> Appended:
    e = _appending(entry)
    made = [change(e) for change in changes]
    counted = [_counted(statement, number) for number, statement in enumerate(made)]
    question = select(
        e.c.index,
        e.c.at,
        e.c.prev,
        e.c.leaf_hash,
        *(select(func.count()).select_from(c).scalar_subquery() for c in counted),
    )
    try:
        row = (await connection.execute(question)).one()
    except IntegrityError as error:
        if "ledger_entry_statement_key" in str(error.orig):
            raise AlreadyEntered(entry.statement) from error
        raise
    for statement, count in zip(made, row[4:], strict=True):
        if count == 0 and not isinstance(statement, Delete):
            raise NothingChanged(f"{type(statement).__name__} of {statement.table} for {entry.kind}")
    return Appended(index=row[0], at=row[1], prev=row[2], leaf_hash=row[3])


def _appending(entry: Entry) -> CTE:
    called = func.ledger_append(
        literal(entry.statement, Text),
        literal(entry.envelope, Text),
        literal(entry.kind, Text),
        literal(entry.party, Text),
        literal(entry.other_party, Text),
        literal(entry.key, Text),
        literal(entry.seen_size, BigInteger),
        literal(entry.referral_id, Uuid),
    ).table_valued(
        column("index", BigInteger),
        column("at", DateTime(timezone=True)),
        column("prev", Text),
        column("leaf_hash", Text),
        name="appended",
    )
    return select(called).cte("e").prefix_with("MATERIALIZED")


def _counted(statement: Insert | Update | Delete, number: int) -> CTE:
    # RETURNING a constant asks for no right to read the row that was written.
    return statement.returning(literal_column("1").label("one")).cte(f"change_{number}")
