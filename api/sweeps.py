"""What goes on beside the requests: publishing, expiring, forgetting; each in a task of its own until the service ends.

Promise: a fault of one round is told to the operator and the next round goes on; a log that has diverged is not
published any further and is told every time.
Rules: rounds at fixed intervals, whether or not anything happened, so that a checkpoint's appearance tells nothing.
Elsewhere: what a round does, `operations.publishing`, `operations.expiring` and `operations.events`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from nacl.signing import SigningKey

from api import protections
from database.shelves import Folder
from operations import events, expiring, publishing
from operations.desks import Desk

log = logging.getLogger("estafet.sweeps")


@asynccontextmanager
async def running(
    desk: Desk, shelf: Folder, key: SigningKey, *, publish_seconds: float, expire_seconds: float
) -> AsyncIterator[None]:
    """The sweeps, for as long as the block lasts; the last round ends before it is left."""
    leaving = asyncio.Event()

    async def publish() -> None:
        await publishing.publish(desk.databases, shelf, log=key, origin=desk.origin)

    async def expire() -> None:
        await expiring.expire_referrals(desk)

    async def forget() -> None:
        await expiring.forget_requests(desk)
        await events.forget_events(desk)

    tasks = [
        asyncio.create_task(repeated("publishing", publish, publish_seconds, leaving)),
        asyncio.create_task(repeated("expiring", expire, expire_seconds, leaving)),
        asyncio.create_task(repeated("forgetting", forget, expire_seconds, leaving)),
    ]
    try:
        yield
    finally:
        leaving.set()
        await asyncio.gather(*tasks)


async def repeated(name: str, work: Callable[[], Awaitable[None]], seconds: float, leaving: asyncio.Event) -> None:
    """One round now and one each `seconds` until `leaving`; the round under way is finished."""
    while not leaving.is_set():
        try:
            await work()
        except publishing.Diverged as fault:
            log.critical("%s stopped short: %s", name, fault)
        except Exception as fault:
            log.error("%s failed, fault %s; it is tried again", name, protections.noted(fault))
        try:
            await asyncio.wait_for(leaving.wait(), seconds)
        except TimeoutError:
            continue
