"""The host's own outages: known by a heartbeat that stopped, noted in the ledger, and held against no province.

Promise: what the host could not take in is not held against those who owed it: the notice, every clock that it stops,
and the beat that ends the silence become true together, or none of them does; several replicas note it once.
Rules: an outage is the silence up to now: no beat, and no entry either, for an entry shows that the host could be
reached. It is told before anything else, or it can be told no more (V17), so that nothing that stands is judged anew.
All replicas beat one row: it is silent only if all were down. Without a beat before there is nothing to compare with.
Clocks stop as the auditor stops them, by `casework.obligations.stopped`; in a log that names
a quorum of witnesses only if what they saw of it leaves room for the silence (O7).
Elsewhere: who beats and how often, `api`; what an auditor asks of such a notice, `ledger.notices`; why so,
docs/decisions/0015.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from casework import obligations
from casework.clocks import Span
from database import heartbeats, journal, sightings
from database.tables import ledger_entry, obligation
from database.transaction import HOST, Transaction, transaction
from ledger import entries, geneses
from ledger import notices as rules
from ledger.statements import HostOutage
from operations import following, notices, owing
from operations.desks import Desk
from operations.following import Step


class Broken(Exception):
    """An act that was under way when we looked has been entered in the silence."""


async def beat(desk: Desk, longest: timedelta) -> bool:
    """The host is at work; a silence before that was longer than `longest` is noted. Returns whether one was."""
    while True:
        try:
            return await _beat(desk, longest)
        except Broken:
            continue  # nothing was noted; now that entry can be seen


async def _beat(desk: Desk, longest: timedelta) -> bool:
    async with transaction(desk.databases.worker, HOST) as tx:
        last = await heartbeats.held(tx.connection)
        silence = None if last is None or tx.at - last <= longest else await _silence(tx, last)
        noted = silence is not None and silence.length > longest
        if silence is not None and noted:
            await _note(tx, desk, silence)
        await heartbeats.beat(tx.connection, tx.at)
    if noted:
        desk.databases.bell.ring()
    return noted


async def _silence(tx: Transaction, last: datetime) -> Span:
    """The time since the last beat and the last entry."""
    newest = select(ledger_entry.c.at).order_by(ledger_entry.c.index.desc()).limit(1)
    entered = (await tx.connection.execute(newest)).scalar_one()
    return Span(from_=min(max(last, entered), tx.at), until=tx.at)


async def _note(tx: Transaction, desk: Desk, silence: Span) -> None:
    ran = await owing.locked(tx, obligation.c.ending.is_(None) & (obligation.c.due_at >= silence.from_))
    said = HostOutage(**await notices.common(tx, desk), from_=silence.from_, until=silence.until)
    notice = await notices.signed(tx, desk, said, None)
    appended = await journal.append(tx.connection, notice.entry)
    await _require_silent(tx, silence, appended.index)
    steps = []
    for row in ran if await _counts(tx, silence) else ():
        after = obligations.stopped(row.obligation, silence, agreement=desk.agreement)
        if after != row.obligation:
            steps.append(Step.owing(row, after))
    await following.follow(tx, desk, appended, *steps)


async def _require_silent(tx: Transaction, silence: Span, index: int) -> None:
    """Once more, now that the head is ours and nothing is under way."""
    before = select(ledger_entry.c.at).where(ledger_entry.c.index == index - 1)
    if (await tx.connection.execute(before)).scalar_one() > silence.from_:
        raise Broken


async def _counts(tx: Transaction, silence: Span) -> bool:
    """Whether it stops clocks, as an auditor will say by the published notes."""
    first = select(ledger_entry.c.leaf).where(ledger_entry.c.index == 0)
    leaf = bytes((await tx.connection.execute(first)).scalar_one())
    genesis = geneses.judge(entries.parse(leaf).envelope)
    return rules.counts(genesis, await sightings.around(tx.connection, silence), silence)
