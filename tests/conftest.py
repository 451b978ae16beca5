"""A real PostgreSQL for every test that asks for one: built by the real migrations, clean at each test's start.

One embedded server a run, shared by the workers of pytest-xdist: the first that needs it starts it, under a file lock,
in a folder that the run's first process made and removes. Each worker has a database of its own, copied anew from the
migrated template for each test (30 ms). A run without database tests starts nothing.
With ESTAFET_SOAK=1 (`make soak`) the tests marked `soak` run too, and properties try ten times as many examples.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import settings

import casework.agreements
import database.agreements
from database import addresses, embedded, engines, migrating
from database.transaction import HOST, transaction

AGREEMENT = Path(casework.agreements.__file__).parent / "data" / "fkd-mpu-2025.json"
TEMPLATE = "estafet_template"
SOAK = "ESTAFET_SOAK"
_folder: Path | None = None
_kept: list[embedded.Server] = []


def pytest_configure(config: pytest.Config) -> None:
    global _folder
    told = getattr(config, "workerinput", None)
    _folder = Path(told["postgres"]) if told is not None else Path(tempfile.mkdtemp(prefix="estafet-tests-"))
    if soaking():
        assert settings.default is not None
        settings.register_profile("soak", max_examples=10 * settings.default.max_examples)
        settings.load_profile("soak")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not soaking():
        for item in items:
            if item.get_closest_marker("soak") is not None:
                item.add_marker(pytest.mark.skip(reason=f"a long form: `make soak` runs it ({SOAK}=1)"))


def soaking() -> bool:
    return os.environ.get(SOAK) == "1"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist is about to start a worker: tell it where the run's server is."""
    node.workerinput["postgres"] = str(_folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or _folder is None:
        return
    ready = embedded.find(_folder / "pg")
    for server in _kept or ([ready] if ready is not None else []):
        embedded.stop(server)
    shutil.rmtree(_folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> embedded.Server:
    """The run's server, with the migrated template in it."""
    assert _folder is not None
    with (_folder / "starting.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ready = embedded.ensure(_folder / "pg", {**embedded.SETTINGS, **embedded.UNSAFE_BUT_QUICK})
        if ready.process is not None:
            _kept.append(ready)
        asyncio.run(_template(ready))
    return ready


async def _template(server: embedded.Server) -> None:
    await migrating.found(server.url("postgres"), TEMPLATE)
    await migrating.migrate(server.url("estafet_owner", TEMPLATE))


@pytest.fixture(scope="session")
def database_name(server: embedded.Server) -> str:
    """Of this worker's own database: gw0, gw1 ... under pytest-xdist. Its key store is one for all tests."""
    asyncio.run(_key_store(server, f"{own_name()}_keys"))
    return own_name()


def own_name() -> str:
    return f"estafet_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def key_store(server: embedded.Server) -> str:
    """For a database of another name than this worker's: the same key store, whose keys are of persons of its own."""
    return server.url("estafet_keys", f"{own_name()}_keys")


async def _key_store(server: embedded.Server, name: str) -> None:
    await migrating.found(server.url("postgres"), name, roles="estafet_keys")
    await migrating.migrate(server.url("estafet_owner", name), migrating.KEYS)


@pytest.fixture
async def address(server: embedded.Server, database_name: str) -> addresses.Address:
    """Of a clean, migrated, empty database, as each of the roles."""
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(f"drop database if exists {database_name} with (force)")
    finally:
        await connection.close()
    await migrating.found(server.url("postgres"), database_name, TEMPLATE)
    keys = await asyncpg.connect(server.url("estafet_owner", f"{database_name}_keys"))
    try:
        await keys.execute("delete from data_key")
    finally:
        await keys.close()
    return addresses.derive(server.url("estafet_app", database_name))


@pytest.fixture
async def databases(address: addresses.Address) -> AsyncIterator[engines.Databases]:
    """Every pool of a running service, on a clean database."""
    opened = await engines.open_databases(address)
    yield opened
    await opened.close()


@pytest.fixture
async def superuser(server: embedded.Server, address: addresses.Address, database_name: str) -> AsyncIterator[Any]:
    """A connection of the database's superuser (asyncpg): to look behind row security, or to play the intruder."""
    connection = await asyncpg.connect(server.url("postgres", database_name))
    yield connection
    with suppress(asyncpg.PostgresError, OSError):
        await connection.close()


@pytest.fixture
def agreement() -> casework.agreements.Agreement:
    """The agreement that the service ships with."""
    return casework.agreements.parse(AGREEMENT.read_bytes())


@pytest.fixture
async def agreed(databases: engines.Databases, agreement: casework.agreements.Agreement) -> engines.Databases:
    """The databases, with the agreement and its ten parties written; no log yet."""
    async with transaction(databases.app, HOST) as tx:
        await database.agreements.write(tx.connection, agreement)
    return databases
