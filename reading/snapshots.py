"""One read-only snapshot of the database, as one party sees it.

Promise: all statements of an answer see the same moment and the same party's rows; the transaction has ended before
the first byte of the answer leaves, and nothing of it is left on the connection.
Rules: BEGIN and the party's settings go in one simple query, which takes no parameters: only texts of a closed
alphabet are written into it, everything else is bound in a query of its own. REPEATABLE READ, because a list and the
rows below it are several statements; READ ONLY but where a trail is left, because an answer changes nothing else.
Elsewhere: transactions that change something, `database.transaction`; what the settings decide, `database/migrations`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from .asking import Asking

BEGIN = "begin isolation level repeatable read"
PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,200}", re.ASCII)  # no quote, no backslash, no NUL


class Connection(Protocol):
    """what is used of asyncpg's, which has no types"""

    async def execute(self, query: str, *args: Any) -> Any: ...
    async def fetch(self, query: str, *args: Any) -> list[Any]: ...


class Pool(Protocol):
    def acquire(self) -> AbstractAsyncContextManager[Any]: ...


@asynccontextmanager
async def snapshot(pool: Pool, asking: Asking, *, trailed: bool = False) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection:
        await begin(connection, asking, BEGIN if trailed else f"{BEGIN} read only")
        try:
            yield connection
        except BaseException:
            await connection.execute("rollback")
            raise
        await connection.execute("commit")


async def begin(connection: Connection, asking: Asking, how: str) -> None:
    told = {"app.party": asking.party, "app.subject": asking.subject, "app.purpose": asking.purpose}
    if all(PLAIN.fullmatch(value) for value in told.values()):
        settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in told.items())
        await connection.execute(f"{how}; select {settings}")
        return
    await connection.execute(how)
    try:
        await connection.fetch(
            "select set_config('app.party', $1, true), set_config('app.subject', $2, true), "
            "set_config('app.purpose', $3, true)",
            *told.values(),
        )
    except BaseException:
        await connection.execute("rollback")
        raise
