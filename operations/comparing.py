"""The rows of the ledger held against themselves, against what was published, and against the log's own rules.

Promise: an entry that somebody changed, took out or put in behind the service's back, be it the database's superuser,
is named, by its number, and so is a row of what is owed that does not say what the entries say; nothing is changed.
Rules: where an entry was published, the published one is right. Links and rules are looked at only while rows and
files agree, and what follows from the entries only while rules and entries do, so that one changed entry is one
difference and not a thousand.
Elsewhere: what follows from the entries, `operations.recounting`; the auditor's verifier, which trusts no database,
`ledger.verifier`; who asks, `estafet check --ledger`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database import sightings
from database.shelves import Shelf
from database.tables import ledger_entry, ledger_head
from database.transaction import HOST, transaction
from ledger import checkpoints, chunks, entries, envelopes, notes, publications, tiles, trees
from ledger.chunks import Chunk
from ledger.findings import Findings
from ledger.rules import Refused
from ledger.statements import ReferralSent
from ledger.walks import Walk
from operations import recounting
from operations.desks import Desk
from operations.recounting import Recount

Entered: TypeAlias = Row[int, datetime, str, str, str, bytes]
"""place, at, prev, statement, leaf_hash, leaf"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is wrong with the ledger in the database; `index` is None for the ledger as a whole."""

    index: int | None
    message: str

    def __str__(self) -> str:
        return f"{'ledger' if self.index is None else f'entry {self.index}'}: {self.message}"


async def compare(desk: Desk, shelf: Shelf) -> tuple[Difference, ...]:
    """Every difference, in order of the entries."""
    async with transaction(desk.databases.worker, HOST) as tx:
        found = [each async for each in _differences(tx.connection, shelf)]
        return tuple(found or [each async for each in _judged(tx.connection, desk)])


async def _differences(connection: AsyncConnection, shelf: Shelf) -> AsyncIterator[Difference]:
    published = await asyncio.to_thread(_published_size, shelf)
    place, last = 0, entries.NO_PREV
    async for rows in _rows(connection):
        bundle = await asyncio.to_thread(_bundle, shelf, rows[0].place // tiles.WIDTH, published)
        if not bundle and rows[0].place < published:
            yield Difference(index=rows[0].place, message="the file that it was published in is not there")
        for row in rows:
            for missing in range(place, row.place):
                yield Difference(index=missing, message="it is missing from the database")
            known = bundle.get(row.place)
            if (message := _wrong(row, known, last if row.place == place else None)) is not None:
                yield Difference(index=row.place, message=message)
            place, last = row.place + 1, trees.leaf_hash(bytes(row.leaf) if known is None else known).hex()
    for missing in range(place, published):
        yield Difference(index=missing, message="it was published and is missing from the database")
    head = (await connection.execute(select(ledger_head.c.size, ledger_head.c.leaf_hash))).one_or_none()
    if place >= published and (head is None or (head.size, head.leaf_hash) != (place, last)):
        yield Difference(index=None, message=f"its head does not stand behind entry {place - 1}")


def _wrong(row: Entered, published: bytes | None, last: str | None) -> str | None:
    """What is wrong with one row: against the published entry, against its own leaf, against the entry before."""
    leaf = bytes(row.leaf)
    if published is not None and leaf != published:
        return "the database holds another one than was published"
    try:
        entry = entries.parse(leaf)
    except Refused as refused:
        return f"its leaf is not an entry: {refused}"
    statement = envelopes.statement_id(entry.envelope.payload_type, entry.envelope.payload)
    told = (entry.index, entry.at, entry.prev, statement, trees.leaf_hash(leaf).hex())
    if told != (row.place, row.at, row.prev, row.statement, row.leaf_hash):
        return "its columns do not say what its leaf says"
    if last is not None and entry.prev != last:
        return "it does not continue the entry before it"
    return None


async def _judged(connection: AsyncConnection, desk: Desk) -> AsyncIterator[Difference]:
    """What the auditor's rules say of the entries, and, where they say nothing, what the rows tell otherwise."""
    findings, recount = Findings(), Recount()
    seen = await sightings.everything(connection)
    walk = Walk(agreement=desk.agreement, anchor=None, sightings=seen, findings=findings, docket=recount)
    otherwise = []
    async for rows in _rows(connection):
        walk.walk(await asyncio.to_thread(chunks.examine, _chunk(rows)))
        otherwise += [found async for found in recounting.versions(connection, recount, desk.agreement)]
    walk.end()
    for finding in findings.ordered():
        yield Difference(index=finding.index, message=f"{finding.rule} {finding.code}: {finding.message}")
    if findings.count:
        return
    sent = walk.kinds[ReferralSent.KIND]
    otherwise += [found async for found in recounting.rest(connection, recount, walk.history.states, sent)]
    for index, message in otherwise:
        yield Difference(index=index, message=message)


def _chunk(rows: Sequence[Entered]) -> Chunk:
    leaves = [bytes(row.leaf) for row in rows]
    return Chunk(
        first=rows[0].place,
        count=len(rows),
        bundle=tiles.bundle(leaves),
        tile=b"".join(trees.leaf_hash(leaf) for leaf in leaves),
        before=None,
        root=None,
        claimed={},  # the walk takes the keys from its own register
    )


async def _rows(connection: AsyncConnection) -> AsyncIterator[Sequence[Entered]]:
    """The entries in order, those of one bundle at a time."""
    entry, start = ledger_entry.c, 0
    columns = (entry["index"].label("place"), entry.at, entry.prev, entry.statement, entry.leaf_hash, entry.leaf)
    while True:
        wanted = select(*columns).where(entry["index"] >= start).order_by(entry["index"]).limit(tiles.WIDTH)
        rows = (await connection.execute(wanted)).all()
        together = [row for row in rows if row.place // tiles.WIDTH == rows[0].place // tiles.WIDTH]
        if not together:
            return
        yield together
        start = together[-1].place + 1


def _published_size(shelf: Shelf) -> int:
    note = shelf.signed()
    return 0 if note is None else checkpoints.parse(notes.parse(note).text).size


def _bundle(shelf: Shelf, number: int, published: int) -> dict[int, bytes]:
    """The published entries of one bundle, by index."""
    width = min(tiles.WIDTH, published - number * tiles.WIDTH)
    content = publications.held(shelf.read, tiles.Tile(None, number, width).path()) if width > 0 else None
    return dict(_numbered(content, number * tiles.WIDTH)) if content is not None else {}


def _numbered(content: bytes, first: int) -> Iterator[tuple[int, bytes]]:
    return enumerate(tiles.unbundle(content), first)
