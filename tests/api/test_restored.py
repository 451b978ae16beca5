"""A database that was put back under a running service: nothing is published, and the operator is told every time."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api import app
from database.addresses import Address
from operations import host_keys
from operations.publishing import Diverged
from settings import Settings
from tests.api.conftest import House
from tests.api.test_metrics import figures
from tests.operations import digests, restored, stages


async def published(house: House, size: int) -> None:
    for _ in range(200):
        if await figures(house.jakarta.http, "estafet_ledger_published") == size:
            return
        await asyncio.sleep(0.05)
    raise AssertionError


@pytest.mark.parametrize("again", [0, 3])
async def test_a_restored_database_is_not_published_and_log_and_figures_tell(
    house: House, superuser: Any, caplog: pytest.LogCaptureFixture, again: int
) -> None:
    http, name = house.jakarta.http, "estafet_sweep_failures_total"
    size = await superuser.fetchval("select size from ledger_head")
    await published(house, size)
    before = {path: path.read_bytes() for path in house.settings.published.rglob("*") if path.is_file()}
    failed = await figures(http, name, sweep="publishing")
    assert failed is not None
    await restored.cut(superuser, size - 2)
    for _ in range(again):
        await superuser.execute(
            "select set_config('app.party', 'HOST', false), ledger_append("
            "encode(sha256(random()::text::bytea), 'hex'), '{}', 'host.outage', 'HOST', null, 'HOST/host', null, null)"
        )
    for _ in range(100):
        if (await figures(http, name, sweep="publishing") or 0) >= failed + 2:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("the figure does not grow")
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(told) >= 2
    assert {line.split(":")[0] for line in told} == {"publishing stopped short"}
    assert {path: path.read_bytes() for path in house.settings.published.rglob("*") if path.is_file()} == before
    assert await figures(http, "estafet_ledger_published") == size


async def test_no_service_starts_on_it_and_nothing_is_entered(superuser: Any, address: Address, tmp_path: Path) -> None:
    """Its own silence, of three days, would be the first entry where another one was published."""
    settings = Settings(data=tmp_path, publish_seconds=3600, demo=True)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    async with stages.opened(address, superuser, began, host_keys.create(settings.keys)) as stage:
        await stage.send()
        await stage.beat()
        assert (await stage.world.audited(settings.published)).clean
    size = await superuser.fetchval("select size from ledger_head")
    await restored.cut(superuser, size - 1)
    before = await digests.digest(superuser)
    with pytest.raises(Diverged, match=f"fewer entries than the {size}"):
        async with app.service(settings, address):
            raise AssertionError
    assert await digests.digest(superuser) == before
