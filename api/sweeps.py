"""What goes on beside the requests: beating, publishing, collecting, expiring, noting, forgetting, each in a task.

Promise: a fault of one round is told to the operator and the next round goes on; a log that has diverged is not
published any further and is told every time; no breach is noted before an outage that would excuse it.
Rules: rounds at fixed intervals, whether or not anything happened. Checkpoints come at marks of the clock, whole
multiples of their interval, which are the same for all replicas and after every start: so the moment at which one
appears tells nothing, and two of them never lie closer together than the interval. Only a log of which nothing is
published yet does not wait for the first mark.
The first beat is before all of this and before serving (`api.app`): whoever starts tells of its silence first.
Witnesses are asked after each publication, in a task of its own: nothing waits for them.
Elsewhere: what a round does, `operations.outages`, `.publishing`, `.collecting`, `.expiring`, `.breaches`, `.events`.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from nacl.signing import SigningKey

from api import protections
from database import spans
from database.shelves import Shelf, Unreachable
from operations import breaches, collecting, events, expiring, outages, publishing
from operations.collecting import Collector
from operations.desks import Desk

log = logging.getLogger("estafet.sweeps")


Work = Callable[[], Awaitable[None]]
BEAT_SECONDS = 10.0  # a small part of the shortest outage that can be told, fifteen minutes (O7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often, and how long the host may be silent before that is an outage."""

    publish_seconds: float
    expire_seconds: float
    outage: timedelta


Round: TypeAlias = tuple[str, Work, float]
"""What is done again and again: its name, the work, and the seconds between."""


@asynccontextmanager
async def running(
    desk: Desk,
    shelf: Shelf,
    key: SigningKey,
    rhythm: Rhythm,
    failures: Counter[str],
    collector: Collector | None = None,
) -> AsyncIterator[None]:
    """The sweeps while the block lasts; each stops at what it is doing before that. `failures` counts, by name.

    A collector collects witnesses' signatures after each publication.
    """
    leaving, published = asyncio.Event(), asyncio.Event()

    async def publish() -> None:
        with spans.step("publish"):
            await publishing.publish(desk.databases, shelf, log=key, origin=desk.origin)
        published.set()

    async def collect() -> None:
        await either(published, leaving)
        if collector is not None and not leaving.is_set():
            published.clear()
            await collecting.collect(desk.databases, shelf, collector, log=key, origin=desk.origin)

    rounds = list(regular(desk, rhythm, leaving))
    if collector is not None:
        rounds.append(("collecting", collect, 0.0))
    names = ("publishing", *(name for name, _, _ in rounds))
    failures.update(dict.fromkeys(names, 0))  # nothing has failed: also a figure
    begun = await asyncio.to_thread(shelf.signed) is not None
    marked = at_marks("publishing", publish, rhythm.publish_seconds, leaving, failures, begun)
    tasks = [asyncio.create_task(each) for each in (*(repeated(*each, leaving, failures) for each in rounds), marked)]
    try:
        yield
    finally:
        leaving.set()
        await asyncio.gather(*tasks)


def regular(desk: Desk, rhythm: Rhythm, leaving: asyncio.Event) -> Iterator[Round]:
    """What is done again and again, from now on."""

    async def beat() -> None:
        await outages.beat(desk, rhythm.outage)

    async def expire() -> None:
        await expiring.expire_referrals(desk, leaving=leaving.is_set)

    async def note() -> None:
        # The database, or this machine, may have stood still and gone on without a new start.
        await outages.beat(desk, rhythm.outage)
        await breaches.note_breaches(desk, leaving=leaving.is_set)

    async def forget() -> None:
        await expiring.forget_requests(desk)
        await events.forget_events(desk)

    yield "beating", beat, BEAT_SECONDS
    yield "expiring", expire, rhythm.expire_seconds
    yield "noting", note, rhythm.expire_seconds
    yield "forgetting", forget, rhythm.expire_seconds


async def either(one: asyncio.Event, other: asyncio.Event) -> None:
    """Until one of them is set."""
    waits = [asyncio.create_task(each.wait()) for each in (one, other)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()


async def repeated(name: str, work: Work, seconds: float, leaving: asyncio.Event, failures: Counter[str]) -> None:
    """One round now and one each `seconds` until `leaving`; the round under way is finished."""
    while not leaving.is_set():
        await once(name, work, failures)
        await waited(leaving, seconds)


async def at_marks(
    name: str, work: Work, seconds: float, leaving: asyncio.Event, failures: Counter[str], begun: bool
) -> None:
    """A round at each mark until `leaving`, and one now where nothing was begun."""
    if begun:
        await waited(leaving, until_mark(seconds, time.time()))
    while not leaving.is_set():
        await once(name, work, failures)
        await waited(leaving, until_mark(seconds, time.time()))


def until_mark(seconds: float, now: float) -> float:
    """How long it is to the next mark; at a mark, to the one after it."""
    return seconds - now % seconds


async def once(name: str, work: Work, failures: Counter[str]) -> None:
    """One round, whose fault is told and counted."""
    try:
        await work()
    except publishing.Diverged as fault:
        failures[name] += 1
        log.critical("%s stopped short: %s", name, fault)
    except Unreachable as fault:
        failures[name] += 1
        log.error("%s failed: %s; it is tried again", name, fault)
    except Exception as fault:
        failures[name] += 1
        log.error("%s failed, fault %s; it is tried again", name, protections.noted(fault))


async def waited(leaving: asyncio.Event, seconds: float) -> None:
    """So long, or until the service leaves."""
    with suppress(TimeoutError):
        await asyncio.wait_for(leaving.wait(), seconds)
