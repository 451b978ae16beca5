"""Migrations: idempotent, one at a time, forward only."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import casework.agreements
import database.agreements
from database import embedded, migrating


@pytest.fixture
async def empty(server: embedded.Server, database_name: str) -> AsyncIterator[str]:
    """The owner's address of a database without tables."""
    name = f"{database_name}_empty"
    await migrating.found(server.url("postgres"), name)
    yield server.url("estafet_owner", name)
    connection = await asyncpg.connect(server.url("postgres"))
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


async def ask(url: str, question: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_migrating_again_changes_nothing(empty: str) -> None:
    count = "select count(*) from pg_class where relnamespace = 'public'::regnamespace"
    await migrating.migrate(empty)
    before = await ask(empty, count)
    await migrating.migrate(empty)
    assert await ask(empty, count) == before > 20


async def test_of_four_that_migrate_at_once_one_does_and_all_are_content(empty: str) -> None:
    await asyncio.gather(*(migrating.migrate(empty) for _ in range(4)))
    assert await ask(empty, "select count(*) from alembic_version") == 1


async def test_founding_again_keeps_the_database_and_mends_widened_roles(
    empty: str, server: embedded.Server, database_name: str
) -> None:
    await ask(empty, "create table kept (one int)")
    await ask(server.url("postgres"), "alter role estafet_auditor createdb")
    await migrating.found(server.url("postgres"), f"{database_name}_empty")
    assert await ask(empty, "select count(*) from kept") == 0
    assert (
        await ask(server.url("postgres"), "select rolcreatedb from pg_roles where rolname = 'estafet_auditor'") is False
    )


async def test_a_migration_that_fails_leaves_nothing(empty: str) -> None:
    await ask(empty, "create table checkpoint (taken int)")
    with pytest.raises(Exception, match="already exists"):
        await migrating.migrate(empty)
    assert await ask(empty, "select count(*) from pg_class where relname in ('party', 'alembic_version')") == 0


async def test_yesterdays_terms_get_the_clauses_of_todays_agreement(
    empty: str, server: embedded.Server, database_name: str, agreement: casework.agreements.Agreement,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A database of the slice before: its owner may not update a term, and yet each is told its clause."""
    with monkeypatch.context() as earlier:
        real = command.upgrade
        earlier.setattr(command, "upgrade", lambda config, _: real(config, "0002"))
        await migrating.migrate(empty)
    assert await ask(empty, "select version_num from alembic_version") == "0002"
    app = await asyncpg.connect(server.url("estafet_app", f"{database_name}_empty"))
    try:
        await app.execute("select set_config('app.party', 'HOST', false)")
        for table, rows in (
            ("agreement", [database.agreements.document(agreement)]),
            ("agreement_clause", database.agreements.clauses(agreement)),
            ("agreement_term", [{**t, "clause": None} for t in database.agreements.terms(agreement)]),
        ):
            names = [name for name, value in rows[0].items() if value is not None]
            await app.executemany(
                f"insert into {table} ({', '.join(names)}) values ({', '.join(f'${n + 1}' for n in range(len(names)))})",  # noqa: E501, S608  # our own names
                [[row[name] for name in names] for row in rows],
            )
        await migrating.migrate(empty)
        told = await app.fetch("select obligation || '/' || applies_to as term, clause from agreement_term")
    finally:
        await app.close()
    wanted = {f"{term.obligation}/{term.applies_to}": term.clause for term in agreement.terms}
    assert {row["term"]: row["clause"] for row in told} == wanted


def test_there_is_no_way_back() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrating.FOLDER))
    config.set_main_option("path_separator", "os")
    for revision in ScriptDirectory.from_config(config).walk_revisions():
        with pytest.raises(NotImplementedError, match="forward only"):
            revision.module.downgrade()
