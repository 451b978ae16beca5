"""What a restored database has lost: its log held against the published one, and what moved in between.

Promise: nothing is changed. A database whose log is not the beginning of the published one, to the byte, is told by its
first entry that differs, and with it what was entered from there on: those entries were promised and never published.
Rules: what was signed last is the published log, also where readers were not shown it yet. Its files are verified by
the auditor's rules before anything is told of them (`Lost` hears that walk). Names, values and everything else that is
sealed are not in the log: what moved is told by random ids and kinds.
Elsewhere: the verifier, `ledger.verifier`; who asks, `cli.recovering`; why nothing is refilled yet, decision 0022.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from casework.obligations import Obligation
from casework.referrals import Referral
from database.engines import Databases
from database.tables import ledger_entry, ledger_head
from database.transaction import HOST, transaction
from ledger import entries, publications, statements, tiles, trees
from ledger.dockets import Docket
from ledger.publications import CHECKPOINT, Files

MOST = 1_000  # entries of another history that are named one by one


@dataclass(frozen=True, slots=True)
class Signed:
    """The published files under the note that was signed last."""

    files: Files
    note: bytes

    def read(self, name: str) -> bytes | None:
        return self.note if name == CHECKPOINT else self.files.read(name)

    def numbers(self, name: str) -> Sequence[int]:
        return self.files.numbers(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Up to where the database's log goes, as it says."""

    origin: str
    size: int
    leaf_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry, in clear; `referral` and `key` are random ids, None where it speaks of none."""

    index: int
    at: datetime
    kind: str
    party: str
    referral: str | None
    key: str | None  # added or revoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where the database's log leaves the published one, and what it holds from there on."""

    index: int
    message: str
    beyond: tuple[Told, ...]  # the first of them
    count: int


@dataclass(slots=True, kw_only=True)
class Moved:
    """A referral before the lost span, None where it began in it, and after."""

    before: Referral | None
    after: Referral

    def obligations(self) -> Iterator[tuple[Obligation | None, Obligation]]:
        """What is owed otherwise than before."""
        known = {} if self.before is None else {each.id: each for each in self.before.obligations}
        for each in self.after.obligations:
            if known.get(each.id) != each:
                yield known.get(each.id), each


@dataclass(slots=True)
class Lost(Docket):
    """Hears the walk over the published log: which referrals moved from entry `start` on."""

    start: int = 0
    moved: dict[str, Moved] = field(default_factory=dict)

    def tell(self, index: int, before: Referral | None, after: Referral, at: datetime) -> None:
        if index < self.start:
            return
        if after.id in self.moved:
            self.moved[after.id].after = after
        else:
            self.moved[after.id] = Moved(before=before, after=after)


async def head(databases: Databases) -> Head | None:
    """None: the database holds no log at all."""
    async with transaction(databases.worker, HOST) as tx:
        row = (await tx.connection.execute(select(ledger_head))).one_or_none()
    return None if row is None else Head(origin=row.origin, size=row.size, leaf_hash=row.leaf_hash)


async def compare(databases: Databases, head: Head, files: Files, published: int) -> Difference | None:
    """The first entry of the database that is not the published one; None where its log is the beginning, or goes on.

    `files` are verified and of the size `published`.
    """
    async with transaction(databases.worker, HOST) as tx:
        connection, size, last = tx.connection, head.size, entries.NO_PREV
        for first in range(0, published, tiles.WIDTH):
            leaves = await asyncio.to_thread(_bundle, files, first, published)
            for index, message in _apart(first, leaves, await _kept(connection, first, len(leaves)), size):
                return await _difference(connection, index, message)
            if first < size <= first + len(leaves):
                last = trees.leaf_hash(leaves[size - first - 1]).hex()
        if size <= published and head.leaf_hash != last:
            return await _difference(connection, max(size - 1, 0), "the head does not stand behind it")
    return None


def lost(files: Files, start: int, published: int) -> Iterator[Told]:
    """The published entries from `start` on, which were verified."""
    for first in range(start - start % tiles.WIDTH, published, tiles.WIDTH):
        for index, leaf in enumerate(_bundle(files, first, published), first):
            if index >= start:
                yield _told(leaf)


def _apart(first: int, leaves: Sequence[bytes], kept: dict[int, bytes], size: int) -> Iterator[tuple[int, str]]:
    for index, leaf in enumerate(leaves, first):
        held = kept.get(index)
        if held is None and index < size:
            yield index, "it is missing, and others behind it are not"
        elif held is not None and index >= size:
            yield index, "it stands behind the head of the database's log"
        elif held is not None and held != leaf:
            yield index, "the database holds another one than was published"


async def _kept(connection: AsyncConnection, first: int, count: int) -> dict[int, bytes]:
    """The leaves; a check of the table holds the hash in each row to them."""
    entry = ledger_entry.c
    wanted = select(entry["index"].label("place"), entry.leaf)
    rows = await connection.execute(wanted.where(entry["index"] >= first, entry["index"] < first + count))
    return {row.place: bytes(row.leaf) for row in rows}


async def _difference(connection: AsyncConnection, index: int, message: str) -> Difference:
    entry = ledger_entry.c
    place = entry["index"]
    columns = place.label("place"), entry.at, entry.kind, entry.party, entry.referral_id
    rows = await connection.execute(select(*columns).where(place >= index).order_by(place).limit(MOST))
    count = select(func.count()).select_from(ledger_entry).where(place >= index)
    beyond = tuple(
        Told(
            index=row.place,
            at=row.at,
            kind=row.kind,
            party=row.party,
            referral=None if row.referral_id is None else row.referral_id.hex,
            key=None,
        )
        for row in rows
    )
    return Difference(index=index, message=message, beyond=beyond, count=(await connection.execute(count)).scalar_one())


def _bundle(files: Files, first: int, published: int) -> tuple[bytes, ...]:
    """The leaves of one bundle."""
    bundle = tiles.Tile(None, first // tiles.WIDTH, min(tiles.WIDTH, published - first))
    return tiles.unbundle(publications.held(files.read, bundle.path()) or b"")


def _told(leaf: bytes) -> Told:
    entry = entries.parse(leaf)
    statement = statements.parse(entry.envelope.payload)
    return Told(
        index=entry.index,
        at=entry.at,
        kind=statement.KIND,
        party=statement.party,
        referral=getattr(statement, "referral", None),
        key=statement.name if isinstance(statement, statements.KeyAdded | statements.KeyRevoked) else None,
    )
