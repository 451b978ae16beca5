"""Fifty follow, five hundred events happen: each is told to each of them once, in order, whatever breaks in between.

Half of them follow over websockets, half by server-sent events, from a server in a process of its own. While writers go
on, some of their acts are undone, the server's listening connection is killed, twice, and the server itself is ended
and started again; who followed comes back with the last cursor.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
from websockets.exceptions import WebSocketException

from database import addresses, journal, outbox, wakeups
from database.engines import Databases
from database.outbox import Event, Topic
from database.transaction import transaction
from operations import host_keys
from tests.api import doors
from tests.api.doors import PROVINCE, Door
from tests.api.servers import REFERRALS, Ended, credentials, streaming, talking
from tests.cli.starts import Started, free_port, launched, wait_ready
from tests.database import acts
from tests.operations import worlds
from tests.operations.worlds import EAST_JAVA, JAKARTA

SUBSCRIBERS, EVENTS, REFERRED, WRITERS = 50, 500, 10, 4
BROKEN = (OSError, TimeoutError, WebSocketException, httpx.HTTPError, Ended)


@dataclass(slots=True)
class Subscriber:
    """One that follows and comes back until it has heard as many events as there are."""

    door: Door
    url: str
    over_websocket: bool
    heard: list[str] = field(default_factory=list)
    visits: int = 0

    async def follow(self) -> None:
        while len(self.heard) < EVENTS:
            with suppress(*BROKEN):  # whatever it is, the cursor is what counts
                self.visits += 1
                async with self._events(self.heard[-1] if self.heard else "0-0") as events:
                    async for cursor in events:
                        self.heard.append(cursor)
                        if len(self.heard) >= EVENTS:
                            return
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def _events(self, after: str) -> AsyncIterator[AsyncIterator[str]]:
        if self.over_websocket:
            async with talking(self.url, await credentials(self.door)) as talk:
                await talk.subscribe("1", REFERRALS, after=after)
                yield self._cursors(lambda: talk.heard(30))
        else:
            async with streaming(self.door, REFERRALS, after=after) as events:

                async def next_one() -> Any:
                    message = await events.heard(30)
                    payload = json.loads(message["data"])
                    assert message["id"] == payload["data"]["referralChanged"]["cursor"]
                    return {"payload": payload}

                yield self._cursors(next_one)

    async def _cursors(self, next_one: Any) -> AsyncIterator[str]:
        while True:
            message = await next_one()
            told = message["payload"]["data"]["referralChanged"]
            assert told["referral"]["version"] >= 1
            yield str(told["cursor"])


async def act(databases: Databases, referral: UUID, party: str, undone: bool) -> None:
    """The referral's next version, its entry and its event; or none of them."""

    class Undone(Exception):
        pass

    said = acts.statement()
    told = Event(topic=Topic.REFERRAL, object_id=referral, referral_id=referral, from_party=JAKARTA, to_party=EAST_JAVA)
    with suppress(Undone):
        async with transaction(databases.app, acts.asker(party)) as tx:
            entry = acts.entry(party, "fitness.certified", said, referral=referral)
            appended = await journal.append(tx.connection, entry, acts.moved(referral, said, {}))
            await outbox.put(tx.connection, appended.index, appended.at, [told])
            if undone:
                raise Undone
    databases.bell.ring()


async def write(databases: Databases, referrals: list[UUID], number: int, counted: list[None]) -> None:
    """One writer among several, until there are enough events."""
    chance = Random(number)  # noqa: S311  # the same story each time
    while len(counted) < EVENTS:
        undone = chance.random() < 0.1
        if not undone:
            counted.append(None)
        await act(databases, chance.choice(referrals), chance.choice((JAKARTA, EAST_JAVA)), undone)
        await asyncio.sleep(0.02)


@contextmanager
def serving(data: Path, address: addresses.Address, port: int) -> Iterator[Started]:
    """`estafet serve` on this database."""
    # Nobody reads what it says while it runs: a log of every request would fill the pipe and stop it.
    told = {"ESTAFET_DATABASE_URL": address.app, "ESTAFET_REQUEST_LOG": "off", "ESTAFET_NOTICE_SECONDS": "0"}
    with launched(data, port, demo=False, workers=1, **told) as service:
        wait_ready(service)
        yield service


async def broken_now_and_then(
    data: Path, address: addresses.Address, port: int, superuser: Any, counted: list[None], heard: asyncio.Event
) -> None:
    """The service: listening connection killed at a quarter and at three, ended and started again at the half."""
    for last in (EVENTS // 2, EVENTS):
        service = serving(data, address, port)
        await asyncio.to_thread(service.__enter__)
        try:
            await reached(counted, last - EVENTS // 4)
            kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1"
            assert await superuser.fetchval(kill, wakeups.LISTENING) >= 1
            await reached(counted, last)
            if last == EVENTS:
                await heard.wait()
        finally:
            await asyncio.to_thread(service.__exit__, None, None, None)


async def reached(counted: list[None], events: int) -> None:
    for _ in range(6000):
        if len(counted) >= events:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{len(counted)} events only")


@pytest.fixture
async def doors_of(databases: Databases, tmp_path: Path) -> AsyncIterator[tuple[list[Door], list[UUID], int]]:
    """Two ends of ten referrals, registered with a service that is not there yet."""
    keys, port = host_keys.create(tmp_path / "data" / "keys"), free_port()
    world = await worlds.found(databases, host=keys.host, log=keys.log, wrapping=keys.wrapping)
    referrals = [await world.sent() for _ in range(REFERRED)]
    url = f"http://localhost:{port}"
    unlimited = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, limits=unlimited) as http:
        ends = []
        for party in (JAKARTA, EAST_JAVA):
            door = await doors.registered(databases, http, party, PROVINCE, "case-management")
            ends.append(replace(door, partner=replace(door.partner, issuer=url)))
        yield ends, referrals, port


async def test_fifty_subscribers_hear_five_hundred_events_each_once_and_in_order(
    databases: Databases,
    address: addresses.Address,
    superuser: Any,
    tmp_path: Path,
    doors_of: tuple[list[Door], list[UUID], int],
) -> None:
    ends, referrals, port = doors_of
    counted: list[None] = [None] * REFERRED
    url = f"http://localhost:{port}"
    subscribers = [Subscriber(ends[n % 2], url, over_websocket=n < SUBSCRIBERS // 2) for n in range(SUBSCRIBERS)]
    began = time.monotonic()
    everything = asyncio.Event()
    async with asyncio.timeout(120), databases.bell.listening(address.app), asyncio.TaskGroup() as tasks:
        tasks.create_task(broken_now_and_then(tmp_path / "data", address, port, superuser, counted, everything))
        following = [tasks.create_task(each.follow()) for each in subscribers]
        for number in range(WRITERS):
            tasks.create_task(write(databases, referrals, number, counted))
        await asyncio.wait(following)
        heard = time.monotonic()
        everything.set()
    asked = "select index || '-' || number as cursor from outbox where topic = 'referral' order by index, number"
    rows = await superuser.fetch(asked)
    expected = [row["cursor"] for row in rows]
    assert len(expected) >= EVENTS
    for each in subscribers:
        assert each.heard == expected[:EVENTS]
        assert each.visits >= 2  # it did come back
    assert heard - began < 90
