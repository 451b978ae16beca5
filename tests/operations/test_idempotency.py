"""Asking again: the same key gets the same answer, also at the same moment, and never another act."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from casework.categories import Category
from casework.outcomes import Outcome
from operations import cases, referrals
from operations.preparations import ReferralAcknowledgedInput, ReferralSentInput
from operations.refusals import IdempotencyKeyReused, InvalidInput
from operations.results import Done
from tests.operations import digests
from tests.operations.conftest import Refused
from tests.operations.worlds import EAST_JAVA, JAKARTA, SITI, WEST_JAVA, World


def opening(world: World, key: str, number: str = "1", party: str = JAKARTA) -> Any:
    return cases.open_case(
        world.desk,
        world.hands[party].by,
        idempotency_key=key,
        number=number,
        category=Category.PENGEMIS,
        vulnerabilities=[],
        person=SITI,
    )


async def test_the_same_request_again_gets_the_first_answer(world: World, superuser: Any) -> None:
    first = await opening(world, "k")
    before = await digests.digest(superuser)
    assert await opening(world, "k") == first
    assert await digests.digest(superuser) == before


async def test_a_key_with_other_content_is_refused(world: World, refused: Refused) -> None:
    await opening(world, "k")
    assert await refused(opening(world, "k", number="2")) == IdempotencyKeyReused()


async def test_a_key_belongs_to_its_client_and_its_mutation(world: World) -> None:
    first = await opening(world, "k")
    assert isinstance(await opening(world, "k", party=WEST_JAVA), Done)
    assert isinstance(first, Done)
    assert first.case_id is not None
    closed = await cases.close_case(
        world.desk,
        world.hands[JAKARTA].by,
        idempotency_key="k",
        expected_version=1,
        case=UUID(first.case_id),
        outcome=Outcome.ABSCONDED,
    )
    assert isinstance(closed, Done)


async def test_a_refusal_is_not_kept(world: World, refused: Refused) -> None:
    await opening(world, "first", number="1")
    assert isinstance(await refused(opening(world, "k", number="1")), InvalidInput)
    assert isinstance(await opening(world, "k", number="2"), Done)


@pytest.mark.parametrize("key", ["", "x" * 201, "ü", "a\n", "\0"])
async def test_a_key_is_short_and_printable(world: World, refused: Refused, key: str) -> None:
    told = await refused(opening(world, key))
    assert told.path == ("input", "idempotencyKey")


async def test_many_at_once_with_one_key_make_one_case(world: World, superuser: Any) -> None:
    answers = await asyncio.gather(*(opening(world, "k") for _ in range(8)))
    assert isinstance(answers[0], Done)
    assert set(answers) == {answers[0]}
    assert await superuser.fetchval("select count(*) from case_file") == 1


async def test_many_at_once_with_one_statement_make_one_entry(world: World, superuser: Any) -> None:
    given = await world.ready(JAKARTA, ReferralSentInput(case=await world.assessed_case(), to=EAST_JAVA), 2)
    by = world.hands[JAKARTA].by
    keys = ["same", "same", "same", "other", "another"]
    answers = await asyncio.gather(*(referrals.send(world.desk, by, replace(given, idempotency_key=k)) for k in keys))
    assert isinstance(answers[0], Done)
    assert set(answers) == {answers[0]}
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = 'referral.sent'") == 1


async def test_a_key_of_one_statement_is_not_anothers(world: World, refused: Refused) -> None:
    by = world.hands[EAST_JAVA].by
    first, second = await world.sent(), await world.sent()
    one = replace(await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=first), 1), idempotency_key="k")
    two = replace(await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=second), 1), idempotency_key="k")
    assert isinstance(await referrals.acknowledge(world.desk, by, one), Done)
    assert await refused(referrals.acknowledge(world.desk, by, two)) == IdempotencyKeyReused()
