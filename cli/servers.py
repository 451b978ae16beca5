"""The database that a command works on: the one it was told, or the embedded server in the data folder.

Promise: a command beside a running service uses the service's own server; alone, it starts one and stops it again.
Rules: the address comes from settings; nothing else in `cli` puts URLs together.
Elsewhere: the embedded server, `database.embedded`; the tables, `database.migrating`.
"""

import asyncio
import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import typer

import settings
from cli.audit.endings import Stopped
from database import addresses, embedded, migrating, places
from database.accounts import AccountMissing
from database.addresses import Address
from database.safety import Unsafe
from database.shelves import Shelf
from settings import Settings

NAME: Final = "estafet"  # of the embedded server's database
KEYS: Final = "estafet_keys"  # of its key store

Data = Annotated[
    Path | None, typer.Option(help="The data folder.", envvar="DATA", metavar="DIR", show_default=".estafet")
]


def told(data: Path | None) -> Settings:
    """Settings from the environment, with the data folder from the command line."""
    try:
        read = settings.read(os.environ)
    except settings.Unusable as unusable:
        raise Stopped("the settings cannot be used:\n  " + "\n  ".join(unusable.faults)) from None
    return read if data is None else dataclasses.replace(read, data=data)


@contextmanager
def started(told: Settings, *, anew: bool = False) -> Iterator[Address]:
    """For the service: the server it alone looks after, migrated. `anew`: an embedded database is made from nothing."""
    if told.database_url is not None:
        address = given(told, told.database_url)
        asyncio.run(migrated(address))
        yield address
        return
    with unwound(), embedded.running(told.data / "pg") as server:
        yield asyncio.run(ready(server, anew=anew))


@contextmanager
def reached(told: Settings) -> Iterator[Address]:
    """For administration: the running server, or else one for as long as it takes."""
    if told.database_url is not None:
        yield given(told, told.database_url)
        return
    folder = told.data / "pg"
    if not (folder / "PG_VERSION").is_file():
        raise Stopped(f"there is no database in {told.data}", advice="Name another folder with --data, or start serve.")
    server = embedded.find(folder)
    if server is not None:
        yield addresses.derive(server.url("estafet_app", NAME), keys=server.url("estafet_keys", KEYS))
        return
    with unwound(), embedded.running(folder) as own:
        yield asyncio.run(ready(own, anew=False))


@contextmanager
def unwound() -> Iterator[None]:
    """Faults of starting PostgreSQL, in words."""
    try:
        yield
    except (embedded.FolderInUse, embedded.StartFailed, AccountMissing) as fault:
        raise Stopped(str(fault)) from None


def given(told: Settings, url: str) -> Address:
    """The address of a server that somebody else looks after."""
    return addresses.derive(
        url,
        auth=told.database_url_auth,
        worker=told.database_url_worker,
        owner=told.database_url_owner,
        keys=told.keys_url,
        keys_owner=told.keys_url_owner,
    )


def shelf(told: Settings) -> Shelf:
    """The published files that the settings name."""
    try:
        return places.shelf(told.published, told.ledger_store, told.ledger_store_private, endpoint=told.store_endpoint)
    except Unsafe as fault:
        raise Stopped(str(fault)) from None


async def ready(server: embedded.Server, *, anew: bool) -> Address:
    """The embedded server's database, made and migrated."""
    if anew:
        connection = await asyncpg.connect(server.url("postgres"))
        try:
            for name in (NAME, KEYS):
                await connection.execute(f"drop database if exists {name} with (force)")
        finally:
            await connection.close()
    await migrating.found(server.url("postgres"), NAME)
    await migrating.found(server.url("postgres"), KEYS, roles="estafet_keys")
    address = addresses.derive(server.url("estafet_app", NAME), keys=server.url("estafet_keys", KEYS))
    await migrate(address)
    return address


async def migrate(address: Address) -> None:
    """Both databases brought to this version."""
    await migrating.migrate(address.owner)
    await migrating.migrate(address.keys_owner, migrating.KEYS)


async def migrated(address: Address) -> None:
    """Tables of today, on a server that somebody else looks after."""
    try:
        await migrate(address)
    except (OSError, asyncpg.PostgresError) as fault:
        raise Stopped(f"the database cannot be migrated: {fault}") from None
