"""The service refuses to start where row security would not hold; each way of breaking it is named."""

from dataclasses import replace
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest

from database import addresses, embedded, engines, safety


async def test_the_migrated_database_is_safe(databases: engines.Databases) -> None:
    await safety.check(databases)


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("alter table case_file disable row level security", "table case_file does not enable row security"),
        ("alter table case_file no force row level security", "table case_file does not force row security"),
        ("create table loose (one int)", "table loose has no policy"),
        ("create view loose as select * from person", "view loose does not read with the rights of who asks"),
        ("create materialized view loose as select * from person", "loose is a materialized view"),
        ("alter table ledger_entry disable trigger kept", "trigger kept of ledger_entry is disabled"),
        ("alter function ledger_append owner to postgres", "function ledger_append runs as a role that passes"),
        (
            "create schema aside; create table aside.copy as select * from person",
            "table aside.copy does not enable row",
        ),
        (
            "create schema aside; create table aside.copy (one int); alter table aside.copy enable row level security",
            "table aside.copy does not force row security",
        ),
        ("create schema aside; create view aside.copy as select * from person", "view aside.copy does not read with"),
        ("create schema aside; create materialized view aside.copy as select * from person", "aside.copy is a mater"),
        (
            "create schema aside; create function aside.copy() returns setof person language sql security definer"
            " as 'select * from person'; revoke execute on function aside.copy from public",
            "function copy runs as a role that passes row security by",
        ),
        ("grant execute on function ledger_append to public", "function ledger_append may be called by everybody"),
        ("create function loose() returns int language sql as 'select 1'", "function loose may be called by everybody"),
        (
            "create schema aside; create table aside.copy (one int); alter table aside.copy owner to estafet_worker",
            "estafet_worker is or can become estafet_worker, which owns tables",
        ),
        ("alter table party owner to estafet_app", "estafet_app is or can become estafet_app, which owns tables"),
    ],
)
async def test_each_way_of_breaking_it_is_named(
    databases: engines.Databases, superuser: Any, broken: str, named: str
) -> None:
    await superuser.execute(broken)
    with pytest.raises(safety.Unsafe, match=named):
        await safety.check(databases)


async def test_a_function_that_the_owner_makes_is_nobodys_until_it_is_granted(
    databases: engines.Databases, address: addresses.Address
) -> None:
    owner = await asyncpg.connect(address.owner)
    await owner.execute("create function fresh() returns int language sql as 'select 1'")
    await safety.check(databases)
    asking = await asyncpg.connect(address.app)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="fresh"):
            await asking.fetchval("select fresh()")
        await owner.execute("grant execute on function fresh to estafet_app")
        assert await asking.fetchval("select fresh()") == 1
    finally:
        await asking.close()
        await owner.close()


async def privileged_roles(server: embedded.Server) -> None:
    """Roles are the server's, and the other workers' tests want them too: made under a lock of the shared database."""
    connection = await asyncpg.connect(server.url("postgres"))
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(1)")
        for role, more in (("test_heir", "in role estafet_owner"), ("test_passer", "bypassrls")):
            if not await connection.fetchval("select true from pg_roles where rolname = $1", role):
                await connection.execute(f"create role {role} login {more}")
    await connection.close()


@pytest.mark.parametrize(
    ("user", "named"),
    [
        ("postgres", "postgres is or can become postgres, a superuser"),
        ("estafet_owner", "which owns tables"),
        ("test_heir", "test_heir is or can become estafet_owner, which owns tables"),
        ("test_passer", "test_passer is or can become test_passer, which passes row security by"),
    ],
)
async def test_a_privileged_role_is_refused_under_any_of_the_three_connections(
    server: embedded.Server, address: addresses.Address, database_name: str, superuser: Any, user: str, named: str
) -> None:
    await privileged_roles(server)
    await superuser.execute(f"grant connect on database {database_name} to test_heir, test_passer")
    privileged = addresses.with_user(address.app, user)
    for place in ("app", "auth", "worker"):
        opened = await engines.open_databases(replace(address, **{place: privileged}))
        with pytest.raises(safety.Unsafe, match=named):
            await safety.check(opened)
        await opened.close()


async def test_a_database_without_tables_is_not_safe(server: embedded.Server) -> None:
    url = server.url("estafet_app", "postgres")
    opened = await engines.open_databases(
        addresses.Address(app=url, auth=url, worker=url, owner=url, keys=url, keys_owner=url)
    )
    with pytest.raises(safety.Unsafe, match="there are no tables"):
        await safety.check(opened)
    await opened.close()
