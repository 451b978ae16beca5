"""Where a service may be heard, and what a demo refuses to touch.

Promise: tokens cross no network in clear. A demo runs on this machine only, in a folder that a demo made, on a database
that this very demo made.
Rules: every refusal comes before anything is written or migrated.
Elsewhere: the marker of the folder, `cli.demo.files`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from auth import transports
from cli.audit.connections import LOOPBACK
from cli.audit.endings import Stopped
from cli.demo import files
from cli.demo.foundations import ORIGIN
from database.addresses import Address
from ledger import entries
from settings import Settings


def require_safe(told: Settings, host: str) -> None:
    """Plain http is for this machine alone; so is a demo, whose keys lie in files."""
    try:
        plain = urlsplit(transports.issuer(told.issuer)).scheme == "http"
    except transports.Insecure as fault:
        raise Stopped(f"ESTAFET_ISSUER={told.issuer}: {fault}") from None
    if told.demo and not plain:
        raise Stopped("a demo's issuer is http on this machine; unset ESTAFET_ISSUER")
    if told.demo and told.metrics is not None and told.metrics[0] not in LOOPBACK:
        raise Stopped(f"a demo listens on this machine only, not on {told.metrics[0]}; unset ESTAFET_METRICS")
    if told.demo and told.ledger_store is not None:
        raise Stopped("a demo publishes into its own folder; unset ESTAFET_LEDGER_STORE")
    if host in LOOPBACK:
        return
    if told.demo:
        raise Stopped(f"a demo listens on this machine only, not on {host}")
    if plain:
        advice = "Set ESTAFET_ISSUER to the https address under which others reach it."
        raise Stopped(
            f"the issuer {told.issuer} is for this machine alone, but {host} is heard beyond it", advice=advice
        )


def require_own_kind(told: Settings) -> None:
    """A demo's folder serves a demo, and no other folder does."""
    if told.demo:
        files.require_claimable(told.data)
    elif files.is_demo(told.data):
        raise Stopped(f"{told.data} holds a demo", advice="Add --demo, or name another folder with --data.")


async def require_own_database(told: Settings, address: Address) -> None:
    """A database of somebody else's is left alone."""
    async with connected(address.owner) as connection:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    tables = {row[0] for row in rows}
    if not tables:
        return
    if not {"alembic_version", "ledger_head"} <= tables:
        raise Stopped("the database holds tables that are not Estafet's; a demo does not touch it")
    async with connected(address.app) as connection:  # row security hides the log from its own tables' owner
        await require_own_log(connection, told)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """One connection, for a look."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError) as fault:
        raise Stopped(f"the database cannot be reached: {fault}") from None
    try:
        yield connection
    finally:
        await connection.close()


async def require_own_log(connection: "asyncpg.Connection[asyncpg.Record]", told: Settings) -> None:
    """The log in the database is the one whose anchor the folder holds."""
    await connection.execute("select set_config('app.party', 'HOST', false)")
    origin = await connection.fetchval("select origin from ledger_head")
    leaf = await connection.fetchval("select leaf from ledger_entry where index = 0")
    if origin is None and not files.whole(told.data):
        return
    if origin is None or not origin.startswith(ORIGIN):
        raise Stopped("the database holds a log that no demo made; a demo does not touch it")
    anchor = told.data / "demo" / files.ANCHOR
    if not anchor.is_file() or leaf is None or entries.anchor(bytes(leaf)) != anchor.read_text().strip():
        raise Stopped(f"the database holds another demo's log than {told.data}: give each its own")
