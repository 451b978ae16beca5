"""Publishing: what the journal holds becomes files under a signed checkpoint.

Promise: whatever kills the publisher, at whatever step, the next call goes on; and it never signs a log that does not
continue the one it signed before, whatever has become of the database. A service that starts asks for the same before
it enters anything (`require_continued`): the first thing that it enters, its own silence, would fork the log.
Rules, in this order; a crash between any two leaves what is written here:
  1. one publisher a database (advisory lock)           nothing
  2. finish the last one: show its checkpoint           nothing new
  3. read the new entries, check that they chain        nothing
  4. write tiles and bundles                            files nobody refers to, written again next time
  5. put the new note for the old one (compare-and-set) signed, and finished by step 2 of the next call
  6. `checkpoints/<size>`, then `checkpoint`            the same
  7. the row in the database, for answers               the same
Elsewhere: the files' form, `ledger.tiles`; writing one so that it is whole, `database.shelves`.
"""

import asyncio
from collections.abc import Iterable, Iterator

from nacl.signing import SigningKey
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from database import tables
from database.engines import Databases
from database.shelves import Occupied, Overtaken, Shelf
from database.transaction import HOST, Transaction, transaction
from ledger import checkpoints, entries, notes, tiles, trees
from ledger.checkpoints import Checkpoint
from ledger.rules import Refused
from ledger.tiles import Edge, File

_LOCK = 7_305_201_608  # any number, the same in every process
_AT_A_TIME = 4096  # entries a checkpoint: bounds memory when a long log is published anew


class Diverged(Exception):
    """The database does not continue what was published: it was restored or altered. A person must look."""


def lay_out(shelf: Shelf, *, log: SigningKey, origin: str, documents: Iterable[tuple[str, bytes]]) -> None:
    """What readers need beside the log: its key, and the agreement's files by their SHA-256."""
    shelf.write("vkey", f"{notes.key_of(origin, log).spell()}\n".encode())
    for sha256, document in documents:
        shelf.write(f"data/{sha256}", document)


async def require_continued(databases: Databases, shelf: Shelf, *, log: SigningKey, origin: str) -> None:
    """Raises `Diverged` unless the database's log goes on from what was published; for before anything is entered."""
    async with transaction(databases.worker, HOST) as tx:
        _, before = await _signed(shelf, log, origin)
        edge = await asyncio.to_thread(_edge, shelf, before)
        if not edge.size or not await _goes_on(tx.connection, origin, edge):
            return
        entry = tables.ledger_entry.c
        noted = select(entry.leaf_hash).where(entry.index == edge.size - 1)
        if (await tx.connection.execute(noted)).scalar_one_or_none() != edge.last:
            raise Diverged(f"entry {edge.size - 1} is another one than was published")


async def publish(databases: Databases, shelf: Shelf, *, log: SigningKey, origin: str) -> Checkpoint | None:
    """Publish everything that is entered by now; the newest checkpoint, or None when there was nothing to do.

    What is entered meanwhile is for the next round. Under load a round would else have no end: each act would have a
    checkpoint of its own, which tells its moment, and no witness would be asked for any of them.
    """
    async with transaction(databases.worker, HOST) as tx:
        entered = await tx.connection.scalar(select(tables.ledger_head.c.size)) or 0
    newest = None
    while newest is None or newest.size < entered:
        if (step := await _step(databases, shelf, log, origin)) is None:
            break
        newest = step
    return newest


async def _step(databases: Databases, shelf: Shelf, log: SigningKey, origin: str) -> Checkpoint | None:
    async with transaction(databases.worker, HOST) as tx:
        if not await tx.connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
            return None
        while True:
            note, before = await _signed(shelf, log, origin)
            try:
                return await _grown(tx, shelf, log, note, before, origin)
            except Overtaken:
                if (await _signed(shelf, log, origin))[1] != before:
                    return None  # signed by another, who also shows it
                # Witnesses' signatures have come to the same checkpoint meanwhile: they hold up nothing.


