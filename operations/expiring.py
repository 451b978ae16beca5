"""What only time decides: referrals that nobody has answered, and keys for repeating that are old enough to forget.

Promise: a referral whose window has closed is noted as expired by the host, one transaction each, and only then.
Rules: by the worker, which sees referrals and never a person. The notice is a statement like any other: signed by the
host's key, judged by the same rules, and a false one is a finding against the host. Running twice does it once.
Elsewhere: the sweep, `operations.notices`; the window, agreement data; who calls this and when, `api`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, select

from casework.referrals import UNDECIDED, Referral
from casework.refusals import Refusal
from database import journal
from database.tables import idempotency, referral
from database.transaction import HOST, transaction
from ledger import replays
from ledger.statements import ReferralExpired
from operations import following, loading, notices, saving
from operations.desks import Desk
from operations.following import Step
from operations.moves import Moved
from operations.notices import Leaving, never

KEPT = timedelta(days=7)


async def expire_referrals(desk: Desk, *, leaving: Leaving = never) -> int:
    """The host notes every referral whose window has closed unanswered, until told to leave; returns how many."""

    def unanswered(at: datetime) -> Select[datetime, UUID]:
        closed = at - desk.agreement.referral_window
        return select(referral.c.sent_at, referral.c.id).where(
            referral.c.status.in_(UNDECIDED), referral.c.sent_at <= closed
        )

    return await notices.sweep(desk, "the expiry of referral", unanswered, _expire, leaving=leaving)


async def forget_requests(desk: Desk) -> int:
    """Idempotency keys older than 7 days are forgotten; returns how many."""
    async with transaction(desk.databases.worker, HOST) as tx:
        old = delete(idempotency).where(idempotency.c.created_at < tx.at - KEPT)
        return (await tx.connection.execute(old)).rowcount


async def _expire(desk: Desk, referral_id: UUID) -> bool:
    async with transaction(desk.databases.worker, HOST) as tx:
        row = await loading.skeleton_of(tx, referral_id)
        if row is None:
            return False  # answered in the meantime
        before = row.referral
        said = ReferralExpired(**await notices.common(tx, desk), referral=before.id, referral_prev=before.last)
        notice = await notices.signed(tx, desk, said, referral_id)

        def expired(at: datetime) -> Referral | Refusal:
            return replays.move(before, said, id=notice.id, at=at, agreement=desk.agreement, opened=None)

        after = expired(tx.at)
        if not isinstance(after, Referral):
            return False
        moved = Moved(
            statement=said,
            id=notice.id,
            case_id=row.case_id,
            person_id=row.person_id,
            before=before,
            after=after,
            version=row.version,
        )
        appended = await journal.append(tx.connection, notice.entry, *saving.changes(moved))
        # What had expired by `tx.at` has expired later, too; but a pause of what is owed ends at the entry's own time.
        after = expired(appended.at)
        if not isinstance(after, Referral):
            raise ValueError(f"referral {before.id} is expired and a moment later it is not")
        await following.follow(tx, desk, appended, Step.of(row, after, row.case_id))
    desk.databases.bell.ring()
    return True
