"""A look of the host's worker in a process that kills itself at a given point of its first notice.

Promise: the code that runs is the service's own; only here is it wrapped, and only to die.
Run by `tests/operations/test_notices_killed.py`, which tells everything on standard input.
"""

import asyncio
import json
import sys
from datetime import datetime
from typing import Any

from nacl.signing import SigningKey
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from database import addresses, engines, journal
from operations import breaches, outages
from operations.desks import Desk
from tests.operations.crashing import die
from tests.operations.stages import ONE, QUARTER, set_clock
from tests.operations.worlds import ORIGIN, WRAPPING, agreement

POINTS = ("before the entry", "after the entry", "at the commit", "after the commit")


async def run(told: dict[str, Any]) -> None:
    databases = await engines.open_databases(addresses.derive(told["url"]), ONE)
    await set_clock(databases, datetime.fromisoformat(told["now"]))
    host = SigningKey(bytes.fromhex(told["host"]))
    desk = Desk(databases=databases, agreement=agreement(), origin=ORIGIN, host=host, wrapping=lambda: WRAPPING)
    wound(told["point"], databases)
    if told["look"] == "outage":
        await outages.beat(desk, QUARTER)
    else:
        await breaches.note_breaches(desk)
    die()


def wound(point: str, databases: engines.Databases) -> None:
    append, entered = journal.append, False

    async def dying(connection: AsyncConnection, entry: journal.Entry, *changes: journal.Change) -> journal.Appended:
        nonlocal entered
        if point == "before the entry":
            die()
        appended = await append(connection, entry, *changes)
        if point == "after the entry":
            die()
        entered = True
        return appended

    journal.append = dying
    if point == "at the commit":
        event.listen(databases.worker.sync_engine, "commit", lambda _: die() if entered else None)


if __name__ == "__main__":
    asyncio.run(run(json.load(sys.stdin)))
