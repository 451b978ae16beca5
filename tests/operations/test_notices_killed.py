"""SIGKILL at each commit point of an outage and of a breach noted: all of it or none, and the next start completes it.

All of it is: the entry, the rows of what is owed after it, what those who follow are told, and, of an outage, the beat.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casework.duties import Kind
from database import addresses
from tests.operations import digests, stages, told_twice
from tests.operations.dying_host import POINTS
from tests.operations.stages import Stage

ROOT = Path(__file__).parents[2]
BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
ENTERED = {"outage": "host.outage", "breach": "obligation.breach_noted"}


@pytest.fixture
async def stage(address: addresses.Address, superuser: Any) -> AsyncIterator[Stage]:
    async with stages.opened(address, superuser, BEGAN) as stage:
        yield stage


async def killed(address: addresses.Address, stage: Stage, look: str, point: str) -> int | None:
    """Let a worker look in a process that dies there; its exit status."""
    told = {
        "url": address.app,
        "host": bytes(stage.world.desk.host).hex(),
        "now": stage.now.isoformat(),
        "look": look,
        "point": point,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.operations.dying_host", cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(json.dumps(told).encode())
    return process.returncode


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("look", ENTERED)
async def test_a_killed_notice_is_whole_or_not_at_all(
    address: addresses.Address, stage: Stage, superuser: Any, tmp_path: Path, look: str, point: str
) -> None:
    way = await stage.send()
    await stage.beat()
    await stage.later(hours=25 if look == "breach" else 5)
    before, owed = await digests.digest(superuser), await stage.owed(way, Kind.REFERRAL_ACKNOWLEDGE)

    assert await killed(address, stage, look, point) == -signal.SIGKILL

    whole = point == "after the commit"
    after = await digests.digest(superuser)
    changed = {name for name in before if before[name] != after[name]}
    all_of_it = {"ledger_entry", "ledger_head", "obligation", "obligation_past", "outbox"}
    assert changed == ((all_of_it | ({"heartbeat"} if look == "outage" else set())) if whole else set())
    if look == "outage":
        assert await stage.beat() is not whole
        assert (await stage.owed(way, Kind.REFERRAL_ACKNOWLEDGE))["due_at"] > owed["due_at"]
    else:
        assert await stage.note() == (0 if whole else 1)
        assert (await stage.owed(way, Kind.REFERRAL_ACKNOWLEDGE))["noted_at"] is not None
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = $1", ENTERED[look]) == 1
    await told_twice.compare(stage.world, superuser, tmp_path / "ledger", await told_twice.instants(superuser))
