"""One referral in each of its states, with everything that can hang on one: so that no table and no type is empty.

Promise: all of it was done by signed acts and by the host, under the rules; from Jakarta to East Java, while West Java
and Bali stand by. `make` makes one more in a state, for those who are about to change it.
Rules: time goes on by fifteen days first, since a referral expires by nothing else.
Elsewhere: the stage, `tests.operations.stages`; who may see which of it,
`tests/reading/test_authorisation.py` and `tests/database/test_rights_tried.py`.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from casework.duties import Kind
from casework.outcomes import Outcome
from casework.risks import Risk
from database import addresses, outbox, shelves
from database.transaction import HOST, transaction
from ledger.statements import ReferralDeclined, ReferralWithdrawn
from operations import cases, disclosures, publishing
from operations.results import Done
from tests.operations import stages
from tests.operations.stages import Stage, Way
from tests.operations.worlds import EAST_JAVA, JAKARTA, ORIGIN

STATES = ("SENT", "ACKNOWLEDGED", "ACCEPTED", "DECLINED", "WITHDRAWN", "EXPIRED", "COMPLETED")
BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
PAPER = "ab" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    stage: Stage
    ways: Mapping[str, Way]  # by state

    @property
    def superuser(self) -> Any:
        return self.stage.superuser


async def make(stage: Stage, state: str) -> Way:
    """One more referral in this state. Under an accepted one somebody is on the way; the other persons came to harm."""
    way = await stage.send(risk=Risk.EMERGENCY)
    match state:
        case "ACKNOWLEDGED":
            assert await stage.acknowledge(way)
        case "ACCEPTED":
            await _on_the_way(stage, way)
        case "DECLINED":
            assert await stage.answer(way, ReferralDeclined)
        case "WITHDRAWN":
            await _on_the_way(stage, way)
            assert await stage.receive(way, agrees=False, refusing=True)
            assert await stage.answer(way, ReferralWithdrawn)
        case "EXPIRED":
            await stage.later(days=15)
            await stage.note()
            assert await stage.expire()
        case "COMPLETED":
            await _on_the_way(stage, way)
            assert await stage.receive(way, agrees=False, paper=PAPER)
    return way


async def _on_the_way(stage: Stage, way: Way) -> None:
    assert await stage.acknowledge(way)
    assert await stage.accept(way)
    assert await stage.certify(way)
    assert await stage.release(way)


@asynccontextmanager
async def built(address: addresses.Address, superuser: Any, folder: Path) -> AsyncIterator[States]:
    async with stages.opened(address, superuser, BEGAN) as stage:
        ways = {"EXPIRED": await make(stage, "EXPIRED")}
        for state in STATES:
            if state not in ways:
                ways[state] = await make(stage, state)
        await _more(stage, ways)
        await _of_the_host(stage, folder)
        yield States(stage=stage, ways=ways)


async def _more(stage: Stage, ways: Mapping[str, Way]) -> None:
    """Papers, offers, pauses, an answer: what not every referral has."""
    sent, known, done = ways["SENT"], ways["ACKNOWLEDGED"], ways["COMPLETED"]
    for party in (JAKARTA, EAST_JAVA):
        assert await stage.record(done, party, PAPER, stage.now)
    assert await stage.remark("offer waiver", await stage.owed(sent, Kind.REFERRAL_DECIDE), EAST_JAVA)
    assert await stage.remark("offer pause", await stage.owed(sent, Kind.REFERRAL_ACKNOWLEDGE), EAST_JAVA)
    decide = Kind.REFERRAL_DECIDE
    for step in ("offer pause", "agree pause", "resume", "offer pause", "agree pause"):
        await stage.later(hours=1)
        assert await stage.remark(step, await stage.owed(known, decide), JAKARTA if "agree" in step else EAST_JAVA)
    assert await stage.explain(done)
    await _shown(stage, done)
    await _closed(stage, done)


async def _shown(stage: Stage, way: Way) -> None:
    """What was sealed, to each of its ends."""
    index = await stage.superuser.fetchval("select min(index) from ledger_entry where referral_id = $1", way.id)
    for party in (JAKARTA, EAST_JAVA):
        by = stage.world.hands[party].by
        assert await disclosures.disclose(stage.world.desk, by, index=index, reason=None)


async def _closed(stage: Stage, way: Way) -> None:
    case = await stage.superuser.fetchval("select case_id from referral where id = $1", way.id)
    by, version = stage.world.hands[way.sender].by, await stage.version("case_file", case)
    told = {"idempotency_key": "close", "expected_version": version, "case": case}
    done = await cases.close_case(stage.world.desk, by, **told, outcome=Outcome.RETURNED_TO_FAMILY)
    assert isinstance(done, Done), done


async def _of_the_host(stage: Stage, folder: Path) -> None:
    """A checkpoint, a heartbeat, and events that were forgotten."""
    world = stage.world
    # No act erases anybody yet.
    await stage.superuser.execute(
        "insert into erasure (person_id, statement, party) select r.person_id, r.last_statement, r.from_party"
        " from referral r order by sent_at limit 1"
    )
    shelf = shelves.Folder(root=folder)
    publishing.lay_out(shelf, log=world.log, origin=ORIGIN, documents=[])
    await publishing.publish(world.desk.databases, shelf, log=world.log, origin=ORIGIN)
    await stage.alive()
    async with transaction(world.desk.databases.worker, HOST) as tx:
        told = [{"party": party, "index": 0, "number": 1} for party in (JAKARTA, EAST_JAVA)]
        await tx.connection.execute(insert(outbox.outbox_forgotten).values(told))
