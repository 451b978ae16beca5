"""The host's outages and notices: entered once, and only if all replicas were silent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from casework.duties import Kind
from database import addresses, engines
from database.journal import NothingChanged
from database.transaction import HOST, transaction
from ledger import entries, envelopes, statements
from ledger.statements import HostOutage
from operations import breaches, outages, owing
from operations.desks import Desk
from tests.operations import digests, stages, told_twice
from tests.operations.stages import ONE, QUARTER, SECOND, Stage, set_clock

BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
ACKNOWLEDGE = Kind.REFERRAL_ACKNOWLEDGE


@pytest.fixture
async def stage(address: addresses.Address, superuser: Any) -> AsyncIterator[Stage]:
    async with stages.opened(address, superuser, BEGAN) as stage:
        yield stage


@pytest.fixture
async def replica(address: addresses.Address, stage: Stage) -> AsyncIterator[Desk]:
    """The same log, at another process's desk."""
    databases = await engines.open_databases(address, ONE)
    yield replace(stage.world.desk, databases=databases)
    await databases.close()


async def told(superuser: Any) -> list[HostOutage]:
    leaves = await superuser.fetch("select leaf from ledger_entry where kind = 'host.outage' order by index")
    found = [statements.parse(entries.parse(bytes(row["leaf"])).envelope.payload) for row in leaves]
    return [each for each in found if isinstance(each, HostOutage)]


async def test_a_first_start_tells_of_no_outage(stage: Stage, superuser: Any) -> None:
    await stage.send()
    await stage.later(days=3)
    assert not await stage.beat()
    assert await told(superuser) == []
    assert await superuser.fetchval("select at from heartbeat") >= stage.now


async def test_a_short_silence_is_no_outage_and_a_second_more_is_one(stage: Stage, superuser: Any) -> None:
    await stage.beat()
    last = await superuser.fetchval("select at from heartbeat")
    await stage.at(last + QUARTER)
    assert not await stage.beat()
    last = await superuser.fetchval("select at from heartbeat")
    await stage.at(last + QUARTER + SECOND)
    assert await stage.beat()
    (outage,) = await told(superuser)
    assert (outage.from_, outage.until) == (last, last + QUARTER + SECOND)


async def test_the_notice_is_the_hosts_and_stops_the_clocks_of_everybody(stage: Stage, superuser: Any) -> None:
    way = await stage.send()
    await stage.down(hours=7)
    leaf = await superuser.fetchval("select leaf from ledger_entry where kind = 'host.outage'")
    envelopes.verify(entries.parse(bytes(leaf)).envelope, [bytes(stage.world.desk.host.verify_key)])
    asked = "select o.topic, o.object_id from outbox o join ledger_entry e using (index) where e.kind = 'host.outage'"
    moved = await superuser.fetch("select id from obligation where stops <> '{}'")
    assert {(row["topic"], row["object_id"]) for row in await superuser.fetch(asked)} == {
        ("obligation", row["id"]) for row in moved
    }
    assert len(moved) == 2
    assert await stage.state(way, ACKNOWLEDGE) == "OPEN"


async def test_two_replicas_that_start_at_once_tell_of_it_once(stage: Stage, replica: Desk, superuser: Any) -> None:
    await stage.send()
    await stage.beat()
    await stage.later(hours=2)
    await set_clock(replica.databases, stage.now)
    noted = await asyncio.gather(stage.beat(), outages.beat(replica, QUARTER))
    assert sorted(noted) == [False, True]
    assert len(await told(superuser)) == 1


async def test_as_long_as_one_replica_beats_there_is_no_outage(stage: Stage, replica: Desk, superuser: Any) -> None:
    await stage.beat()
    for _ in range(6):
        await stage.later(minutes=10)
        await set_clock(replica.databases, stage.now)
        assert not await outages.beat(replica, QUARTER)
    assert not await stage.beat()
    assert await told(superuser) == []


async def test_a_service_that_stood_still_and_took_something_in_before_it_beat_tells_of_nothing(
    stage: Stage, superuser: Any, tmp_path: Path
) -> None:
    """What stands is judged anew by nobody: an outage is told first of all, or not at all (V17)."""
    way = await stage.send()
    await stage.beat()
    await stage.later(hours=26)  # the machine was asleep
    assert await stage.acknowledge(way)
    before = await stage.owed(way, ACKNOWLEDGE)
    await stage.later(seconds=5)
    assert not await stage.beat()
    assert await told(superuser) == []
    assert await stage.owed(way, ACKNOWLEDGE) == before
    assert await stage.state(way, ACKNOWLEDGE) == "MET_LATE"
    await told_twice.compare(stage.world, superuser, tmp_path / "ledger", await told_twice.instants(superuser))


async def test_a_heartbeat_from_the_future_is_not_taken_back(stage: Stage, superuser: Any) -> None:
    await stage.beat()
    await superuser.execute("update heartbeat set at = at + interval '1 day'")
    ahead = await superuser.fetchval("select at from heartbeat")
    await stage.later(hours=2)
    assert not await stage.beat()
    assert await superuser.fetchval("select at from heartbeat") == ahead


async def test_a_fault_leaves_neither_notice_nor_beat(
    stage: Stage, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.send()
    await stage.beat()
    await stage.later(hours=2)
    before = await digests.digest(superuser)

    async def faulty(*_: Any) -> None:
        raise NothingChanged("a row that is not as it was")

    with monkeypatch.context() as patched:
        patched.setattr(owing, "write", faulty)
        with pytest.raises(NothingChanged):
            await stage.beat()
    assert await digests.digest(superuser) == before
    assert await stage.beat()


# -- breaches ---------------------------------------------------------------------------------------------------------
async def test_what_is_breached_is_noted_once_by_two_replicas(stage: Stage, replica: Desk, superuser: Any) -> None:
    for _ in range(3):
        await stage.send()
    await stage.later(hours=30)
    await set_clock(replica.databases, stage.now)
    noted = await asyncio.gather(stage.note(), breaches.note_breaches(replica))
    assert sum(noted) == 3
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = 'obligation.breach_noted'") == 3


async def test_both_ends_see_the_notice_and_no_third_province_does(stage: Stage) -> None:
    way = await stage.send()
    await stage.later(hours=30)
    await stage.note()
    seen = {}
    for party in stage.world.hands:
        async with transaction(stage.world.desk.databases.app, replace(HOST, party=party)) as tx:
            asked = "select count(*) from ledger_entry where kind = 'obligation.breach_noted'"
            seen[party] = (await tx.connection.exec_driver_sql(asked)).scalar_one()
    assert seen == {party: int(party in (way.sender, way.receiver)) for party in stage.world.hands}


async def test_a_notice_makes_nobodys_signed_act_stale(stage: Stage) -> None:
    way = await stage.send()
    version = await stage.version("referral", way.id)
    await stage.later(hours=30)
    await stage.note()
    assert await stage.version("referral", way.id) == version
    assert await stage.accept(way)


async def test_nothing_is_noted_of_what_ended_meanwhile(stage: Stage, superuser: Any) -> None:
    way = await stage.send()
    await stage.later(hours=30)
    owed = await stage.owed(way, ACKNOWLEDGE)
    assert await stage.acknowledge(way)
    before = await digests.digest(superuser)
    assert not await breaches._note(stage.world.desk, owed["id"])
    assert await digests.digest(superuser) == before
    assert timedelta(0) < stage.now - owed["due_at"]
