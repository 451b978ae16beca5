"""An outage is told by a host that has just come back: an act that was under way while it looked is not passed over."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from casework.duties import Kind
from database import addresses, journal
from database.transaction import transaction
from operations import outages
from tests.database import acts
from tests.operations import stages, worlds
from tests.operations.stages import QUARTER, Stage
from tests.operations.worlds import JAKARTA

BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


@pytest.fixture
async def stage(address: addresses.Address, superuser: Any) -> AsyncIterator[Stage]:
    async with stages.opened(address, superuser, BEGAN) as stage:
        yield stage


async def test_an_act_that_is_committed_between_the_look_and_the_notice_ends_the_silence(
    stage: Stage, superuser: Any
) -> None:
    way = await stage.send()
    await stage.beat()
    due = (await stage.owed(way, Kind.REFERRAL_ACKNOWLEDGE))["due_at"]
    last = await superuser.fetchval("select at from heartbeat")
    await stage.later(minutes=10)
    said = acts.entry(JAKARTA, "key.added", acts.statement())
    async with transaction(stage.world.desk.databases.app, acts.asker(JAKARTA)) as tx:
        entered = await journal.append(tx.connection, said)  # holds the head of the ledger, seen by nobody
        await stages.set_clock_of(stage.world.desk.databases.worker, last + 2 * QUARTER)
        coming_back = asyncio.create_task(outages.beat(stage.world.desk, QUARTER))
        await worlds.waiting(superuser, 1)
    assert await coming_back
    from_, until = await superuser.fetchrow(
        """select b ->> 'from', b ->> 'until' from ledger_entry,
            lateral (select convert_from(decode(convert_from(leaf, 'UTF8')::jsonb -> 'env' ->> 'payload', 'base64'),
                'UTF8')::jsonb) l (b) where kind = 'host.outage'"""
    )
    # From that act on, and not from the beat before it: no entry lies in the outage, and it is shorter by that much.
    assert datetime.fromisoformat(from_) == entered.at
    moved = (await stage.owed(way, Kind.REFERRAL_ACKNOWLEDGE))["due_at"]
    assert moved - due == datetime.fromisoformat(until) - entered.at
