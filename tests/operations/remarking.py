"""Short ways to say something on an obligation or a handover, and to look at what became of it.

Promise: every act is prepared by the service and signed by its party's key, as a client's would be.
Elsewhere: the world, `tests.operations.worlds`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from auth.principals import Principal
from operations import handovers, obligations
from operations.desks import Desk
from operations.preparations import (
    ObligationResumedInput,
    PauseAgreedInput,
    PauseOfferedInput,
    StatementInput,
    WaiverAgreedInput,
    WaiverOfferedInput,
)
from operations.refusals import Rejected
from operations.results import Done
from operations.submissions import SubmissionInput
from tests.operations.worlds import World

Act: TypeAlias = Callable[[Desk, Principal, SubmissionInput], Awaitable[Done | Rejected]]
ACTS: dict[str, tuple[Act, Any]] = {
    "offer waiver": (obligations.offer_waiver, WaiverOfferedInput),
    "agree waiver": (obligations.agree_waiver, WaiverAgreedInput),
    "offer pause": (obligations.offer_pause, PauseOfferedInput),
    "agree pause": (obligations.agree_pause, PauseAgreedInput),
    "resume": (obligations.resume, ObligationResumedInput),
    "answer": (handovers.answer_discrepancy, None),
    "record": (handovers.record_bast, None),
}
DECIDE, RECEIPT, ANSWER = "referral.decide", "handover.receipt", "discrepancy.answer"


async def owed(superuser: Any, kind: str) -> Any:
    """The row of the one obligation of this kind, with its state now."""
    return await superuser.fetchrow("select * from obligation_told where kind = $1", kind)


async def said(world: World, superuser: Any, what: str, party: str, kind: str = DECIDE) -> Done:
    """This party says this of the obligation of that kind, as it is now."""
    row = await owed(superuser, kind)
    done = await ACTS[what][0](world.desk, world.hands[party].by, await ready(world, what, party, row))
    assert isinstance(done, Done), done
    assert done.obligation_id == row["id"].hex
    return done


async def ready(world: World, what: str, party: str, row: Any) -> SubmissionInput:
    return await world.ready(party, ACTS[what][1](obligation=row["id"]), row["version"])


async def stated(world: World, what: str, party: str, given: StatementInput, version: int) -> Done:
    """Of a handover: an answer, or a paper."""
    done = await ACTS[what][0](world.desk, world.hands[party].by, await world.ready(party, given, version))
    assert isinstance(done, Done), done
    return done


async def entered(superuser: Any, done: Done) -> datetime:
    at: datetime = await superuser.fetchval("select at from ledger_entry where statement = $1", done.entry_id)
    return at


async def told(superuser: Any, done: Done) -> list[tuple[str, UUID]]:
    """What was told of this act to those who follow."""
    asked = "select o.topic, o.object_id from outbox o join ledger_entry e using (index) where e.statement = $1"
    return [
        (row["topic"], row["object_id"]) for row in await superuser.fetch(f"{asked} order by number", done.entry_id)
    ]


async def next_second(superuser: Any) -> None:
    """Until the ledger's clock has moved on."""
    await superuser.execute("select pg_sleep(1.02 - extract(second from clock_timestamp())::numeric % 1)")
