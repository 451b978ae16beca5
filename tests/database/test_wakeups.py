"""The bell: a ring is never missed, a killed connection is survived, and a lost word costs seconds at most."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from database import addresses, wakeups
from database.engines import Databases
from database.wakeups import GAP, LISTENING, POLL, Bell
from tests.database import acts

KILL = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1 and datname = current_database()"  # noqa: E501  # one line reads best
STANDING = "select count(*) from pg_stat_activity where application_name = $1 and query ilike $2 and datname = current_database()"  # noqa: E501  # one line reads best


@asynccontextmanager
async def listening(address: addresses.Address, superuser: Any) -> AsyncIterator[Bell]:
    """A bell of another process, settled."""
    bell = Bell()
    async with bell.listening(address.app):
        await settled(superuser)
        await asyncio.sleep(2 * GAP)
        yield bell


async def settled(superuser: Any, sessions: int = 1) -> None:
    """Until exactly so many have begun to listen."""
    async with asyncio.timeout(10):
        while await superuser.fetchval(STANDING, LISTENING, "select size%" if sessions else "%") != sessions:
            await superuser.execute("select pg_sleep(0.02)")


async def rings_within(bell: Bell, since: int, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await bell.rung(since)
    except TimeoutError:
        return False
    return True


async def test_a_ring_between_looking_and_waiting_is_not_missed() -> None:
    bell = Bell()
    since = bell.rings
    bell.ring()  # while the waiter was looking
    assert await rings_within(bell, since, 0.01)
    assert not await rings_within(bell, bell.rings, 0.1)


async def test_many_rings_are_few_and_the_last_one_is_heard() -> None:
    bell, before = Bell(), 0
    for _ in range(50):
        before = bell.rings
        bell.ring()
        await asyncio.sleep(0.002)
    assert await rings_within(bell, before, 2 * GAP)
    await asyncio.sleep(2 * GAP)
    assert 2 <= bell.rings <= 10


async def test_another_process_is_woken(log: Databases, address: addresses.Address, superuser: Any) -> None:
    ours = Bell()
    async with listening(address, superuser) as theirs, ours.listening(address.app):
        await settled(superuser, 2)
        await asyncio.sleep(2 * GAP)
        since = theirs.rings
        ours.ring()
        assert await rings_within(theirs, since, POLL / 2)


async def test_without_any_word_the_head_is_compared(
    log: Databases, address: addresses.Address, superuser: Any
) -> None:
    async with listening(address, superuser) as bell:
        since = bell.rings
        assert not await rings_within(bell, since, POLL + 1)  # nothing happened: nobody is sent to look
        await acts.note(log)  # an act of a process that could not tell
        assert await rings_within(bell, since, POLL + 1)


async def test_a_killed_connection_is_made_anew_and_rings_for_what_was_missed(
    log: Databases, address: addresses.Address, superuser: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ours = Bell()
    async with listening(address, superuser) as theirs, ours.listening(address.app):
        await settled(superuser, 2)
        for _ in range(3):
            since = theirs.rings
            assert await superuser.fetchval(KILL, LISTENING) == 2
            assert await rings_within(theirs, since, POLL)
            await settled(superuser, 2)
            await asyncio.sleep(2 * GAP)
            since = theirs.rings
            ours.ring()
            assert await rings_within(theirs, since, POLL / 2)
    assert {record.name for record in caplog.records} == {"estafet.wakeups"}
    await settled(superuser, 0)


async def test_where_nobody_answers_everybody_looks_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeups, "_LATEST", 0.2)
    bell = Bell()
    async with bell.listening("postgresql://estafet_app@127.0.0.1:1/none"):
        for _ in range(3):
            assert await rings_within(bell, bell.rings, 2)