async def _grown(
    tx: Transaction, shelf: Shelf, log: SigningKey, note: bytes | None, before: Checkpoint | None, origin: str
) -> Checkpoint | None:
    """One checkpoint more; raises `Overtaken` where the signed note is not this one any more."""
    if note is not None and before is not None:
        await _finish(tx, shelf, before, note)
    edge = await asyncio.to_thread(_edge, shelf, before)
    if not await _goes_on(tx.connection, origin, edge):
        return None
    grown, files = tiles.grow(edge, _chained(edge, await _leaves(tx.connection, edge.size)))
    await _ends_as_entered(tx.connection, grown)
    await asyncio.to_thread(_write, shelf, files)
    after = Checkpoint(origin=origin, size=grown.size, root=grown.root())
    signed = checkpoints.sign(after, log).encode()
    await asyncio.to_thread(shelf.replace_signed, note, signed)
    await _finish(tx, shelf, after, signed)
    return after


async def _signed(shelf: Shelf, log: SigningKey, origin: str) -> tuple[bytes | None, Checkpoint | None]:
    """The note that was signed last, and what it says."""
    note = await asyncio.to_thread(shelf.signed)
    try:
        return note, None if note is None else checkpoints.verify(note, notes.key_of(origin, log))
    except notes.Unreadable as fault:
        raise Diverged(f"what was signed last is not of this log, or not by its key: {fault}") from fault


async def _finish(tx: Transaction, shelf: Shelf, checkpoint: Checkpoint, note: bytes) -> None:
    await asyncio.to_thread(shelf.write, f"checkpoints/{checkpoint.size}", note)
    await asyncio.to_thread(shelf.show)
    row = {
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "note": note.decode(),
        "published_at": tx.at,
    }
    await tx.connection.execute(insert(tables.checkpoint).on_conflict_do_nothing(), row)


def _write(shelf: Shelf, files: Iterable[File]) -> None:
    for file in files:
        try:
            shelf.write(file.path, file.content)
        except Occupied:
            told = f"{file.path} holds other entries: another publisher wrote it, from another database"
            raise Diverged(f"{told}; see docs/operations.md") from None


def _edge(shelf: Shelf, before: Checkpoint | None) -> Edge:
    """Where the published files end, as far as they are what was signed."""
    if before is None:
        return Edge()

    def read(path: str) -> bytes:
        content = shelf.read(path)
        if content is None:
            raise Diverged(f"{path} is missing from the published files")
        return content

    try:
        edge = tiles.edge(before.size, read)
    except Refused as refused:
        raise Diverged(f"the published files are damaged: {refused}") from refused
    if edge.root() != before.root:
        raise Diverged(f"the published files are not those of the checkpoint of size {before.size}")
    return edge


async def _goes_on(connection: AsyncConnection, origin: str, edge: Edge) -> bool:
    """Is there more than was published? A head at or before the published edge must be that edge."""
    head = (await connection.execute(select(tables.ledger_head))).one_or_none()
    if head is None and edge.size == 0:
        return False
    if head is None or head.size < edge.size:
        raise Diverged(
            f"the database holds fewer entries than the {edge.size} that are published: see `estafet recover --check`"
        )
    if head.origin != origin:
        raise Diverged(f"the database is of the log {head.origin}, not of {origin}")
    if head.size == edge.size and head.leaf_hash != edge.last:
        raise Diverged(f"entry {head.size - 1} is another one than was published")
    return bool(head.size > edge.size)


async def _ends_as_entered(connection: AsyncConnection, grown: Edge) -> None:
    """The last entry has no successor that would betray a change of it, but its hash was noted when it was entered."""
    noted = select(tables.ledger_head.c.leaf_hash).where(tables.ledger_head.c.size == grown.size)
    hash_entered = (await connection.execute(noted)).scalar_one_or_none()
    if hash_entered not in (None, grown.last):
        raise Diverged(f"entry {grown.size - 1} of the database is not the one that was entered")


async def _leaves(connection: AsyncConnection, start: int) -> list[bytes]:
    entry = tables.ledger_entry.c
    wanted = select(entry.leaf).where(entry.index >= start).order_by(entry.index).limit(_AT_A_TIME)
    return [bytes(leaf) for leaf in (await connection.execute(wanted)).scalars()]


def _chained(edge: Edge, leaves: Iterable[bytes]) -> Iterator[bytes]:
    """The leaves, each checked to be the next: what was altered in the database is not signed."""
    index, last = edge.size, edge.last
    for leaf in leaves:
        try:
            entry = entries.parse(leaf)
        except Refused as refused:
            raise Diverged(f"entry {index} of the database is not an entry: {refused}") from refused
        if entry.index != index or entry.prev != last:
            raise Diverged(f"entry {index} of the database does not continue the one before it")
        yield leaf
        index, last = index + 1, trees.leaf_hash(leaf).hex()
