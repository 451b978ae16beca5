"""What an act tells those who follow: which objects it has changed, by id.

Promise: every act on a referral tells of it once, and of each handover and obligation that it has changed, in the
act's own transaction; and what was told is forgotten after thirty days.
Elsewhere: the order of events and their cursors, `database.outbox`; who reads them, `api`.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from casework import counts
from casework.obligations import Obligation
from casework.referrals import Referral
from database import outbox
from database.outbox import Event, Topic
from database.transaction import HOST, transaction
from operations import owing
from operations.desks import Desk

KEPT = timedelta(days=30)


def of(before: Referral | None, after: Referral) -> tuple[Event, ...]:
    """What has changed from the one to the other."""
    own, told = UUID(after.id), []
    if before is None or before.last != after.last:
        told.append((Topic.REFERRAL, own, after.sender, after.receiver))
    known = () if before is None else before.handovers
    told += [(Topic.HANDOVER, each.id, each.sender, each.receiver) for each in after.handovers if each not in known]
    objects = tuple(
        Event(topic=topic, object_id=changed, referral_id=own, from_party=from_party, to_party=to_party)
        for topic, changed, from_party, to_party in told
    )
    return (*objects, *owed(owing.changed(() if before is None else before.obligations, after.obligations)))


def owed(changed: Iterable[Obligation]) -> tuple[Event, ...]:
    """Of these obligations."""
    ends = [(each, *counts.ends(each)) for each in changed]
    return tuple(
        Event(
            topic=Topic.OBLIGATION,
            object_id=each.id,
            referral_id=UUID(each.referral),
            from_party=sender,
            to_party=receiver,
        )
        for each, sender, receiver in ends
    )


async def forget_events(desk: Desk) -> int:
    """Events older than thirty days are forgotten; returns how many."""
    async with transaction(desk.databases.worker, HOST) as tx:
        return await outbox.forget(tx.connection, tx.at - KEPT)
