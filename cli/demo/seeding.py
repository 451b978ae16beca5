"""Making a demo: found the log three weeks ago, then play every history in the order of time.

Promise: when it returns, the data is in, published, and told in the demo's files; whatever stops it before leaves no
anchor, and the next start makes the demo anew.
Rules: the past is written with the database's clock set back (`app.clock_shift`), which only a demo's log obeys; its
witnesses' clocks go with it.
Elsewhere: who founds, `cli.demo.foundations`; what happened, `cli.demo.histories`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select, text

from cli import key_files
from cli.demo import files, foundations, watching
from cli.demo.histories import EXPIRY, FOUNDED, LOOK, PROVINCES, histories
from cli.demo.offices import Office, principal
from cli.demo.playing import Played, Scene
from database import tables
from database.addresses import Address
from database.engines import Databases, Limits, open_databases
from database.shelves import Folder
from database.transaction import HOST, transaction
from ledger import entries, notes
from ledger.checkpoints import Checkpoint
from operations import breaches, collecting, expiring, publishing
from operations.collecting import Collector
from operations.desks import Desk
from operations.host_keys import HostKeys
from operations.preparations import SeenInput

Told = Callable[[int, int], None]
Publish = Callable[[], Awaitable[Checkpoint | None]]
ONE = Limits(connections=1, reading=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What a demo is made of."""

    data: Path
    issuer: str
    address: Address
    own: HostKeys

    @property
    def shelf(self) -> Folder:
        """The published files."""
        return Folder(root=self.data / "ledger")


@dataclass(slots=True)
class Clock:
    """The witnesses' clock, which stands at the hour that is told."""

    time: int = 0

    def __call__(self) -> int:
        return self.time


async def make(demo: Demo, told: Told) -> None:
    """Make the whole demo; `told(done, of)` hears of progress."""
    agreement, origin = foundations.agreement(), foundations.new_origin()
    roots = {code: key_files.new(code, root=True) for code in PROVINCES}
    keys = {code: key_files.new(code) for code in PROVINCES}
    databases = await open_databases(demo.address, ONE)
    try:
        desk = Desk(
            databases=databases, agreement=agreement, origin=origin, host=demo.own.host, wrapping=demo.own.wrapping
        )
        # Before the log has begun there is no demo whose clock could be set back: that hour is counted by hand.
        async with transaction(databases.app, HOST) as tx:
            at = tx.at - timedelta(hours=FOUNDED)
        await set_back(databases, FOUNDED)
        await foundations.adopt(desk, demo.own.log, roots, at, watching.policy(watching.new(demo.data)))
        for code in PROVINCES:
            await foundations.delegate(desk, roots[code], keys[code], at)
        clients = await foundations.register(databases, PROVINCES)
        offices = {code: Office(by=principal(code), key=keys[code]) for code in PROVINCES}
        clock = Clock()
        with watching.past(demo.data, notes.key_of(origin, demo.own.log), clock) as witnesses:
            publish = partial(published, demo, desk, witnesses, clock)
            await play(desk, offices, publish, told)
            await set_back(databases, 0)
            await breaches.note_breaches(desk)
            await publish()
        anchor = await anchor_of(databases)
    finally:
        await databases.close()
    files.write(demo.data, issuer=demo.issuer, clients=clients, keys=keys, roots=roots, anchor=anchor)


async def play(desk: Desk, offices: dict[str, Office], publish: Publish, told: Told) -> None:
    """Every step of every history, oldest first, with the clock set back to its hour."""
    played = [
        Played(history=each, sender=offices[each.sender], receiver=offices[each.receiver] if each.receiver else None)
        for each in histories()
    ]
    acted = {step.ago for one in played for step in one.history.steps}
    # The host looks for breaches as a running one would: what is done late has its notice before it.
    hours = sorted(acted | {EXPIRY} | set(range(max(acted), 0, -LOOK)), reverse=True)
    seen = None
    for done, ago in enumerate(hours):
        told(done, len(hours))
        await set_back(desk.databases, ago)
        await breaches.note_breaches(desk)
        if ago == EXPIRY:
            await expiring.expire_referrals(desk)
        for one in played:
            for step in (step for step in one.history.steps if step.ago == ago):
                await one.step(await scene(desk, seen), step.verb)
        if done % 8 == 0 and (checkpoint := await publish()) is not None:
            seen = SeenInput(size=checkpoint.size, root=checkpoint.root.hex())
    told(len(hours), len(hours))


async def scene(desk: Desk, seen: SeenInput | None) -> Scene:
    """Now, as the database tells it."""
    async with transaction(desk.databases.app, HOST) as tx:
        return Scene(desk=desk, at=tx.at, seen=seen)


async def published(demo: Demo, desk: Desk, witnesses: Collector, clock: Clock) -> Checkpoint | None:
    """Publish what was entered so far, and have it witnessed at its hour."""
    documents = [(desk.agreement.sha256, desk.agreement.document)]
    publishing.lay_out(demo.shelf, log=demo.own.log, origin=desk.origin, documents=documents)
    newest = await publishing.publish(desk.databases, demo.shelf, log=demo.own.log, origin=desk.origin)
    async with transaction(desk.databases.worker, HOST) as tx:
        clock.time = int(tx.at.timestamp())
    await collecting.collect(desk.databases, demo.shelf, witnesses, log=demo.own.log, origin=desk.origin)
    return newest


async def set_back(databases: Databases, hours: int) -> None:
    """Set the clock of the sessions back; there is one for each role (`ONE`), and it stays open."""
    for engine in (databases.app, databases.worker):
        async with transaction(engine, HOST) as tx:
            await tx.connection.execute(
                text("select set_config('app.clock_shift', :shift, false)"), {"shift": f"-{hours} hours"}
            )


async def anchor_of(databases: Databases) -> str:
    """The trust anchor: the plain SHA-256 of entry 0's bytes."""
    async with transaction(databases.app, HOST) as tx:
        entry = tables.ledger_entry.c
        return entries.anchor(
            bytes((await tx.connection.execute(select(entry.leaf).where(entry.index == 0))).scalar_one())
        )
