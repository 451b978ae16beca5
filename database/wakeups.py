"""Waking up whoever waits for the outbox: a bell in this process, and word to and from the others.

Promise: after a commit, readers look again: at once in this process, within some 50 ms in the others, and within
seconds if every word is lost. A bell carries nothing: what has changed is read from the outbox, so a lost, doubled or
invented ring costs a look and never an event.
Rules: NOTIFY is sent after the commit, on the listening connection, at most one each 50 ms. Never inside an act: there
it would take a lock of the whole server at the commit, and every act of every database would queue behind it. The
connection is one of its own, out of any pool; when it breaks it is made anew, slower each time, and until then
everybody looks at each attempt. While it stands the head of the ledger is compared every few seconds, which also finds
out that the other end is gone.
Elsewhere: what is read, `database.outbox`; who rings, `operations`, once its transaction has committed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]  # it has no types

log = logging.getLogger("estafet.wakeups")

CHANNEL: Final = "estafet_outbox"
LISTENING: Final = "estafet listening"  # the connection's name, for operators
GAP: Final = 0.05  # seconds between two rings, and between two notices to the others
POLL: Final = 2.0
_SOONEST, _LATEST = 0.1, 5.0  # seconds before a broken connection is made anew
_PATIENCE: Final = 5.0


@dataclass(slots=True)
class Bell:
    """Rung after every commit that has put something into the outbox."""

    rings: int = 0
    _next: asyncio.Event = field(default_factory=asyncio.Event)
    _to_tell: asyncio.Event = field(default_factory=asyncio.Event)
    _last: float = -1.0
    _soon: asyncio.TimerHandle | None = None

    def ring(self) -> None:
        """Something was committed here. Many rings at once are one ring."""
        self._to_tell.set()
        self._sound_soon()

    async def rung(self, since: int) -> None:
        """Wait until the bell has rung since it had rung so often: taken before looking, no ring is missed."""
        while self.rings == since:
            await self._next.wait()

    def _sound_soon(self) -> None:
        if self._soon is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._last + GAP - loop.time()
        if wait <= 0:
            self._sound()
        else:
            self._soon = loop.call_later(wait, self._sound)

    def _sound(self) -> None:
        self._soon = None
        self._last = asyncio.get_running_loop().time()
        self.rings += 1
        self._next.set()
        self._next = asyncio.Event()

    @asynccontextmanager
    async def listening(self, url: str) -> AsyncIterator[None]:
        """Hear the other processes and tell them, for as long as the block lasts."""
        task = asyncio.create_task(self._always(url))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])  # awaiting it would take a cancellation of ours for its own

    async def _always(self, url: str) -> None:
        delay = _SOONEST
        while True:
            try:
                async with _connected(url) as connection:
                    delay = _SOONEST
                    await self._exchange(connection)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("not listening for changes (%s); again in %.1f s", type(fault).__qualname__, delay)
            self._sound_soon()
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LATEST)

    async def _exchange(self, connection: Any) -> None:
        """Until the connection breaks, which raises."""
        own = connection.get_server_pid()

        def heard(_: Any, sender: int, *__: Any) -> None:
            if sender != own:
                self._sound_soon()

        connection.add_termination_listener(lambda _: self._to_tell.set())
        await connection.add_listener(CHANNEL, heard)
        head = -1  # something may have been missed
        while True:
            try:
                async with asyncio.timeout(POLL if head >= 0 else 0):
                    await self._to_tell.wait()
            except TimeoutError:
                size = await connection.fetchval("select size from ledger_head", timeout=_PATIENCE)
                if size != head:
                    self._sound_soon()
                head = size or 0
                continue
            self._to_tell.clear()
            await connection.execute(f"notify {CHANNEL}", timeout=_PATIENCE)
            await asyncio.sleep(GAP)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    settings = {"application_name": LISTENING, "statement_timeout": "5000"}
    connection = await asyncpg.connect(url, server_settings=settings, timeout=_PATIENCE)
    try:
        yield connection
    finally:
        connection.terminate()  # at once: nothing on it is worth a farewell
