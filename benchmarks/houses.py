"""A PostgreSQL with a population in it, and what a service needs beside it: keys, published files, clients.

Promise: `opened` gives a running server whose database is loaded, published and served from; one that was made before
for the same parameters on the same day is used again, and what was done in it meanwhile stays.
Rules: the server's settings are the service's own; only the buffers are told, so that machines differ less.
Elsewhere: the loading, `benchmarks.loads`; those who serve from it, `benchmarks.contestants`.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it has no types

import casework.agreements
import database.agreements
import ledger.keys
from auth import secret_files
from benchmarks import loads, logs, worlds
from benchmarks.populations import population
from database import addresses, embedded, engines, migrating
from database.addresses import Address
from database.shelves import Folder
from database.transaction import HOST, transaction
from ledger.statements import HOST_KEY
from operations import host_keys, publishing

NAME = "estafet_benchmark"
FORM = 3  # raised when what is loaded changes, so that kept houses are made anew
SETTINGS = {**embedded.SETTINGS, "shared_buffers": "1GB", "max_wal_size": "8GB", "jit": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A database that is served from."""

    folder: Path
    server: embedded.Server
    address: Address
    cases: int

    @property
    def superuser(self) -> str:
        return self.server.url("postgres", NAME)


def midnight() -> datetime:
    """Up to when is told: stories of yesterday and today can be gone on with."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@contextmanager
def opened(folder: Path, cases: int, *, published: bool = True, quick: bool = False) -> Iterator[House]:
    """The house of so many cases in a subfolder; `published`: with checkpoint and tiles, as a service leaves them."""
    target = folder / f"house-{FORM}-{cases}-{midnight():%Y%m%d}"
    settings = {**SETTINGS, **embedded.UNSAFE_BUT_QUICK} if quick else SETTINGS
    whole = target / "whole"
    if not whole.is_file():
        shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    with embedded.running(target / "pg", settings) as server:
        address = addresses.derive(server.url("estafet_app", NAME))
        house = House(folder=target, server=server, address=address, cases=cases)
        if not whole.is_file():
            asyncio.run(_make(house))
            whole.touch()
        asyncio.run(migrating.migrate(address.owner))  # one that was kept may be older than the newest migration
        if published:
            asyncio.run(_publish(house))
        yield house


async def _make(house: House) -> None:
    await migrating.found(house.server.url("postgres"), NAME)
    await migrating.found(house.server.url("postgres"), f"{NAME}_keys", roles="estafet_keys")
    await migrating.migrate(house.address.owner)
    await migrating.migrate(house.address.keys_owner, migrating.KEYS)
    agreement = casework.agreements.parse(logs.DATA.read_bytes())
    databases = await engines.open_databases(house.address)
    try:
        async with transaction(databases.app, HOST) as tx:
            await database.agreements.write(tx.connection, agreement)
    finally:
        await databases.close()
    write_keys(house.folder / "keys")
    wrapping = host_keys.read(house.folder / "keys").wrapping()
    clerk = await loads.fill(house.superuser, population(agreement, house.cases, midnight()), wrapping)
    await loads.keep_keys(house.address.keys_owner, clerk)


def write_keys(folder: Path) -> None:
    """The keys that the log was begun with; the others are made."""
    for name, key, of in ((host_keys.LOG, "log", "log"), (host_keys.HOST, "HOST/host", HOST_KEY)):
        document = json.dumps(ledger.keys.private_jwk(worlds.key(key), of), indent=2)
        secret_files.put_new(folder / name, document + "\n")
    host_keys.create(folder)


async def _publish(house: House) -> None:
    """Checkpoint, tiles and bundles, as the service would have written them over the year; nothing where they stand."""
    databases, own = await engines.open_databases(house.address), host_keys.read(house.folder / "keys")
    shelf = Folder(root=house.folder / "ledger")
    try:
        sys.stderr.write("publishing what is not published yet\n")
        documents = [(each.sha256, each.document) for each in (casework.agreements.parse(logs.DATA.read_bytes()),)]
        publishing.lay_out(shelf, log=own.log, origin=worlds.ORIGIN, documents=documents)
        await publishing.publish(databases, shelf, log=own.log, origin=worlds.ORIGIN)
    finally:
        await databases.close()


async def ids(house: House, party: str, wanted: int) -> list[str]:
    """Cases that this party may see, of every age and kind, as hex digits."""
    connection = await asyncpg.connect(house.superuser)
    try:
        asked = "select id from case_file where party = $1 order by sha256(id::text::bytea) limit $2"
        return [row["id"].hex for row in await connection.fetch(asked, party, wanted)]
    finally:
        await connection.close()
