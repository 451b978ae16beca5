"""Transactions: whose they are, and that the connection forgets it whatever happens inside."""

import asyncio
from datetime import UTC, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from database import addresses, engines, tables
from database.engines import Databases
from database.transaction import Asker, transaction
from tests.database import acts
from tests.database.acts import JI, JK

WHO = text("select current_setting('app.party', true), current_setting('app.subject', true), pg_backend_pid()")


class Stopped(Exception):
    pass


@pytest.fixture
async def one(address: addresses.Address) -> Any:
    """Databases with a single connection each, so that it is certainly used again."""
    opened = await engines.open_databases(address, engines.Limits(connections=1, reading=1))
    yield opened
    await opened.close()


async def who(databases: Databases) -> tuple[Any, ...]:
    async with databases.app.connect() as connection:
        return tuple((await connection.execute(WHO)).one())


async def test_inside_it_is_the_askers_and_time_is_whole_seconds_of_utc(databases: Databases) -> None:
    async with transaction(databases.app, Asker(party=JK, subject="ani", purpose="audit")) as tx:
        assert tuple((await tx.connection.execute(WHO)).one())[:2] == (JK, "ani")
        assert await tx.connection.scalar(text("show transaction_isolation")) == "read committed"
        assert tx.at.microsecond == 0
        assert tx.at.utcoffset() == timedelta(0)
        assert abs(tx.at - acts.now()) < timedelta(minutes=5)
        assert tx.at.astimezone(UTC) == tx.at


@pytest.mark.parametrize("end", ["commit", "failure", "broken statement", "cancellation"])
async def test_the_connection_forgets_whose_it_was(one: Databases, end: str) -> None:
    async def act() -> None:
        async with transaction(one.app, acts.asker(JK)) as tx:
            if end == "failure":
                raise Stopped
            if end == "broken statement":
                await tx.connection.execute(text("select 1 / 0"))
            if end == "cancellation":
                await tx.connection.execute(text("select pg_sleep(60)"))

    acting = asyncio.ensure_future(act())
    if end == "cancellation":
        await asyncio.sleep(0.3)
        acting.cancel()
    (result,) = await asyncio.gather(acting, return_exceptions=True)
    assert (result is None) == (end == "commit")
    assert (await who(one))[:2] in ((None, None), ("", ""))


async def test_leaving_commits_and_failing_does_not(one: Databases, agreement: Any) -> None:
    row = {"code": JK, "name": "J", "kemendagri_code": "31", "time_zone": "Asia/Jakarta", "utc_offset_minutes": 420}

    async def act(fail: bool) -> None:
        async with transaction(one.app, acts.asker("HOST")) as tx:
            await tx.connection.execute(insert(tables.party).values(**row))
            if fail:
                raise Stopped

    async def found() -> list[str]:
        async with one.app.connect() as connection:
            return list((await connection.execute(select(tables.party.c.code))).scalars())

    with pytest.raises(Stopped):
        await act(True)
    assert await found() == []
    await act(False)
    assert await found() == [JK]


async def test_two_hundred_at_once_of_ten_parties_mix_nothing(log: Databases) -> None:
    parties = ["ID-JK", "ID-JB", "ID-JT", "ID-YO", "ID-JI", "ID-BT", "ID-BA", "ID-NB", "ID-NT", "ID-LA"]
    for party in parties:
        await acts.open_case(log, party)

    async def ask(party: str) -> list[str]:
        async with transaction(log.app, acts.asker(party)) as tx:
            await asyncio.sleep(0)
            return list((await tx.connection.execute(select(tables.case_file.c.party))).scalars())

    asked = parties * 20
    assert await asyncio.gather(*(ask(party) for party in asked)) == [[party] for party in asked]


async def test_no_statement_runs_and_no_lock_waits_for_ever(address: addresses.Address, log: Databases) -> None:
    short = timedelta(milliseconds=100)
    hasty = await engines.open_databases(address, engines.Limits(statement=short))
    with pytest.raises(DBAPIError, match="statement timeout"):
        async with transaction(hasty.app, acts.asker(JK)) as tx:
            await tx.connection.execute(text("select pg_sleep(60)"))
    await hasty.close()
    hasty = await engines.open_databases(address, engines.Limits(lock=short))
    case = await acts.open_case(log)
    async with transaction(log.app, acts.asker(JK)) as held:
        await held.connection.execute(
            select(tables.case_file).where(tables.case_file.c.id == case.id).with_for_update()
        )
        with pytest.raises(DBAPIError, match="lock timeout"):
            await acts.send(hasty, case)
    await hasty.close()


async def test_reading_is_under_row_security_with_plans_made_once(log: Databases) -> None:
    await acts.open_case(log)
    question = "select count(*) from case_file"
    async with log.reading.acquire() as connection:
        assert await connection.fetchval("show plan_cache_mode") == "force_generic_plan"
        assert await connection.fetchval(question) == 0
        for party, count in ((JK, 1), (JI, 0)):
            async with connection.transaction():
                await connection.execute("select set_config('app.party', $1, true)", party)
                assert await connection.fetchval(question) == count
        assert await connection.fetchval(question) == 0


async def test_errors_do_not_quote_what_was_bound(databases: Databases) -> None:
    with pytest.raises(DBAPIError) as raised:
        async with transaction(databases.app, acts.asker("HOST")) as tx:
            await tx.connection.execute(text("select cast(:nik as integer) / 0"), {"nik": 317})
    assert "317" not in str(raised.value)
