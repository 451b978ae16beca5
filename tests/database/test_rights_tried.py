"""Row security and grants, tried: every table, by every role, for every asker that has no business there.

Promise: what is tried here is generated from `rights.toml`, on a database in which no table is empty; a new table is
tried as soon as its row stands there. What must be refused is refused by PostgreSQL alone, and afterwards no row of any
table is another than before.
Elsewhere: who sees which rows of a handover, `test_rows_seen`; rules over time, `test_rules`.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest

from database import addresses, embedded, migrating
from tests.conftest import TEMPLATE
from tests.database import rights
from tests.database.test_catalogue import KEYS, OF_A_PARTY, ROLES
from tests.operations import digests, states
from tests.operations.worlds import EAST_JAVA, JAKARTA

STRANGER = "ID-BA"
# No setting at all, an empty one, a province that has nothing to do with it, and names that only look like somebody's.
NOBODY = (
    None,
    "",
    STRANGER,
    "ID-ZZ",
    "id-jk",
    " ID-JK",
    "ID-JK ",
    "ID-%",
    "ID-JK,ID-JI",
    "host",
    "AUDITOR",
    "AUDITOR%",
    "%",
)
FORBIDDEN = "42501"  # permission denied, or against a policy
TABLES = rights.tables_of("parties")
_made: set[str] = set()


@dataclass(frozen=True, slots=True)
class Full:
    """A database without an empty table, a connection as each role, and the superuser's."""

    superuser: Any
    roles: Mapping[str, Any]

    async def columns(self, table: str) -> list[str]:
        found = await self.superuser.fetch(
            "select attname from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped"
            " and attgenerated = '' and attidentity = '' order by attnum",
            table,
        )
        return [name for (name,) in found]


@pytest.fixture
async def full(server: embedded.Server, database_name: str, tmp_path: Path) -> AsyncIterator[Full]:
    """Made once for all tests here: what they try is rolled back, and they see that it was."""
    name = f"{database_name}_full"
    address = addresses.derive(
        server.url("estafet_app", name), keys=server.url("estafet_keys", f"{database_name}_keys")
    )
    if name not in _made:
        await migrating.found(server.url("postgres"), name, TEMPLATE)
    superuser = await asyncpg.connect(server.url("postgres", name))
    if name not in _made:
        async with states.built(address, superuser, tmp_path / "ledger"):
            _made.add(name)
    roles = {role: await asyncpg.connect(addresses.with_user(address.app, role)) for role in ROLES if role != KEYS}
    yield Full(superuser, roles)
    for connection in (superuser, *roles.values()):
        await connection.close()


@pytest.fixture
async def bare(full: Full) -> Full:
    """The same without our triggers: what is refused now, grants and policies refuse."""
    for table in TABLES:
        await full.superuser.execute(f"alter table {table} disable trigger user")
    return full


@asynccontextmanager
async def asking(connection: Any, party: str | None) -> AsyncIterator[None]:
    """Within it, for this party; nothing of it remains."""
    attempt = connection.transaction()
    await attempt.start()
    try:
        if party is not None:
            await connection.execute("select set_config('app.party', $1, true)", party)
        yield
    finally:
        await attempt.rollback()


async def tried(connection: Any, party: str | None, statement: str, *values: Any) -> str:
    """What became of it: PostgreSQL's word for what was done, or the code of its refusal."""
    async with asking(connection, party):
        try:
            return str(await connection.execute(statement, *values))
        except asyncpg.PostgresError as error:
            return str(error.sqlstate)


async def test_no_table_of_parties_is_empty_so_that_seeing_nothing_means_something(full: Full) -> None:
    for table in TABLES:
        assert await full.superuser.fetchval(f"select count(*) from {table}"), (  # noqa: S608  # our own names
            f"{table} is empty: let tests/operations/states.py write a row of it"
        )


async def test_whose_rows_they_are_sees_them(full: Full) -> None:
    """Otherwise all that follows would hold for a database that shows nothing to anybody."""
    app = full.roles["estafet_app"]
    for table in TABLES:
        seen = 0
        for party in (JAKARTA, EAST_JAVA):
            async with asking(app, party):
                seen += await app.fetchval(f"select count(*) from {table}")  # noqa: S608  # our own names
        assert seen, table


async def test_who_is_nobody_here_sees_no_row_by_any_role(full: Full) -> None:
    said = rights.written()["tables"]
    for table in TABLES:
        shared = f" where not coalesce({said[table].get('shared', 'false')}, false)"
        question = f"select count(*) from {table}" + shared  # noqa: S608  # our own names
        for role, connection in full.roles.items():
            if role == rights.OWNER and "S" in said[table].get("owner", ""):
                continue  # what a trigger of ours keeps is its owner's to see
            for party in NOBODY:
                async with asking(connection, party):
                    try:
                        found = await connection.fetchval(question)
                    except asyncpg.InsufficientPrivilegeError:
                        found = 0
                assert found == 0, (table, role, party)


async def test_rows_that_are_shared_are_shown_to_provinces_and_not_to_who_has_no_name(full: Full) -> None:
    app = full.roles["estafet_app"]
    for table, told in rights.written()["tables"].items():
        if "shared" not in told:
            continue
        for party, sees in ((STRANGER, True), (None, False), ("", False)):
            async with asking(app, party):
                assert bool(await app.fetchval(f"select count(*) from {table}")) is sees, (table, party)  # noqa: S608  # our own names


