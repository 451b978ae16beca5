"""What a start does before it serves: an outage that ends with it is in the log, and no breach is noted before."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api import app, sweeps
from casework.duties import Kind
from cli.audit import folders
from database.addresses import Address
from database.shelves import Folder
from ledger import verifier
from operations import host_keys
from settings import Settings
from tests.operations import stages, worlds

KINDS = "select kind from ledger_entry where kind in ('host.outage', 'obligation.breach_noted') order by index"


async def test_a_start_after_a_day_tells_of_the_outage_before_it_serves_and_of_breaches_after(
    address: Address, superuser: Any, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, publish_seconds=1, demo=True)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    async with stages.opened(address, superuser, began, host_keys.create(settings.keys)) as stage:
        breached = await stage.send()
        await stage.later(hours=40)
        running = await stage.send()
        await stage.beat()
        due = (await stage.owed(running, Kind.REFERRAL_ACKNOWLEDGE))["due_at"]

    async with app.service(settings, address):
        assert [row["kind"] for row in await superuser.fetch(KINDS)][:1] == ["host.outage"]
        assert await superuser.fetchval("select now() - at < interval '10 seconds' from heartbeat")
        assert (await stage.owed(running, Kind.REFERRAL_ACKNOWLEDGE))["due_at"] > due + timedelta(hours=31)
        async with asyncio.timeout(20):
            while (await stage.owed(breached, Kind.REFERRAL_ACKNOWLEDGE))["noted_at"] is None:
                await superuser.execute("select pg_sleep(0.05)")
    noted = [row["kind"] for row in await superuser.fetch(KINDS)]
    assert noted[0] == "host.outage"
    assert set(noted[1:]) == {"obligation.breach_noted"}

    async with app.service(settings, address):
        assert await superuser.fetchval("select count(*) from ledger_entry where kind = 'host.outage'") == 1
        shelf, size = folders.Folder(settings.published), await superuser.fetchval("select size from ledger_head")
        async with asyncio.timeout(20):
            while verifier.verify(shelf).size < size:
                await superuser.execute("select pg_sleep(0.05)")
    assert verifier.verify(shelf).clean


async def test_an_end_waits_for_the_notice_under_way_and_not_for_all_that_is_due(
    address: Address, superuser: Any, tmp_path: Path
) -> None:
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(days=9)
    keys = host_keys.create(tmp_path)
    rhythm = sweeps.Rhythm(publish_seconds=3600, expire_seconds=3600, outage=timedelta(days=30))
    async with stages.opened(address, superuser, began, keys) as stage:
        for _ in range(3):
            await stage.send()
        await stage.later(days=6)
        leaving, desk = asyncio.Event(), stage.world.desk

        async def served() -> None:
            async with sweeps.running(desk, Folder(root=tmp_path / "published"), keys.log, rhythm, Counter()):
                await leaving.wait()

        async with superuser.transaction():  # nobody gets further than the head of the log
            await superuser.execute("select from ledger_head for update")
            serving = asyncio.create_task(served())
            await worlds.waiting(superuser, 1)
            leaving.set()
            await asyncio.sleep(0)
        await asyncio.wait_for(serving, 20)
        assert len(await superuser.fetch(KINDS)) == 1
        assert await stage.note() == 5
