"""The desk that an administrator's command works at: the host's own, on the log in the data folder.

Promise: a command acts through the same operations as the service, as the host, and closes what it opened.
Elsewhere: finding the database, `cli.servers`; the desk, `operations.desks`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli.audit.endings import FOUND, Stopped
from database.addresses import Address
from database.engines import Databases, Limits, open_databases
from operations import host_keys
from operations.desks import Desk
from operations.opening import NotBegun, open_desk
from operations.refusals import Rejected
from settings import Settings


@asynccontextmanager
async def databases(address: Address) -> AsyncIterator[Databases]:
    """A few connections, for one command."""
    try:
        opened = await open_databases(address, Limits(connections=1, reading=1))
    except OSError as fault:
        raise Stopped(f"the database cannot be reached: {fault}") from None
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def desk(told: Settings, address: Address) -> AsyncIterator[Desk]:
    """The host's desk."""
    try:
        host, wrapping = host_keys.read_signing(told.keys / host_keys.HOST), host_keys.read_wrapping(told.keys)
    except host_keys.Unusable as fault:
        raise Stopped(str(fault)) from None
    async with databases(address) as opened:
        try:
            found = await open_desk(opened, host, wrapping)
        except NotBegun as fault:
            raise Stopped(str(fault)) from None
        yield found


def refused(answer: Rejected) -> Stopped:
    """Why an operation did not do it."""
    return Stopped("; ".join(error.message for error in answer.errors), code=FOUND)
