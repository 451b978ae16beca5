"""What only time decides: referrals that nobody has answered, and keys for repeating that are old enough to forget.

Promise: a referral whose window has closed is noted as expired by the host, one transaction each, and only then.
Rules: by the worker, which sees referrals and never a person. The notice is a statement like any other: signed by the
host's key, judged by the same rules, and a false one is a finding against the host. Running twice does it once.
Elsewhere: the window, agreement data; who calls this and when, `api`.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from casework import parties
from casework.referrals import UNDECIDED, Referral
from database import journal, outbox
from database.tables import idempotency, ledger_entry, referral
from database.transaction import HOST, Transaction, transaction
from ledger import admissions, envelopes, replays, statements
from ledger.envelopes import Envelope
from ledger.statements import HOST_KEY, ReferralExpired
from operations import admitting, events, loading, saving
from operations.desks import Desk

log = logging.getLogger("estafet.expiring")

KEPT = timedelta(days=7)
AT_ONCE = 100  # notices in one sweep; the next sweep goes on


async def expire_referrals(desk: Desk) -> int:
    """The host notes every referral whose window has closed unanswered; returns how many."""
    async with transaction(desk.databases.worker, HOST) as tx:
        closed = tx.at - desk.agreement.referral_window
        asked = (
            select(referral.c.id)
            .where(referral.c.status.in_(UNDECIDED), referral.c.sent_at <= closed)
            .order_by(referral.c.sent_at)
            .limit(AT_ONCE)
        )
        due = (await tx.connection.execute(asked)).scalars().all()
    return sum([await _isolated(desk, each) for each in due])


async def forget_requests(desk: Desk) -> int:
    """Idempotency keys older than 7 days are forgotten; returns how many."""
    async with transaction(desk.databases.worker, HOST) as tx:
        old = delete(idempotency).where(idempotency.c.created_at < tx.at - KEPT)
        return (await tx.connection.execute(old)).rowcount


async def _isolated(desk: Desk, referral_id: UUID) -> bool:
    """One referral that cannot be expired must not keep the others from it: it would be first again next time."""
    try:
        return await _expire(desk, referral_id)
    except Exception as fault:
        log.error("referral %s could not be expired: %s", referral_id.hex, type(fault).__qualname__)
        return False


async def _expire(desk: Desk, referral_id: UUID) -> bool:
    async with transaction(desk.databases.worker, HOST) as tx:
        row = await loading.skeleton_of(tx, referral_id)
        if row is None:
            return False  # answered in the meantime
        statement, envelope = _notice(desk, row.referral, await _last_notice(tx), tx.at)
        question = admissions.ask(envelope)
        known = await admitting.facts(tx, question, log=desk.origin, agreement=desk.agreement.sha256)
        admitting.admit(envelope, known, tx.at)
        after = replays.move(
            row.referral, statement, id=question.statement, at=tx.at, agreement=desk.agreement, opened=None
        )
        if not isinstance(after, Referral):
            return False
        moved = saving.Moved(
            statement=statement,
            id=question.statement,
            case_id=row.case_id,
            before=row.referral,
            after=after,
            version=row.version,
        )
        entry = journal.Entry(
            statement=question.statement,
            envelope=envelopes.encode(envelope).decode(),
            kind=statement.KIND,
            party=statement.party,
            other_party=None,  # it has two other ends: the referral's own policy lets both see it
            key=statement.key,
            seen_size=None,
            referral_id=referral_id,
        )
        # Not judged again by the entry's time, as other acts are: what had expired by `tx.at` has expired later, too.
        appended = await journal.append(tx.connection, entry, *saving.changes(moved))
        await outbox.put(tx.connection, appended.index, appended.at, events.of(row.referral, after))
    desk.databases.bell.ring()
    return True


async def _last_notice(tx: Transaction) -> str | None:
    asked = select(ledger_entry.c.statement).where(ledger_entry.c.key == HOST_KEY)
    return (await tx.connection.execute(asked.order_by(ledger_entry.c.index.desc()).limit(1))).scalar_one_or_none()


def _notice(desk: Desk, expired: Referral, key_prev: str | None, at: datetime) -> tuple[ReferralExpired, Envelope]:
    statement = ReferralExpired(
        log=desk.origin,
        agreement=desk.agreement.sha256,
        party=parties.HOST,
        key=HOST_KEY,
        key_prev=key_prev,
        seen=None,
        claimed_at=at,
        referral=expired.id,
        referral_prev=expired.last,
    )
    payload_type = statements.payload_type(statement.KIND)
    return statement, envelopes.seal(payload_type, statements.encode(statement), [desk.host])
