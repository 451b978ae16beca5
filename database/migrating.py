"""From an empty server to today's tables, and from yesterday's tables to today's.

Promise: `migrate` may be run at any time, by any number of processes: one migrates, the others wait and find it done.
It takes a lock only if it gets it soon, and fails rather than stop a running service.
Rules: migrations run as `estafet_owner`, which is no superuser; only `found`, for the embedded server, acts as one.
There are no downgrades: a log cannot be taken back, and a restored backup is refilled from what was published.
Elsewhere: the statements, `database/migrations`; is it safe to serve, `database.safety`.
"""

from pathlib import Path
from typing import cast

import asyncpg  # type: ignore[import-untyped]  # it has no types
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import AdaptedConnection, Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from database import engines

FOLDER = Path(__file__).parent / "migrations"
KEYS = Path(__file__).parent / "key_migrations"  # of the key store
_ONE_AT_A_TIME = 7_305_201_607  # any number, the same in every process


ROLES = "estafet_app, estafet_auth, estafet_worker, estafet_auditor"


async def found(superuser_url: str, name: str, template: str = "template0", roles: str = ROLES) -> None:
    """Roles and a new database that `roles` may enter, where we are superuser; one that exists stays as it is."""
    connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute((FOLDER / "roles.sql").read_text(encoding="utf-8"))
        if not await connection.fetchval("select true from pg_database where datname = $1", name):
            quoted, copied = _quoted(name), _quoted(template)
            await connection.execute(
                f"create database {quoted} owner estafet_owner template {copied} strategy file_copy"
            )
            await connection.execute(f"revoke all on database {quoted} from public")
            await connection.execute(f"grant connect on database {quoted} to {roles}")
    finally:
        await connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


async def migrate(owner_url: str, folder: Path = FOLDER) -> None:
    """Bring the tables to the newest revision; a no-op when they are."""
    engine = engines.open_engine(owner_url, engines.Limits(connections=1))
    try:
        async with engine.begin() as connection:
            # Waiting for another process that migrates is no lock on a table: it may take as long as that takes.
            await connection.execute(text("set local statement_timeout = '10min'"))
            await connection.execute(text("set local lock_timeout = 0"))
            await connection.execute(text(f"select pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
            await connection.execute(text("set local lock_timeout = '5s'"))
            await connection.run_sync(_upgrade, folder)
    finally:
        await engine.dispose()


def execute(*parts: str, folder: Path = FOLDER) -> None:
    """The statements of these files, for a migration that is under way."""
    # Several statements at once need the driver's simple protocol, in the transaction that SQLAlchemy has begun.
    op.get_bind().execute(text("select 1"))
    driver = cast(AdaptedConnection, op.get_bind().connection.dbapi_connection)
    for part in parts:
        _run(driver, (folder / part).read_text(encoding="utf-8"))


def _run(driver: AdaptedConnection, sql: str) -> None:
    driver.run_async(lambda raw: raw.execute(sql))


def forward_only() -> None:
    """The downgrade of every migration."""
    raise NotImplementedError(
        "migrations go forward only: restore a backup, then refill the log from what was published"
    )


def newest() -> str:
    """The revision to which `migrate` brings the tables."""
    head = ScriptDirectory.from_config(_config(FOLDER)).get_current_head()
    if head is None:
        raise FileNotFoundError(f"there are no migrations in {FOLDER}")
    return head


async def revision(connection: AsyncConnection) -> str | None:
    """The revision that the tables are of."""
    return (await connection.execute(text("select version_num from alembic_version"))).scalar_one_or_none()


def _upgrade(connection: Connection, folder: Path) -> None:
    config = _config(folder)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
