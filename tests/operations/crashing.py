"""One act, or one beat, in a process that kills itself at a given point, without a word or a chance to clean up.

Promise: the code that runs is the service's own; only here is it wrapped, and only to die.
Run by `tests/operations/test_interruptions.py` and `test_interrupted_duties.py`, which tell everything on standard
input.
"""

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any

from nacl.signing import SigningKey
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.principals import Principal
from database import addresses, engines, journal
from operations import handovers, obligations, outages
from operations.desks import Desk
from operations.submissions import OpeningInput, SubmissionInput
from tests.operations.worlds import ORIGIN, WRAPPING, agreement

POINTS = ("before the entry", "after the entry", "at the commit", "after the commit")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


ROOMS = {"agree_waiver": obligations, "agree_pause": obligations, "resume": obligations}


async def run(told: dict[str, Any]) -> None:
    databases = await engines.open_databases(addresses.derive(told["url"]))
    host = SigningKey(bytes.fromhex(told["host"]))
    desk = Desk(databases=databases, agreement=agreement(), origin=ORIGIN, host=host, wrapping=lambda: WRAPPING)
    wound(told["point"], databases)
    if told["act"] == "beat":
        await outages.beat(desk, timedelta(minutes=15))
    else:
        await act(desk, told)
    if told["point"] == "after the commit":
        die()


async def act(desk: Desk, told: dict[str, Any]) -> None:
    by = Principal(**{**told["by"], "scopes": frozenset()})
    openings = tuple(OpeningInput(**each) for each in told["given"]["openings"])
    given = SubmissionInput(**{**told["given"], "openings": openings})
    await getattr(ROOMS.get(told["act"], handovers), told["act"])(desk, by, given)


def wound(point: str, databases: engines.Databases) -> None:
    append = journal.append

    async def dying(connection: AsyncConnection, entry: journal.Entry, *changes: journal.Change) -> journal.Appended:
        if point == "before the entry":
            die()
        appended = await append(connection, entry, *changes)
        if point == "after the entry":
            die()
        return appended

    journal.append = dying
    if point == "at the commit":
        for engine in (databases.app, databases.worker):
            event.listen(engine.sync_engine, "commit", lambda _: die())


if __name__ == "__main__":
    asyncio.run(run(json.load(sys.stdin)))
