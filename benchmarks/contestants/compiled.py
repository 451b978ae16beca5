"""Estafet's reading without its checks: the same plans, statements and writers behind a bare ASGI door.

Promise: the answer is made by `reading` alone; there is no token, no proof, no budget and no log of requests, as the
others have none.
Elsewhere: the whole service, `estafet serve`.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from auth.scopes import SCOPES
from benchmarks.contestants.doors import PARTY, App, bare, pool, serve
from reading.answers import answer
from reading.asking import Asking
from reading.catalogue import CATALOGUE
from reading.ids import Cursors
from reading.plans import Plans
from schema.language import build, core


@asynccontextmanager
async def opened() -> AsyncIterator[App]:
    plans = Plans(core(build()), CATALOGUE, Cursors(secrets.token_bytes(32)))
    asking = Asking(party=PARTY, subject="benchmark", purpose="case-management", scopes=frozenset(SCOPES))
    async with pool() as connections:

        async def answering(asked: dict[str, Any]) -> bytes:
            question = plans.plan(asked["query"], asked.get("operationName"), asked.get("variables"))
            return await answer(question, asking, connections)

        yield bare(answering)


if __name__ == "__main__":
    serve(opened)
