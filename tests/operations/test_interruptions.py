"""SIGKILL at each commit point of a handover: act and entry both there or both not, and asking again completes it."""

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from database import addresses
from operations import handovers
from operations.preparations import StatementInput
from operations.results import Done
from tests.operations import digests
from tests.operations.crashing import POINTS
from tests.operations.worlds import EAST_JAVA, JAKARTA, World, receipt, release

ROOT = Path(__file__).parents[2]


async def killed(address: addresses.Address, world: World, party: str, act: str, given: Any, point: str) -> int | None:
    """Run the act in a process that dies there; its exit status."""
    by = world.hands[party].by
    told = {
        "url": address.app,
        "host": bytes(world.desk.host).hex(),
        "by": {"subject": by.subject, "party": by.party, "client_id": by.client_id, "purpose": by.purpose},
        "given": asdict(given),
        "act": act,
        "point": point,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.operations.crashing", cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(json.dumps(told).encode())
    return process.returncode


async def prepared(world: World, act: str) -> tuple[str, StatementInput, int]:
    """A party, what it wants to state, and the version that it believes in."""
    if act == "release":
        return JAKARTA, release(await world.certified()), 3
    _, handover = await world.released()
    return EAST_JAVA, receipt(handover), 1


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("act", ["release", "receive"])
async def test_a_killed_handover_is_whole_or_not_at_all(
    world: World, address: addresses.Address, superuser: Any, act: str, point: str
) -> None:
    party, wanted, version = await prepared(world, act)
    given = await world.ready(party, wanted, version)
    before = await digests.digest(superuser)

    assert await killed(address, world, party, act, given, point) == -signal.SIGKILL

    if point == "after the commit":
        assert await digests.digest(superuser) != before
    else:
        assert await digests.digest(superuser) == before
    done = await getattr(handovers, act)(world.desk, world.hands[party].by, given)
    assert isinstance(done, Done)
    kind = {"release": "handover.released", "receive": "handover.received"}[act]
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = $1", kind) == 1
    row = await superuser.fetchrow("select * from handover where id = $1", UUID(done.handover_id))
    assert row[{"release": "release_statement", "receive": "receipt_statement"}[act]] == done.entry_id
    assert await superuser.fetchval("select last_statement from referral") == done.entry_id
