"""What an act tells: the referral once, each handover and obligation it changed, to both ends; for thirty days."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from operations import events, referrals
from operations.preparations import ReferralAcceptedInput, ReferralAcknowledgedInput
from operations.results import Done
from tests.operations.conftest import Refused
from tests.operations.worlds import EAST_JAVA, JAKARTA, World

TOLD = "select o.topic, o.object_id, o.referral_id, e.kind from outbox o join ledger_entry e using (index) order by o.index, o.number"  # noqa: E501  # one line reads best


async def told(superuser: Any) -> list[tuple[str, str, UUID]]:
    return [(row["kind"], row["topic"], row["object_id"]) for row in await superuser.fetch(TOLD)]


async def test_a_whole_handover_tells_of_the_referral_at_each_act_of_the_handover_and_of_what_is_owed_at_their_own(
    world: World, superuser: Any
) -> None:
    referral, handover = await world.received()
    owed = {row["kind"]: row["id"] for row in await superuser.fetch("select kind, id from obligation")}
    decided = [("obligation", owed[kind]) for kind in ("referral.acknowledge", "referral.decide")]
    receipt, answer = ("obligation", owed["handover.receipt"]), ("obligation", owed["discrepancy.answer"])
    expected = {
        "referral.sent": [("referral", referral), *decided],
        "referral.accepted": [("referral", referral), *decided],
        "fitness.certified": [("referral", referral)],
        "handover.released": [("referral", referral), ("handover", handover), receipt],
        "handover.received": [("referral", referral), ("handover", handover), receipt, answer],
    }
    assert await told(superuser) == [(kind, *each) for kind, events in expected.items() for each in events]
    ends = await superuser.fetch("select distinct from_party, to_party, referral_id from outbox")
    assert [tuple(row) for row in ends] == [(JAKARTA, EAST_JAVA, referral)]
    times = "select count(*) from outbox o join ledger_entry e using (index) where o.at <> e.at"
    assert await superuser.fetchval(times) == 0


async def test_a_refused_act_tells_nothing(world: World, refused: Refused) -> None:
    """`refused` compares every table, the outbox too."""
    given = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=await world.sent()), 9)
    await refused(referrals.accept(world.desk, world.hands[EAST_JAVA].by, given))


async def test_an_act_asked_for_twice_tells_once(world: World, superuser: Any) -> None:
    given = await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=await world.sent()), 1)
    for _ in range(2):
        done = await referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given)
        assert isinstance(done, Done)
    kinds = [kind for kind, topic, _ in await told(superuser) if topic == "referral"]
    assert kinds == ["referral.sent", "referral.acknowledged"]


async def test_the_bell_rings_once_the_act_is_committed(world: World) -> None:
    bell = world.desk.databases.bell
    before = bell.rings
    await world.sent()
    async with asyncio.timeout(1):
        await bell.rung(before)
    quiet = bell.rings
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await bell.rung(quiet)


async def test_what_was_told_is_forgotten_after_thirty_days(world: World, superuser: Any) -> None:
    await world.sent()
    assert await events.forget_events(world.desk) == 0
    await superuser.execute("update outbox set at = at - interval '31 days'")
    assert await events.forget_events(world.desk) == 3
    assert await told(superuser) == []
    marks = await superuser.fetch("select party from outbox_forgotten order by 1")
    assert [row["party"] for row in marks] == ["AUDITOR", EAST_JAVA, JAKARTA]
