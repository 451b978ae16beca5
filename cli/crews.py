"""Several processes behind one port: started, replaced when they end unasked, and ended together.

Promise: as many workers serve as were asked for; one that is killed is replaced; when this process is told to end, all
are told and waited for; when it is killed, each ends by itself. None is left behind.
Rules: a worker is an interpreter of its own, started anew (no fork of a process that has threads or a loop), which
inherits the listening sockets and nothing else. Ctrl-C in a terminal reaches this process alone, which passes on what
it means. A worker that is refused before it ever served is no accident: everything ends, with its words.
Elsewhere: what a worker does, `cli.serving`; what several processes share, docs/operations.md.
"""

import asyncio
import dataclasses
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final

from cli import ports
from cli.audit.endings import Stopped
from settings import Settings

log = logging.getLogger("estafet.workers")

MOST: Final = 16
PAUSE: Final = 1.0  # seconds before one that ended unasked is replaced
CONNECTIONS: Final = 180  # of the 200 that an embedded server gives
POOLS: Final = 5  # of a process
LEAST_BUDGET: Final = 20_000  # cost: as the knob's, so that the dearest document passes
READY: Final = "ready"
ENDS: Final = (signal.SIGTERM, signal.SIGINT)

Work = Callable[[int, Connection], tuple[Callable[..., None], tuple[object, ...]]]
"""What worker number so-and-so runs, and what it is given: it must be told `READY` or why not over the connection."""


@dataclass(slots=True, kw_only=True, eq=False)
class Crew:
    """The workers, while they serve."""

    work: Work
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    ready: set[int] = field(default_factory=set)
    all_ready: asyncio.Event = field(default_factory=asyncio.Event)
    running: dict[int, SpawnProcess] = field(default_factory=dict)
    refusal: str | None = None
    kind: signal.Signals | None = None  # what ended it

    def told(self, kind: signal.Signals) -> None:
        """A signal to this process: the first ends all gracefully, a second Ctrl-C cuts short what they wait for."""
        again = self.leaving.is_set()
        self.kind = self.kind or kind
        self.leaving.set()
        for process in self.running.values():
            send(process, signal.SIGINT if again and kind == signal.SIGINT else signal.SIGTERM)

    async def keep(self, number: int, count: int) -> None:
        """One worker after another, until all are to end."""
        while not self.leaving.is_set():
            ours, theirs = multiprocessing.Pipe(duplex=False)
            process = self.running[number] = started(*self.work(number, theirs), number)
            theirs.close()
            said = await heard(ours)
            if said == READY:
                self.ready.add(number)
                if len(self.ready) == count:
                    self.all_ready.set()
            await readable(process.sentinel)
            process.join()
            if self.leaving.is_set():
                return
            if number not in self.ready and (said is not None or process.exitcode == 1):
                self.refusal = said or "a fault at the start, above"
                self.told(signal.SIGTERM)
                return
            log.error("worker %d ended (%s); another is started", number, process.exitcode)
            await asyncio.wait({asyncio.create_task(self.leaving.wait())}, timeout=PAUSE)


async def keep(count: int, work: Work, *, all_ready: Callable[[], None], leave: Callable[[], None]) -> signal.Signals:
    """Serve with `count` workers until told to stop; by what. `all_ready` and then `leave` are called at their time."""
    crew = Crew(work=work)
    with signals(crew):
        tasks = [asyncio.create_task(crew.keep(number, count)) for number in range(1, count + 1)]
        watch = asyncio.create_task(crew.all_ready.wait())
        gone = asyncio.create_task(crew.leaving.wait())
        try:
            await asyncio.wait({watch, gone}, return_when=asyncio.FIRST_COMPLETED)
            if crew.all_ready.is_set():
                all_ready()
            await gone
            leave()
            await asyncio.gather(*tasks)
        finally:
            watch.cancel()
            for process in crew.running.values():
                if process.is_alive():  # only after a fault of this process
                    process.kill()
    if crew.refusal is not None:
        raise Stopped(f"it is not safe to serve: {crew.refusal}")
    return crew.kind or signal.SIGTERM


def end_as(kind: signal.Signals) -> None:
    """Leave with the exit code that one process would have."""
    if kind == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + kind)


def started(target: Callable[..., None], given: tuple[object, ...], number: int) -> SpawnProcess:
    """A process of its own. It is born deaf to Ctrl-C, until it has left this process's group."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=given, name=f"worker-{number}")
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return process


def apart() -> None:
    """In a worker, first of all: out of the terminal's reach, and listening for signals of its own."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # one that came meanwhile was meant for the terminal's group
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, ports.unwound)


def orphaned(end: Callable[[], None]) -> None:
    """In a worker's loop: `end` is called when the process that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("a worker has somebody who started it")
    loop, gone = asyncio.get_running_loop(), parent.sentinel

    def ended() -> None:
        loop.remove_reader(gone)
        end()

    loop.add_reader(gone, ended)


@contextmanager
def signals(crew: Crew) -> Iterator[None]:
    """Signals go to the crew; afterwards SIGTERM unwinds this process as before."""
    loop = asyncio.get_running_loop()
    for kind in ENDS:
        loop.add_signal_handler(kind, crew.told, kind)
    try:
        yield
    finally:
        for kind in ENDS:
            loop.remove_signal_handler(kind)
        signal.signal(signal.SIGTERM, ports.unwound)


def send(process: SpawnProcess, kind: signal.Signals) -> None:
    """A signal, unless it has ended and was waited for."""
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, kind)


async def heard(connection: Connection) -> str | None:
    """What a worker says first; None where it ended without a word."""
    await readable(connection.fileno())
    try:
        said = connection.recv()
    except EOFError:
        return None
    finally:
        connection.close()
    return said if isinstance(said, str) else None


async def readable(descriptor: int) -> None:
    """Until there is something to read, or the other end is closed."""
    loop, seen = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, seen.set)
    try:
        await seen.wait()
    finally:
        loop.remove_reader(descriptor)


def share(told: Settings, count: int, number: int) -> Settings:
    """Each worker's part of what is meant for the whole service, and of an embedded server's connections."""
    pool = max(1, CONNECTIONS // (POOLS * count)) if told.database_url is None else told.pool_size
    return dataclasses.replace(
        told,
        metrics=None if told.metrics is None else (told.metrics[0], told.metrics[1] + number - 1),
        cost_budget=max(LEAST_BUDGET, told.cost_budget // count),
        cost_per_second=max(1, told.cost_per_second // count),
        pool_size=min(told.pool_size, pool),
    )
