"""What follows from an entry: the rows of what is owed after it, and what is told to those who follow.

Promise: in the entry's own transaction, after it: whoever sees the entry sees all that follows from it.
Rules: one telling for each entry, of everything that it has changed, be it one referral's or many.
Elsewhere: what is owed, `operations.owing`; what is told, `operations.events`; who enters, `operations.submitting`,
`operations.expiring`, `operations.breaches`, `operations.outages`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from casework.obligations import Obligation
from casework.referrals import Referral
from casework.risks import Risk
from database import outbox
from database.journal import Appended
from database.outbox import Event
from database.transaction import Transaction
from operations import events, owing
from operations.desks import Desk
from operations.loading import ReferralRow
from operations.owing import Entered, OwedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an entry has made of a referral, or of what is owed on one."""

    case_id: UUID
    owed: Sequence[OwedRow]  # before, as it was loaded
    after: Sequence[Obligation]
    told: tuple[Event, ...]
    risk: Risk | None = None  # of a referral that is sent

    @classmethod
    def of(cls, before: ReferralRow | None, after: Referral, case_id: UUID, risk: Risk | None = None) -> "Step":
        return cls(
            case_id=case_id,
            owed=() if before is None else before.owed,
            after=after.obligations,
            told=events.of(None if before is None else before.referral, after),
            risk=risk,
        )

    @classmethod
    def owing(cls, before: OwedRow, after: Obligation) -> "Step":
        """Of one obligation, where nothing else has changed."""
        return cls(case_id=before.case_id, owed=(before,), after=(after,), told=events.owed((after,)))


async def follow(tx: Transaction, desk: Desk, appended: Appended, *steps: Step) -> None:
    for step in steps:
        entered = Entered(at=appended.at, case_id=step.case_id, agreement=desk.agreement, risk=step.risk)
        await owing.write(tx, entered, step.owed, step.after)
    await outbox.put(tx.connection, appended.index, appended.at, [each for step in steps for each in step.told])
