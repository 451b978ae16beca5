"""SIGKILL at each commit point of a handover: act, entry and events all there or none, and asking again completes it.

What was completed is then proven: the receipt of the repeated act is the host's, and an audit finds its entry standing.
"""

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api.receipts import receipt_of
from casework.reasons import RefusalReason
from cli.audit import folders
from database import addresses
from ledger import envelopes, receipts, verifier
from operations import handovers
from operations.preparations import HandoverRefusedInput, StatementInput
from operations.results import Done
from tests.operations import digests
from tests.operations.crashing import POINTS
from tests.operations.worlds import EAST_JAVA, JAKARTA, ORIGIN, World, receipt, release

ROOT = Path(__file__).parents[2]
ENTERED = {  # by act: the kind of its entry, and where the handover names it
    "release": ("handover.released", "release_statement"),
    "receive": ("handover.received", "receipt_statement"),
    "refuse": ("handover.refused", "receipt_statement"),
}


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
    given = receipt(handover)
    if act == "receive":
        return EAST_JAVA, given, 1
    refusing = HandoverRefusedInput(
        handover=handover,
        agrees=given.agrees,
        condition=given.condition,
        reason=RefusalReason.NEEDS_HOSPITAL,
        happened_at=given.happened_at,
        officer=given.officer,
        paper=given.paper,
        place=given.place,
    )
    return EAST_JAVA, refusing, 1


async def proven(world: World, superuser: Any, statement: str, folder: Path) -> None:
    """The receipt that the service gives for this statement verifies, and its entry stands in a log without a fault."""
    row = await superuser.fetchrow("select * from ledger_entry where statement = $1", statement)
    given = receipt_of(world.desk, statement=statement, index=row["index"], leaf=row["leaf_hash"], at=row["at"])
    envelope = envelopes.decode(given.encode())
    said = receipts.verify(envelope, bytes(world.desk.host.verify_key))
    assert (said.log, said.statement, said.index) == (ORIGIN, statement, row["index"])
    await world.audited(folder)
    report = verifier.verify(folders.Folder(folder), shown=[envelope])
    assert report.clean, report.findings
    assert report.receipts == 1


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("act", ENTERED)
async def test_a_killed_handover_is_whole_or_not_at_all(
    world: World, address: addresses.Address, superuser: Any, tmp_path: Path, act: str, point: str
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
    assert done.entry_id is not None
    kind, named = ENTERED[act]
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = $1", kind) == 1
    row = await superuser.fetchrow("select * from handover where id = $1", UUID(done.handover_id))
    assert row[named] == done.entry_id
    assert await superuser.fetchval("select last_statement from referral") == done.entry_id
    told = "select o.topic from outbox o join ledger_entry e using (index) where e.statement = $1 order by o.number"
    owed = ["obligation"] if act == "release" else ["obligation", "obligation"]
    assert [row["topic"] for row in await superuser.fetch(told, done.entry_id)] == ["referral", "handover", *owed]
    opened = await superuser.fetch("select ending from obligation where opened_by = $1", done.entry_id)
    assert [row["ending"] for row in opened] == [None]  # the receipt, or the answer to one that did not agree
    settled = "select count(*) from obligation where ended_by = $1 and kind = 'handover.receipt'"
    assert await superuser.fetchval(settled, done.entry_id) == (act != "release")
    await proven(world, superuser, done.entry_id, tmp_path / "ledger")
