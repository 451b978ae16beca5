"""Collecting: what was published is shown to the log's witnesses, and their signatures come into its notes.

Promise: no witness, be it dead, slow or lying, keeps anything from being published or breaks a note; what is counted
was signed by a key that entry 0 names, over this very checkpoint, about now.
Rules, for one round after each publication:
  1. Only the newest checkpoint, signed anew, and only while nothing behind it is older than a minute. A witness's late
     signature under an old size would make entries seem back-dated that are not (V27).
  2. All witnesses at once, each within `PATIENCE`. What a witness knows of the log it says itself: 409, and the proof
     is made from there, once. One that knows a larger log, or another one, is told to the operator: this was set back.
  3. Merged into the signed note by compare-and-set. The publisher, overtaken by it, looks again; one that has signed on
     meanwhile is not held up, and its earlier checkpoint gets the signatures.
  4. The quorum time becomes a row, from which an entry's state is told, and which outages leave room (O7). A crash
     before that leaves a note that says more than the row: `recall`, before anything is entered, makes it good.
Elsewhere: the protocol's other end, `cli.witness`; who is a witness, the genesis; when, `api.sweeps`.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, TypeAlias

import httpx
from nacl.signing import SigningKey
from sqlalchemy import func, select

from database import sightings
from database.engines import Databases
from database.shelves import Overtaken, Shelf
from database.tables import ledger_entry
from database.transaction import HOST, Transaction, transaction
from ledger import checkpoints, cosignatures, entries, geneses, notes, proofs, quorums, trees
from ledger.checkpoints import Checkpoint
from ledger.notes import Signature, Unreadable
from ledger.quorums import Policy
from ledger.rules import Refused
from ledger.witnesses import Submission

log = logging.getLogger("estafet.collecting")

PATIENCE: Final = 10.0  # seconds for one witness, with everything
FRESH: Final = timedelta(seconds=60)  # a checkpoint is submitted no later
CLOCKS_DIFFER: Final = 60  # seconds between a witness's clock and ours, beside that
MOST_BYTES: Final = 64 * 1024  # of an answer
REMEMBERED: Final = 1_000  # checkpoints looked at again after a crash
_FAULTS: Final = (httpx.HTTPError, httpx.InvalidURL, Unreadable, Refused, trees.Unproved, FileNotFoundError)
_MERGING: Final = 7_305_201_609  # any number, the same in every process
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,15})\n")


Post: TypeAlias = Callable[[str, bytes], Awaitable[tuple[int, str, bytes]]]
"""Sends to an address: status, media type and body of the answer, as much of it as is looked at."""


@dataclass(slots=True, kw_only=True)
class Collector:
    """Where the witnesses are, and what is known of each: never believed, only tried first."""

    addresses: Sequence[str]
    post: Post
    sizes: dict[str, int] = field(default_factory=dict)  # that each signed last
    names: dict[str, notes.VerifierKey] = field(default_factory=dict)  # whose signature came from there


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown to the witnesses in one round."""

    checkpoint: Checkpoint
    note: bytes  # signed anew
    policy: Policy
    now: int
    shelf: Shelf

    def submission(self, old: int) -> bytes:
        """What is sent to a witness that signed this size last."""
        tree = proofs.Hashes(self.checkpoint.size, lambda path: _there(self.shelf, path))
        proof = tree.consistency(old) if 0 < old < self.checkpoint.size else ()
        return Submission(old=old, proof=proof, note=self.note).spell()

    def overtaken(self, size: int) -> bool:
        """Whether that many entries are published by now, by whoever was quicker."""
        signed = self.shelf.signed()
        return signed is not None and checkpoints.parse(notes.parse(signed).text).size >= size


@asynccontextmanager
async def over_http(addresses: Sequence[str]) -> AsyncIterator[Collector]:
    """A collector that asks the witnesses at these addresses."""
    async with httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False, trust_env=False) as line:
        yield Collector(addresses=addresses, post=partial(_post, line))


async def recall(databases: Databases, shelf: Shelf) -> None:
    """Enter what the published notes say of quorums and the rows do not: for before anything is entered."""
    async with transaction(databases.worker, HOST) as tx:
        policy = await _policy(tx)
        for size in await sightings.unseen(tx.connection, REMEMBERED) if policy is not None and policy.quorum else ():
            note = await asyncio.to_thread(shelf.read, f"checkpoints/{size}")
            if note is not None and policy is not None:
                await _enter(tx, note, policy)


async def collect(databases: Databases, shelf: Shelf, collector: Collector, *, log: SigningKey, origin: str) -> None:
    """One round: show the newest checkpoint to every witness that has not signed it yet."""
    async with transaction(databases.worker, HOST) as tx:
        shown = await _shown(tx, shelf, log, origin)
    if shown is None:
        return
    signed = await _signers(shelf, shown)
    asked = [each for each in collector.addresses if collector.names.get(each) not in signed]
    if len(signed) == len(shown.policy.witnesses) or not asked:
        return
    answers = await asyncio.gather(*(_asked(collector, each, shown) for each in asked))
    lines = [line for answer in answers for line in answer]
    if lines:
        async with transaction(databases.worker, HOST) as tx:
            await _merge(tx, shelf, shown, lines)