async def test_no_role_without_a_policy_sees_a_row_whoever_it_says_it_is(full: Full) -> None:
    """The owner of the tables above all: FORCE is what keeps its name from being a way in."""
    said = rights.written()["tables"]
    for table in TABLES:
        for role, connection in full.roles.items():
            if "S" in said[table].get(role.removeprefix("estafet_"), ""):
                continue
            for party in (JAKARTA, EAST_JAVA, "HOST", "AUDITOR:bpk", "WITNESS:w1"):
                async with asking(connection, party):
                    try:
                        found = await connection.fetchval(f"select count(*) from {table}")  # noqa: S608  # our own names
                    except asyncpg.InsufficientPrivilegeError:
                        found = 0
                assert found == 0, (table, role, party)


async def test_who_is_nobody_here_changes_and_removes_no_row_by_any_role(bare: Full) -> None:
    before = await digests.digest(bare.superuser)
    for table in TABLES:
        name = (await bare.columns(table))[-1]
        columns = {name, *_granted(table)}
        updates = [f"update {table} set {each} = {each}" for each in sorted(columns)]  # noqa: S608  # our own names
        for role, connection in bare.roles.items():
            kept = role == rights.OWNER and "U" in rights.written()["tables"][table].get("owner", "")
            for party in NOBODY:
                for statement in (*([] if kept else updates), f"delete from {table}"):  # noqa: S608  # our own names
                    done = await tried(connection, party, statement)
                    assert done in (FORBIDDEN, "UPDATE 0", "DELETE 0"), (statement, role, party, done)
                if role != rights.OWNER:  # row security is not asked about it: no one else may be let at all
                    assert await tried(connection, party, f"truncate {table} cascade") == FORBIDDEN, (table, role)
    assert await digests.digest(bare.superuser) == before


def _granted(table: str) -> set[str]:
    told = " ".join(rights.without_rows(rights.written()["tables"][table]).values())
    return {name for columns in re.findall(r"U\(([^)]*)\)", told) for name in columns.split()}


async def test_nobody_writes_a_row_for_another_not_even_one_that_is_there(bare: Full) -> None:
    """Were a policy lacking, the row's key would be what stands in the way: that is another refusal, and fails here."""
    before = await digests.digest(bare.superuser)
    for table in TABLES:
        columns = await bare.columns(table)
        row = await bare.superuser.fetchval(f"select to_jsonb(t) from {table} t limit 1")  # noqa: S608  # our own names
        names = ", ".join(f'"{name}"' for name in columns)
        statement = f"insert into {table} ({names}) select {names} from jsonb_populate_record(null::{table}, $1::jsonb)"  # noqa: S608  # our own names
        for role, connection in bare.roles.items():
            if role == rights.OWNER and "I" in rights.written()["tables"][table].get("owner", ""):
                continue  # what a function of ours writes, its owner writes
            for party in NOBODY:
                done = await tried(connection, party, statement, row)
                assert done == FORBIDDEN, (table, role, party, done)
    assert await digests.digest(bare.superuser) == before


async def test_a_row_is_never_moved_to_another_party_by_its_own(bare: Full) -> None:
    before = await digests.digest(bare.superuser)
    app, moved = bare.roles["estafet_app"], 0
    for table in TABLES:
        for name in filter(OF_A_PARTY.search, await bare.columns(table)):
            for party in (JAKARTA, EAST_JAVA):
                done = await tried(app, party, f"update {table} set {name} = $1", STRANGER)  # noqa: S608  # our own names
                assert done == FORBIDDEN, (table, name, party, done)
                moved += 1
    assert moved > 2 * len(TABLES)
    assert await digests.digest(bare.superuser) == before


async def test_what_belongs_to_the_host_or_to_access_is_for_the_roles_that_are_named(full: Full) -> None:
    said = rights.written()["tables"]
    for table in (*rights.tables_of("access"), *rights.tables_of("host")):
        for role, connection in full.roles.items():
            for party in (None, "", JAKARTA, "HOST"):
                for letter, statement in (("S", f"select from {table}"), ("D", f"delete from {table}")):  # noqa: S608  # our own names
                    if letter in said[table].get(role.removeprefix("estafet_"), "") and (
                        party == "HOST" or table in rights.tables_of("access")
                    ):
                        continue
                    done = await tried(connection, party, statement)
                    assert done in (FORBIDDEN, "SELECT 0", "DELETE 0"), (table, role, party, statement, done)


async def test_a_function_is_called_by_whom_it_was_lent_to_and_by_no_other(full: Full) -> None:
    lent = rights.written()["functions"]
    arguments = await full.superuser.fetch(
        "select case nspname when 'public' then '' else nspname || '.' end || proname,"
        " array(select format('null::%s', format_type(t, null)) from unnest(proargtypes) t) as given"
        " from pg_proc join pg_namespace n on n.oid = pronamespace where prorettype <> 'trigger'::regtype"
        " and nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_'"
    )
    assert arguments
    for name, given in arguments:
        for role, connection in full.roles.items():
            if role.removeprefix("estafet_") in lent[name] or role == rights.OWNER:
                continue
            async with asking(connection, JAKARTA):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for function"):
                    await connection.execute(f"select {name}({', '.join(given)})")
