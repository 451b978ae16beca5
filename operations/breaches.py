"""Breaches, noted by the host: an obligation that is past its due, and nothing settles it.

Promise: every breach is noted once, at the next look at the latest, one transaction each, and only if it is there.
Rules: by the worker, which sees what is owed and never a person. The notice changes nothing of the obligation: it was
breached without it. A silent host would be found out: after a day an auditor asks for the notice (V17).
Elsewhere: the sweep, `operations.notices`; when a notice is right, `casework.waivers`; who calls this, never before an
outage is noted, `api`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from casework import waivers
from casework.obligations import Obligation
from casework.parties import HOST as HOST_PARTY
from database import journal
from database.tables import obligation
from database.transaction import HOST, transaction
from ledger.statements import BreachNoted, Owed
from operations import following, notices, owing
from operations.desks import Desk
from operations.following import Step
from operations.notices import Leaving, never


async def note_breaches(desk: Desk, *, leaving: Leaving = never) -> int:
    """The host notes every breach that is not noted yet, until told to leave; returns how many."""
    return await notices.sweep(desk, "the breach of obligation", _breached, _note, leaving=leaving)


def _breached(at: datetime) -> Select[datetime, UUID]:
    owed = obligation.c
    return select(owed.due_at, owed.id).where(
        owed.ending.is_(None), owed.paused_since.is_(None), owed.noted_by.is_(None), owed.due_at < at
    )


async def _note(desk: Desk, id: UUID) -> bool:
    async with transaction(desk.databases.worker, HOST) as tx:
        (row,) = await owing.locked(tx, obligation.c.id == id)
        owed = row.obligation
        if not isinstance(waivers.note_breach(owed, by=HOST_PARTY, at=tx.at, statement=""), Obligation):
            return False  # settled, paused, or noted by another in the meantime
        named = Owed(kind=owed.kind, opened_by=owed.opened_by, referral=owed.referral)
        said = BreachNoted(**await notices.common(tx, desk), obligation=named)
        notice = await notices.signed(tx, desk, said, UUID(owed.referral))
        appended = await journal.append(tx.connection, notice.entry)
        noted = waivers.note_breach(owed, by=HOST_PARTY, at=appended.at, statement=notice.id)
        if not isinstance(noted, Obligation):
            raise ValueError(f"breached before its entry and not at it: {noted}")  # rolls back
        await following.follow(tx, desk, appended, Step.owing(row, noted))
    desk.databases.bell.ring()
    return True
