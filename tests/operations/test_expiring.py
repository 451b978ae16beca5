"""What only time decides: a referral nobody answered, and keys for repeating that are old enough."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from database import addresses, engines
from database.engines import Databases
from ledger import entries, envelopes, keys
from operations import expiring, referrals
from operations.preparations import ReferralAcceptedInput
from operations.refusals import StaleVersion
from operations.results import Done
from tests.database import acts
from tests.operations import digests, worlds
from tests.operations.conftest import Refused
from tests.operations.worlds import EAST_JAVA, JAKARTA, World


@pytest.fixture
async def past(address: addresses.Address) -> AsyncIterator[Databases]:
    """The same database with its clock fifteen days behind: a demo's log obeys it."""
    opened = await engines.open_databases(acts.set_back(address, days=15))
    yield opened
    await opened.close()


def today(world: World, databases: Databases) -> World:
    return replace(world, desk=replace(world.desk, databases=databases))


async def test_a_referral_nobody_answered_is_noted_as_expired_by_the_host(
    databases: Databases, past: Databases, superuser: Any
) -> None:
    old = await worlds.found(past)
    referral, world = await old.sent(), today(old, databases)
    assert await expiring.expire_referrals(world.desk) == 1
    row = await superuser.fetchrow("select status, version from referral where id = $1", referral)
    assert tuple(row) == ("EXPIRED", 2)
    assert await superuser.fetchval("select count(*) from referral_preview") == 0
    leaf = await superuser.fetchval("select leaf from ledger_entry where kind = 'referral.expired'")
    envelopes.verify(entries.parse(leaf).envelope, [bytes.fromhex(keys.public_of(world.desk.host))])
    told = "select o.object_id from outbox o join ledger_entry e using (index) where e.kind = 'referral.expired'"
    assert await superuser.fetchval(told) == referral


async def test_a_second_sweep_finds_nothing(databases: Databases, past: Databases, superuser: Any) -> None:
    old = await worlds.found(past)
    await old.sent()
    world = today(old, databases)
    await expiring.expire_referrals(world.desk)
    before = await digests.digest(superuser)
    assert await expiring.expire_referrals(world.desk) == 0
    assert await digests.digest(superuser) == before


async def test_several_notices_follow_one_another(databases: Databases, past: Databases, superuser: Any) -> None:
    old = await worlds.found(past)
    await old.sent()
    await old.sent()
    assert await expiring.expire_referrals(today(old, databases).desk) == 2
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = 'referral.expired'") == 2


async def test_an_answered_and_a_young_referral_are_left_alone(
    databases: Databases, past: Databases, superuser: Any
) -> None:
    old = await worlds.found(past)
    await old.accepted()
    world = today(old, databases)
    await world.sent()
    before = await digests.digest(superuser)
    assert await expiring.expire_referrals(world.desk) == 0
    assert await digests.digest(superuser) == before


async def test_an_expired_referral_is_not_accepted_any_more(
    databases: Databases, past: Databases, refused: Refused
) -> None:
    old = await worlds.found(past)
    referral, world = await old.sent(), today(old, databases)
    given = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=referral), 1)
    await expiring.expire_referrals(world.desk)
    told = await refused(referrals.accept(world.desk, world.hands[EAST_JAVA].by, given))
    assert told == StaleVersion(current_version=2)


async def test_a_late_answer_counts_as_long_as_expiry_is_not_noted(databases: Databases, past: Databases) -> None:
    old = await worlds.found(past)
    referral, world = await old.sent(), today(old, databases)
    given = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=referral), 1)
    assert isinstance(await referrals.accept(world.desk, world.hands[EAST_JAVA].by, given), Done)


async def test_old_keys_for_repeating_are_forgotten_and_young_ones_kept(
    databases: Databases, past: Databases, superuser: Any
) -> None:
    old = await worlds.found(past)
    await old.opened_case(JAKARTA)
    world = today(old, databases)
    await world.opened_case(JAKARTA)
    assert await expiring.forget_requests(world.desk) == 1
    assert await superuser.fetchval("select count(*) from idempotency") == 1
