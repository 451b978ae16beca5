"""The host's own statements: made by the host, about what time alone decides, and entered like everybody's.

Promise: a notice is signed by the host's key and judged by the same rules as any statement before it is entered; a
sweep comes to each that is due when it begins, once, however many of those before it cannot be noted.
Rules: by the worker. Each names the host's last one, so that the log tells if one of them was dropped. Each is a
transaction of its own. A sweep goes on behind the last one it came to, and what falls due meanwhile is the next one's.
Elsewhere: what there is to note, `operations.expiring`, `operations.breaches` and `operations.outages`.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Select, select, tuple_

from casework import parties
from database import journal
from database.tables import ledger_entry
from database.transaction import HOST, Transaction, transaction
from ledger import admissions, envelopes, statements
from ledger.statements import HOST_KEY, BreachNoted, HostOutage, ReferralExpired
from operations import admitting
from operations.desks import Desk

log = logging.getLogger("estafet.notices")

AT_ONCE = 100  # looked up at once

Noted: TypeAlias = ReferralExpired | BreachNoted | HostOutage
Due: TypeAlias = Callable[[datetime], Select[datetime, UUID]]  # what is to be noted at a time: since when, which
Leaving: TypeAlias = Callable[[], bool]
Note: TypeAlias = Callable[[Desk, UUID], Awaitable[bool]]  # whether it was; it may be otherwise in the meantime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice that is signed and admitted, and not entered yet."""

    id: str
    entry: journal.Entry


def never() -> bool:
    """Who does not leave before all is done."""
    return False


async def sweep(desk: Desk, what: str, due: Due, note: Note, *, leaving: Leaving) -> int:
    """Note all that is due now, the oldest first, until told to leave; returns how many were noted. `what` is for the
    operator."""
    return sum([await _isolated(desk, what, each, note) async for each in _ids(desk, due, leaving)])


async def _ids(desk: Desk, due: Due, leaving: Leaving) -> AsyncIterator[UUID]:
    """No transaction is open while one is noted. Many are due at the same second, so the id is half of the place."""
    began: datetime | None = None
    place: tuple[datetime, UUID] | None = None
    while True:
        async with transaction(desk.databases.worker, HOST) as tx:
            began = began or tx.at
            asked = due(began)
            order = tuple(asked.selected_columns)
            behind = asked if place is None else asked.where(tuple_(*order) > place)
            some = (await tx.connection.execute(behind.order_by(*order).limit(AT_ONCE))).all()
        for since, each in some:
            if leaving():
                return
            place = since, each
            yield each
        if len(some) < AT_ONCE:
            return


async def _isolated(desk: Desk, what: str, id: UUID, note: Note) -> bool:
    """One that cannot be noted keeps no other from it. Of the fault its kind alone is told: its words may hold data."""
    try:
        return await note(desk, id)
    except Exception as fault:
        log.error("%s %s could not be noted: %s", what, id.hex, type(fault).__qualname__)
        return False


async def common(tx: Transaction, desk: Desk) -> dict[str, Any]:
    """What every statement of the host begins with."""
    return {
        "log": desk.origin,
        "agreement": desk.agreement.sha256,
        "party": parties.HOST,
        "key": HOST_KEY,
        "key_prev": await _last(tx),
        "seen": None,
        "claimed_at": tx.at,
    }


async def signed(tx: Transaction, desk: Desk, statement: Noted, referral: UUID | None) -> Notice:
    """The statement, ready to be entered; raises `Refuse` where the ledger's rules refuse it."""
    payload_type = statements.payload_type(statement.KIND)
    envelope = envelopes.seal(payload_type, statements.encode(statement), [desk.host])
    question = admissions.ask(envelope)
    known = await admitting.facts(tx, question, log=desk.origin, agreement=desk.agreement.sha256)
    admitting.admit(envelope, known, tx.at)
    entry = journal.Entry(
        statement=question.statement,
        envelope=envelopes.encode(envelope).decode(),
        kind=statement.KIND,
        party=statement.party,
        other_party=None,  # what it is on has two other ends, or it concerns everybody: policies let them see it
        key=statement.key,
        seen_size=None,
        referral_id=referral,
    )
    return Notice(id=question.statement, entry=entry)


async def _last(tx: Transaction) -> str | None:
    asked = select(ledger_entry.c.statement).where(ledger_entry.c.key == HOST_KEY)
    return (await tx.connection.execute(asked.order_by(ledger_entry.c.index.desc()).limit(1))).scalar_one_or_none()
