"""Whether the process lives, and whether it can serve.

Promise: `/livez` is 200 while the process answers at all, whatever becomes of its database. `/readyz` is 200 only while
the process means to stay, the database answers in time, its tables are of this program's own revision and the log has a
published checkpoint, which a demo has once its data is in. Otherwise it is 503 and one word; why is the operator's.
Rules: anybody may ask, so that the database is asked once a second at most, by one at a time; that the process is about
to leave is told at once. It is asked through the pool of sign-in: who cannot get a connection there can serve nobody.
Elsewhere: the revision, `database.migrating`; who ends the service, `cli.serving`.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api import protections
from database import migrating
from database.engines import Databases
from database.shelves import SHOWN, Shelf, Unreachable

FRESH = {"Cache-Control": "no-store"}
HELD = 1.0  # seconds for which a look counts
PATIENCE = 3.0  # seconds: those who ask, ask every few seconds

Lacking = Literal["leaving", "database", "migrations", "checkpoint"]


@dataclass(slots=True, kw_only=True)
class Readiness:
    """What there must be to serve."""

    databases: Databases
    published: Shelf
    parting: asyncio.Event  # set: the process is about to leave
    newest: str = field(default_factory=migrating.newest)
    _shown: bool = False
    _found: Lacking | None = None
    _looked: float = float("-inf")
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def lacking(self) -> Lacking | None:
        """The first thing that is not there."""
        if not self.parting.is_set():
            async with self._one:
                now = asyncio.get_running_loop().time
                if now() - self._looked >= HELD:
                    self._found = await self._look()
                    self._looked = now()
        return "leaving" if self.parting.is_set() else self._found

    async def _look(self) -> Lacking | None:
        try:
            async with asyncio.timeout(PATIENCE), self.databases.auth.connect() as connection:
                revision = await migrating.revision(connection)
        except Exception as fault:  # whatever it is, nobody can be served
            protections.noted(fault)
            return "database"
        if revision != self.newest:
            return "migrations"
        try:
            async with asyncio.timeout(PATIENCE):
                self._shown = await asyncio.to_thread(self.published.read, SHOWN) is not None
        except (Unreachable, OSError, TimeoutError) as fault:
            protections.noted(fault)  # acts are taken in all the same: what was seen once is not gone
        return None if self._shown else "checkpoint"


def routes(readiness: Readiness) -> list[Route]:
    """/livez and /readyz."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n", headers=FRESH)

    async def ready(_: Request) -> Response:
        lacking = await readiness.lacking()
        if lacking is not None:
            return PlainTextResponse(f"not ready: {lacking}\n", status_code=503, headers=FRESH)
        return PlainTextResponse("ok\n", headers=FRESH)

    return [Route("/livez", alive, methods=["GET"]), Route("/readyz", ready, methods=["GET"])]
