"""SIGKILL at each commit point of what moves a due: entry, rows of what is owed and events all there or none.

Asking again, or starting again, completes it, and does it once; the log then tells of what is owed as the rows do.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from database import addresses, engines, shelves
from database.engines import Databases
from operations import comparing, obligations, outages
from operations.preparations import PauseAgreedInput, WaiverAgreedInput
from operations.results import Done
from tests.database import acts
from tests.operations import digests, remarking, test_interruptions, worlds
from tests.operations.crashing import POINTS
from tests.operations.remarking import DECIDE
from tests.operations.worlds import EAST_JAVA, JAKARTA, World

MADE: dict[str, tuple[str, Any]] = {
    "agree_waiver": ("offer waiver", WaiverAgreedInput),
    "agree_pause": ("offer pause", PauseAgreedInput),
}
QUARTER = timedelta(minutes=15)


async def consistent(world: World, folder: Path) -> bool:
    """Rows, files and log say the same, down to each version of what is owed."""
    await world.audited(folder)
    return await comparing.compare(world.desk, shelves.Folder(root=folder)) == ()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("act", MADE)
async def test_a_killed_agreement_is_whole_or_not_at_all(
    world: World, address: addresses.Address, superuser: Any, tmp_path: Path, act: str, point: str
) -> None:
    await world.sent()
    offering, kind = MADE[act]
    await remarking.said(world, superuser, offering, EAST_JAVA)
    row = await remarking.owed(superuser, DECIDE)
    given = await world.ready(JAKARTA, kind(obligation=row["id"]), row["version"])
    before = await digests.digest(superuser)

    killed = await test_interruptions.killed(address, world, JAKARTA, act, given, point)
    assert killed == -signal.SIGKILL

    assert (await digests.digest(superuser) != before) == (point == "after the commit")
    done = await getattr(obligations, act)(world.desk, world.hands[JAKARTA].by, given)
    assert isinstance(done, Done)
    moved = await remarking.owed(superuser, DECIDE)
    assert (moved["version"], moved["state"]) == (row["version"] + 1, "WAIVED" if act == "agree_waiver" else "PAUSED")
    told = [topic for topic, _ in await remarking.told(superuser, done)]
    assert told == ["obligation"]
    assert await consistent(world, tmp_path / "ledger")


@pytest.fixture
async def past(address: addresses.Address) -> AsyncIterator[Databases]:
    """The same database with its clock a day behind."""
    opened = await engines.open_databases(acts.set_back(address, days=1))
    yield opened
    await opened.close()


@pytest.mark.parametrize("point", POINTS)
async def test_a_start_killed_while_it_tells_of_an_outage_has_told_of_it_whole_or_not_at_all(
    past: Databases, databases: Databases, address: addresses.Address, superuser: Any, tmp_path: Path, point: str
) -> None:
    old = await worlds.found(past)
    await old.sent()
    await outages.beat(old.desk, QUARTER)
    due = (await remarking.owed(superuser, "referral.acknowledge"))["due_at"]
    world = replace(old, desk=replace(old.desk, databases=databases))
    before = await digests.digest(superuser)

    assert await beaten(address, world, point) == -signal.SIGKILL

    assert (await digests.digest(superuser) != before) == (point == "after the commit")
    assert await outages.beat(world.desk, QUARTER) == (point != "after the commit")
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = 'host.outage'") == 1
    row = await remarking.owed(superuser, "referral.acknowledge")
    assert row["version"] == 2
    assert timedelta(hours=23, minutes=59) < row["due_at"] - due < timedelta(hours=24, minutes=1)
    assert await consistent(world, tmp_path / "ledger")


async def beaten(address: addresses.Address, world: World, point: str) -> int | None:
    told = {"url": address.app, "host": bytes(world.desk.host).hex(), "act": "beat", "point": point}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.operations.crashing", cwd=test_interruptions.ROOT, stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(json.dumps(told).encode())
    return process.returncode
