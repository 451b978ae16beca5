"""A service that is told to end: first nobody new is sent there, then what is under way ends, and who follows is told.

From a server in a process of its own, over real sockets, ended by SIGTERM as an operator's machinery does it.
"""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from database import addresses
from database.engines import Databases
from operations import host_keys
from tests.api import doors
from tests.api.doors import PROVINCE, Door
from tests.api.servers import REFERRALS, credentials, streaming, talking
from tests.cli.starts import Started, free_port, launched, wait_ready
from tests.operations import worlds
from tests.operations.worlds import JAKARTA

NOTICE = 2
ME = "query Mine { me { partyCode } }"
CASES = "query Ours { cases(first: 1) { edges { node { number } } } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where Jakarta's software finds the service, and what starts it."""

    jakarta: Door
    data: Path
    address: addresses.Address
    port: int

    @contextmanager
    def serving(self, notice: int = NOTICE) -> Iterator[Started]:
        told = {"ESTAFET_DATABASE_URL": self.address.app, "ESTAFET_NOTICE_SECONDS": str(notice)}
        with launched(self.data, self.port, demo=False, workers=1, **told) as service:
            wait_ready(service)
            yield service


@pytest.fixture
async def place(databases: Databases, address: addresses.Address, tmp_path: Path) -> AsyncIterator[Place]:
    keys, port = host_keys.create(tmp_path / "data" / "keys"), free_port()
    await worlds.found(databases, host=keys.host, log=keys.log, wrapping=keys.wrapping)
    url = f"http://localhost:{port}"
    async with httpx.AsyncClient(base_url=url) as http:
        door = await doors.registered(databases, http, JAKARTA, PROVINCE, "case-management")
        door = replace(door, partner=replace(door.partner, issuer=url))
        yield Place(jakarta=door, data=tmp_path / "data", address=address, port=port)


async def asked_anew(place: Place, path: str) -> httpx.Response:
    """On a connection of its own, as a balancer asks."""
    async with httpx.AsyncClient(base_url=place.jakarta.http.base_url) as http:
        return await http.get(path)


async def refused(place: Place) -> bool:
    try:
        await asked_anew(place, "/livez")
    except httpx.ConnectError:
        return True
    return False


async def until_refused(place: Place) -> None:
    for _ in range(100):
        if await refused(place):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it goes on listening")


async def test_not_ready_first_then_what_is_under_way_ends_and_who_follows_is_told(
    place: Place, superuser: Any
) -> None:
    with place.serving() as service:
        clock = asyncio.get_running_loop().time
        async with (
            talking(service.url, await credentials(place.jakarta)) as talk,
            streaming(place.jakarta, REFERRALS) as events,
        ):
            await talk.subscribe("1", REFERRALS)
            await talk.settled()
            async with superuser.transaction():
                await superuser.execute("lock table case_file in access exclusive mode")
                under_way = asyncio.create_task(place.jakarta.post(orjson.dumps({"query": CASES})))
                await asyncio.sleep(0.3)

                service.process.send_signal(signal.SIGTERM)
                told = clock()
                await asyncio.sleep(0.4)
                ready = await asked_anew(place, "/readyz")
                assert (ready.status_code, ready.text) == (503, "not ready: leaving\n")
                assert (await asked_anew(place, "/livez")).status_code == 200
                assert await place.jakarta.ask(ME) == {"me": {"partyCode": "ID-JK"}}
                assert await talk.silent()

                code, reason = await talk.closed()
                assert (code, clock() - told >= NOTICE) == (1012, True)
                assert "come back with `after`" in reason
                assert await events.ended()
                await until_refused(place)
                assert not under_way.done()
            answer = await under_way
            assert (answer.status_code, answer.json()["data"]) == (200, {"cases": {"edges": []}})
        out, err = await asyncio.to_thread(service.process.communicate, timeout=20)
    assert service.process.returncode == 128 + signal.SIGTERM
    assert "Estafet is ready" in out
    lines = [json.loads(line) for line in err.splitlines()]  # nothing else was said
    last = {line["kind"]: line for line in lines}
    assert (last["websocket"]["close"], last["events"]["status"]) == (1012, 200)
    held = next(line for line in lines if line.get("operations", [{}])[0].get("name") == "Ours")
    assert (held["status"], held["party"], held["ms"] > 1000 * NOTICE) == (200, "ID-JK", True)


async def test_who_is_in_a_hurry_ends_it_with_a_second_ctrl_c(place: Place) -> None:
    with place.serving(notice=60) as service:
        service.process.send_signal(signal.SIGINT)
        await asyncio.sleep(0.4)
        service.process.send_signal(signal.SIGINT)
        await asyncio.to_thread(service.process.communicate, timeout=20)  # far less, also on a busy machine
    assert service.process.returncode == 128 + signal.SIGINT
