"""The service with its published files in an object store: served from there, unharmed while it is away."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import app
from cli import servers
from database import safety
from database.addresses import Address
from ledger import verifier
from operations import host_keys
from operations.publishing import Diverged
from settings import Settings
from tests.database import stores
from tests.database.stores import Way
from tests.operations import restored, stages
from tests.operations.stages import Stage


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with stores.serving() as address, stores.credentials():
        stores.make(address, "kept")
        yield address


@pytest.fixture
def way(moto: str) -> Iterator[Way]:
    with Way(int(moto.rpartition(":")[2])).laid() as way:
        yield way


@pytest.fixture
def told(way: Way, tmp_path: Path) -> Settings:
    store = f"s3://kept/{secrets.token_hex(8)}"
    return Settings(data=tmp_path, publish_seconds=1, ledger_store=store, store_endpoint=way.address)


@pytest.fixture
async def stage(address: Address, superuser: Any, told: Settings) -> AsyncIterator[Stage]:
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    async with stages.opened(address, superuser, began, host_keys.create(told.keys)) as stage:
        await stage.send()
        yield stage


async def shown(client: httpx.AsyncClient, superuser: Any) -> httpx.Response:
    async with asyncio.timeout(20):
        while (answer := await client.get("/ledger/checkpoint")).status_code != 200:
            await superuser.execute("select pg_sleep(0.05)")
    return answer


async def test_what_is_published_into_a_store_is_served_and_an_auditor_finds_nothing(
    stage: Stage, address: Address, told: Settings, superuser: Any
) -> None:
    async with app.service(told, address) as asgi:
        transport = httpx.ASGITransport(asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            checkpoint = await shown(client, superuser)
            assert checkpoint.headers["cache-control"] == "no-cache"
            shelf = servers.shelf(told)
            size = (await asyncio.to_thread(verifier.verify, shelf)).size
            tile = await client.get(f"/ledger/tile/0/000.p/{size}")
            assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert len(tile.content) == 32 * size
            assert (await client.get("/ledger/checkpoints")).text == f"{size}\n"
            assert (await client.get(f"/ledger/checkpoints/{size}")).content == checkpoint.content
            assert (await client.get("/ledger/checkpoints/99")).status_code == 404
            assert (await client.get(f"/ledger/tile/entries/000.p/{size}")).status_code == 401
            assert (await client.get("/ledger/signed")).status_code == 404
            assert (await client.get("/readyz")).status_code == 200
    assert (await asyncio.to_thread(verifier.verify, shelf)).clean
    assert not told.published.exists(), "nothing of it lies on this machine"


async def test_while_the_store_is_away_acts_are_taken_in_and_no_secret_is_told(
    stage: Stage, address: Address, told: Settings, way: Way, caplog: pytest.LogCaptureFixture, superuser: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    async with app.service(told, address) as asgi:
        transport = httpx.ASGITransport(asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            await shown(client, superuser)
            assert (await client.get("/readyz")).status_code == 200
            way.mood = "failing"
            answer = await client.get("/ledger/checkpoint")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert stores.SECRET not in answer.text
            assert (await client.get("/ledger/checkpoints")).status_code == 503
            before = await superuser.fetchval("select size from ledger_head")
            await stage.send()
            assert await superuser.fetchval("select size from ledger_head") == before + 1
            async with asyncio.timeout(30):
                while "publishing failed: the store of published files failed at" not in caplog.text:
                    await superuser.execute("select pg_sleep(0.05)")
            assert (await client.get("/readyz")).status_code == 200, "who has seen it once can still be served"
            way.mood = "open"
            async with asyncio.timeout(30):
                while f"\n{before + 1}\n" not in (await client.get("/ledger/checkpoint")).text:
                    await superuser.execute("select pg_sleep(0.05)")
    assert stores.SECRET not in caplog.text
    assert (await asyncio.to_thread(verifier.verify, servers.shelf(told))).clean


async def test_a_restored_database_does_not_start_on_what_the_store_holds(
    stage: Stage, address: Address, told: Settings, superuser: Any
) -> None:
    async with app.service(told, address) as asgi:
        transport = httpx.ASGITransport(asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            await shown(client, superuser)
    await restored.cut(superuser, 5)
    with pytest.raises(Diverged, match="fewer entries"):
        async with app.service(told, address):
            pytest.fail("it started")
    assert await superuser.fetchval("select size from ledger_head") == 5, "not even its silence was entered"


async def test_a_store_that_shows_entries_to_strangers_is_not_started_on(
    stage: Stage, address: Address, told: Settings, moto: str
) -> None:
    shelf = servers.shelf(told)
    assert told.ledger_store is not None
    await asyncio.to_thread(shelf.replace_signed, None, b"a note")
    with pytest.raises(Diverged):
        async with app.service(told, address):
            pytest.fail("it started")
    key = told.ledger_store.removeprefix("s3://kept/") + "/private/probe"
    stores.administrator(moto).put_object_acl(Bucket="kept", Key=key, ACL="public-read")
    with pytest.raises(safety.Unsafe, match="to strangers"):
        async with app.service(told, address):
            pytest.fail("it started")
