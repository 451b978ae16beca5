"""Ready is who can serve: each thing that must be there is taken away, told in one word, and given back."""

import asyncio
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest

from api import health
from database import embedded, migrating
from tests.api.conftest import House
from tests.operations import worlds


@pytest.fixture(autouse=True)
def looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "HELD", 0.0)


async def ready(house: House) -> tuple[int, str]:
    """What is answered; that the process lives is told all the while."""
    alive = await house.auditor.http.get("/livez")
    assert (alive.status_code, alive.text) == (200, "ok\n")
    answer = await house.auditor.http.get("/readyz")
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.text


READY = (200, "ok\n")


async def begun(house: House) -> None:
    for _ in range(100):
        if await ready(house) == READY:
            return
        await asyncio.sleep(0.05)
    assert await ready(house) == READY


async def test_who_cannot_reach_the_database_is_not_ready_and_lives(
    house: House, server: embedded.Server, database_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(house)
    outside = await asyncpg.connect(server.url("postgres"))
    try:
        await outside.execute(f"alter database {database_name} allow_connections false")
        await outside.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", database_name
        )
        # One word: no name of a host, a role or a database, and no text of a fault.
        assert await ready(house) == (503, "not ready: database\n")
    finally:
        await outside.execute(f"alter database {database_name} allow_connections true")
        await outside.close()
    assert database_name not in caplog.text
    await begun(house)


async def test_a_database_that_does_not_answer_in_time_is_one_that_does_not_answer(
    house: House, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.3)
    await begun(house)
    async with superuser.transaction():
        await superuser.execute("lock table alembic_version in access exclusive mode")
        async with asyncio.timeout(2):
            assert await ready(house) == (503, "not ready: database\n")
    await begun(house)


@pytest.mark.parametrize("other", ["0004", "9999"])
async def test_tables_of_another_revision_are_not_served_from(house: House, superuser: Any, other: str) -> None:
    """Of yesterday: what this program asks for is not there. Of tomorrow: what it writes may not be enough."""
    await begun(house)
    await superuser.execute("update alembic_version set version_num = $1", other)
    assert await ready(house) == (503, "not ready: migrations\n")
    await superuser.execute("update alembic_version set version_num = $1", migrating.newest())
    assert await ready(house) == READY


async def test_a_log_without_a_checkpoint_is_not_served(house: House) -> None:
    await begun(house)
    checkpoint = house.settings.published / "checkpoint"
    checkpoint.rename(checkpoint.with_name("away"))
    assert await ready(house) == (503, "not ready: checkpoint\n")


async def test_who_is_about_to_leave_says_so_at_once_and_looks_at_nothing_else(
    house: House, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = (503, "not ready: leaving\n")
    await begun(house)
    monkeypatch.setattr(health, "HELD", 60.0)
    assert await ready(house) == READY
    house.app.state.parting.set()
    assert await ready(house) == leaving, "a look that still counts does not hide it"
    monkeypatch.setattr(health, "HELD", 0.0)
    async with superuser.transaction():
        await superuser.execute("lock table alembic_version in access exclusive mode")
        async with asyncio.timeout(1):
            assert await ready(house) == leaving
    assert await house.jakarta.ask("{ me { partyCode } }") == {"me": {"partyCode": "ID-JK"}}


async def test_however_many_ask_the_database_is_asked_once_in_a_while_and_by_one_of_them(
    house: House, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(house)
    async with superuser.transaction():
        await superuser.execute("lock table alembic_version in access exclusive mode")
        asking = [asyncio.create_task(ready(house)) for _ in range(6)]
        await worlds.waiting(superuser, 1)
        await superuser.execute("select pg_sleep(0.2), pg_stat_clear_snapshot()")
        assert await superuser.fetchval("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == 1
    assert {await each for each in asking} == {READY}
    monkeypatch.setattr(health, "HELD", 60.0)
    async with superuser.transaction():
        await superuser.execute("lock table alembic_version in access exclusive mode")
        async with asyncio.timeout(2):
            assert {await ready(house) for _ in range(50)} == {READY}