async def _shown(tx: Transaction, shelf: Shelf, log: SigningKey, origin: str) -> Shown | None:
    """What to show; None while there is nothing, or only what is too old to be shown."""
    policy = await _policy(tx)
    note = await asyncio.to_thread(shelf.signed)
    if policy is None or not policy.witnesses or note is None:
        return None
    checkpoint = checkpoints.verify(note, notes.key_of(origin, log))
    behind = select(ledger_entry.c.at).where(ledger_entry.c.index == checkpoint.size)
    since = (await tx.connection.execute(behind)).scalar_one_or_none()
    if since is not None and tx.at - since > FRESH:
        return None  # what stands behind it is published first, and then shown
    anew = checkpoints.sign(checkpoint, log).encode()
    return Shown(checkpoint=checkpoint, note=anew, policy=policy, now=int(tx.at.timestamp()), shelf=shelf)


async def _policy(tx: Transaction) -> Policy | None:
    first = select(ledger_entry.c.leaf).where(ledger_entry.c.index == 0)
    leaf = (await tx.connection.execute(first)).scalar_one_or_none()
    if leaf is None:
        return None
    return quorums.of_genesis(geneses.judge(entries.parse(bytes(leaf)).envelope))


async def _signers(shelf: Shelf, shown: Shown) -> set[notes.VerifierKey]:
    note = await asyncio.to_thread(shelf.read, f"checkpoints/{shown.checkpoint.size}")
    return set() if note is None else set(cosignatures.read(notes.parse(note), shown.policy.witnesses).times)


async def _asked(collector: Collector, address: str, shown: Shown) -> tuple[Signature, ...]:
    """The witness's signatures, none where it has none to give; whatever it does, this comes back in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await _ask(collector, address, shown)
    except (*_FAULTS, TimeoutError) as fault:
        log.warning("the witness at %s gives no signature: %s", address, type(fault).__qualname__)
        return ()


async def _ask(collector: Collector, address: str, shown: Shown) -> tuple[Signature, ...]:
    size = shown.checkpoint.size
    old = min(collector.sizes.get(address, 0), size)
    for _ in range(2):
        status, kind, body = await collector.post(address, await asyncio.to_thread(shown.submission, old))
        if status == 200:
            return _believed(collector, address, shown, body)
        told = _SIZE.fullmatch(body) if (status, kind) == (409, "text/x.tlog.size") else None
        if told is None:
            forked = status == 422
            say = log.critical if forked else log.warning
            say("the witness at %s answers %d%s", address, status, ": this log does not continue" if forked else "")
            return ()
        old = collector.sizes[address] = int(told.group(1))
        if old > size:
            if await asyncio.to_thread(shown.overtaken, old):
                return ()  # another replica has published and shown more meanwhile
            log.critical("the witness at %s has signed %d entries of this log, which has %d", address, old, size)
            return ()
    return ()


async def _post(line: httpx.AsyncClient, address: str, data: bytes) -> tuple[int, str, bytes]:
    url = f"{address.rstrip('/')}/add-checkpoint"
    body = bytearray()
    async with line.stream("POST", url, content=data, headers={"Content-Type": "text/plain"}) as answer:
        async for part in answer.aiter_raw(4096):
            body += part
            if len(body) > MOST_BYTES:
                raise Unreadable("an answer without end")
        return answer.status_code, answer.headers.get("content-type", "").split(";")[0], bytes(body)


def _believed(collector: Collector, address: str, shown: Shown, body: bytes) -> tuple[Signature, ...]:
    """Of an answer the lines of witnesses that the genesis names, made about now."""
    text = shown.checkpoint.text()
    lines = []
    for line in cosignatures.offered(text, body):
        times = cosignatures.read(notes.Note(text=text, signatures=(line,)), shown.policy.witnesses).times
        for key, time in times.items():
            if abs(time - shown.now) > CLOCKS_DIFFER + FRESH.total_seconds():
                log.warning("the clock of the witness at %s is %d seconds off ours", address, time - shown.now)
                continue
            collector.names[address] = key
            collector.sizes[address] = shown.checkpoint.size
            lines.append(line)
    if not lines:
        log.warning("the witness at %s gives no signature that counts", address)
    return tuple(lines)


async def _merge(tx: Transaction, shelf: Shelf, shown: Shown, lines: Sequence[Signature]) -> None:
    """The signatures into the notes, by one collector at a time; the publisher is waited for by nobody."""
    await tx.connection.execute(select(func.pg_advisory_xact_lock(_MERGING)))
    note = await asyncio.to_thread(_merged, shelf, shown, lines)
    await _enter(tx, note, shown.policy)


def _merged(shelf: Shelf, shown: Shown, lines: Sequence[Signature]) -> bytes:
    name = f"checkpoints/{shown.checkpoint.size}"
    while True:
        signed = shelf.signed() or shown.note
        newest = notes.parse(signed).text == shown.checkpoint.text()
        before = signed if newest else shelf.read(name) or shown.note
        after = cosignatures.merged(before, lines, shown.policy.witnesses)
        if newest and after != signed:
            try:
                shelf.replace_signed(signed, after)
            except Overtaken:
                continue  # it has signed on, or another has merged: look again
        shelf.write(name, after)
        shelf.show()
        return after


async def _enter(tx: Transaction, note: bytes, policy: Policy) -> None:
    """The quorum time of a note, if it has one."""
    told = notes.parse(note)
    time = policy.time(cosignatures.read(told, policy.witnesses).times.values())
    if time is not None:
        await sightings.enter(tx.connection, checkpoints.parse(told.text).size, time)


def _there(shelf: Shelf, path: str) -> bytes:
    content = shelf.read(path)
    if content is None:
        raise FileNotFoundError(path)
    return content
