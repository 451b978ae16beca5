"""A sweep comes to everything that is due when it begins, once, whatever stands in the way of the ones before."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from casework.duties import Kind
from database import addresses
from operations import breaches, expiring, notices
from operations.desks import Desk
from tests.operations import digests, stages
from tests.operations.stages import Stage

BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
BATCH = 3
FAILING = (1, BATCH, 2 * BATCH + 1)  # fewer than are looked up at once, as many, and more than twice as many


@pytest.fixture
async def stage(address: addresses.Address, superuser: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(notices, "AT_ONCE", BATCH)
    async with stages.opened(address, superuser, BEGAN) as stage:
        yield stage


async def sent(stage: Stage, how_many: int) -> list[UUID]:
    """As many referrals, all of the same second."""
    ways = []
    for _ in range(how_many):
        await stage.at(stage.now)
        ways.append((await stage.send()).id)
    return ways


async def first_due(superuser: Any, referrals: Sequence[UUID]) -> list[UUID]:
    asked = (
        "select distinct on (referral_id) id from obligation where referral_id = any($1) order by referral_id, due_at"
    )
    return [row["id"] for row in await superuser.fetch(asked, referrals)]


async def poison(superuser: Any, table: str, ids: Sequence[UUID]) -> None:
    """From now on PostgreSQL refuses every change of these rows, with words that no log may show."""
    listed = ", ".join(f"'{each}'" for each in ids)
    await superuser.execute(
        f"""create function poison() returns trigger language plpgsql as
            $$ begin if new.id in ({listed}) then raise exception 'Siti Aminah'; end if; return new; end $$;
            create trigger poison before update on {table} for each row execute function poison()"""
    )


async def rows(superuser: Any, table: str, ids: Sequence[UUID]) -> list[str]:
    asked = f"select t::text as row from {table} t where id = any($1) order by id"  # noqa: S608  # our own names
    return [row["row"] for row in await superuser.fetch(asked, ids)]


@pytest.mark.parametrize("failing", FAILING)
async def test_however_many_breaches_cannot_be_noted_a_later_one_is_noted_in_the_same_sweep(
    stage: Stage, superuser: Any, caplog: pytest.LogCaptureFixture, failing: int
) -> None:
    bad = await first_due(superuser, await sent(stage, failing))
    await stage.later(minutes=1)
    good = await first_due(superuser, await sent(stage, 1))
    await stage.later(hours=30)
    await poison(superuser, "obligation", bad)
    before = await rows(superuser, "obligation", bad)

    assert await stage.note() == 1

    assert await superuser.fetchval("select noted_by is not null from obligation where id = any($1)", good)
    assert await rows(superuser, "obligation", bad) == before
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = 'obligation.breach_noted'") == 1
    told = [record.getMessage().split(" could not")[0] for record in caplog.records if record.levelname == "ERROR"]
    assert sorted(told) == sorted(f"the breach of obligation {each.hex}" for each in bad)
    assert "Siti" not in caplog.text
    unchanged = await digests.digest(superuser)
    assert await stage.note() == 0
    assert await digests.digest(superuser) == unchanged


@pytest.mark.parametrize("failing", FAILING)
async def test_however_many_referrals_cannot_expire_a_later_one_does_in_the_same_sweep(
    stage: Stage, superuser: Any, caplog: pytest.LogCaptureFixture, failing: int
) -> None:
    bad = await sent(stage, failing)
    await stage.later(minutes=1)
    (good,) = await sent(stage, 1)
    await stage.later(days=15)
    await poison(superuser, "referral", bad)
    before = await rows(superuser, "referral", bad)

    assert await stage.expire() == 1

    assert await superuser.fetchval("select status from referral where id = $1", good) == "EXPIRED"
    assert await rows(superuser, "referral", bad) == before
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = 'referral.expired'") == 1
    told = [record.getMessage().split(" could not")[0] for record in caplog.records if record.levelname == "ERROR"]
    assert sorted(told) == sorted(f"the expiry of referral {each.hex}" for each in bad)
    assert "Siti" not in caplog.text
    unchanged = await digests.digest(superuser)
    assert await stage.expire() == 0
    assert await digests.digest(superuser) == unchanged


async def test_a_sweep_goes_on_until_nothing_is_due_though_all_of_it_is_of_one_second(
    stage: Stage, superuser: Any
) -> None:
    due = await first_due(superuser, await sent(stage, 2 * BATCH + 1))
    assert await superuser.fetchval("select count(distinct due_at) from obligation where id = any($1)", due) == 1
    await stage.later(hours=30)
    assert [await stage.note() for _ in range(2)] == [2 * BATCH + 1, 0]
    assert await superuser.fetchval("select count(*) from obligation where noted_by is not null") == len(due)


async def test_what_falls_due_while_a_sweep_is_on_its_way_is_the_next_ones(
    stage: Stage, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep ends, however fast things fall due; and an outage that begins meanwhile excuses nothing it comes to."""
    monkeypatch.setattr(notices, "AT_ONCE", 1)
    (first,) = await first_due(superuser, await sent(stage, 1))
    await stage.later(hours=1)
    (second,) = await first_due(superuser, await sent(stage, 1))
    await stage.later(hours=23, minutes=30)
    note = breaches._note

    async def slowly(desk: Desk, id: UUID) -> bool:
        await stage.later(hours=1)  # and no transaction is open that would hold the one connection
        return await note(desk, id)

    monkeypatch.setattr(breaches, "_note", slowly)
    noted = "select id from obligation where noted_by is not null"
    assert await stage.note() == 1
    assert [row["id"] for row in await superuser.fetch(noted)] == [first]
    assert await stage.note() == 1
    assert {row["id"] for row in await superuser.fetch(noted)} == {first, second}


async def test_a_sweep_that_is_told_to_leave_stops_at_the_next_one(stage: Stage) -> None:
    """A long backlog does not hold up the end of a service: what is left is noted after the next start."""
    ways = [await stage.send() for _ in range(3)]
    await stage.at(
        max([(await stage.owed(way, Kind.REFERRAL_DECIDE))["due_at"] for way in ways]) + timedelta(seconds=1)
    )
    asked = count()
    assert await breaches.note_breaches(stage.world.desk, leaving=lambda: next(asked) == 2) == 2
    assert await breaches.note_breaches(stage.world.desk, leaving=lambda: True) == 0
    assert await breaches.note_breaches(stage.world.desk) == 4
    assert await expiring.expire_referrals(stage.world.desk, leaving=lambda: True) == 0
