"""`estafet serve`: the service, with everything it needs started before it and stopped after it.

Promise: it listens only when it is safe to serve and, in a demo, when the data is in; whatever ends it, its PostgreSQL
ends with it. What it prints at the end works when pasted.
Rules: what is unsafe is refused before the port is taken, and the port is taken before anything is written: a mistake
costs nothing. With --workers this process keeps what there is one of (database, port, a demo's witnesses) and serves
nothing itself.
Elsewhere: the application, `api.app`; several processes, `cli.crews`; how long a request may take, `cli.protocols`; a
demo, `cli.demo.seeding`.
"""

import asyncio
import dataclasses
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from multiprocessing.connection import Connection
from typing import Annotated

import typer
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import State

from api import app as door
from cli import crews, ports, protocols, servers
from cli.audit import screens
from cli.audit.endings import Stopped, application
from cli.demo import files, guards, invitations, seeding, watching
from cli.demo.seeding import Demo
from database.addresses import Address
from database.safety import Unsafe
from database.shelves import Unreachable
from database.vaults import Away
from operations import host_keys
from operations.opening import NotBegun
from operations.publishing import Diverged
from operations.resealing import WrapperMissing
from settings import Settings

app = application("The service; with --demo on data of its own making.")
DEMO_PUBLISHES = 2  # seconds between checkpoints
DEMO_COST = 10_000_000  # at once, and each second
FAREWELL = 0.1  # seconds for the last messages of streams
TICK = 0.1  # seconds
LOGGED = "%(levelname)s %(name)s: %(message)s"
UNSAFE = (Unsafe, Unreachable, NotBegun, host_keys.Unusable, WrapperMissing, Diverged)


@app.command()
def serve(
    demo: Annotated[bool, typer.Option("--demo", help="Ten provinces, invented people, this machine only.")] = False,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "localhost",
    port: Annotated[int, typer.Option(help="Which port.", envvar="PORT", min=1, max=65535)] = 8000,
    data: servers.Data = None,
    workers: Annotated[int, typer.Option(help="Processes behind the port.", min=1, max=crews.MOST)] = 1,
) -> None:
    """The service; with --demo on data of its own making.

    Without ESTAFET_DATABASE_URL it runs a PostgreSQL of its own in the data folder. Stop it with Ctrl-C.
    """
    logging.basicConfig(level=logging.WARNING, format=LOGGED)
    told = dataclasses.replace(servers.told(data), demo=demo)
    if logs_requests(told):
        log_requests()
    if "ESTAFET_ISSUER" not in os.environ:
        told = dataclasses.replace(told, issuer=f"http://localhost:{port}")
    guards.require_safe(told, host)
    if demo:
        told = in_demo(told)
    signal.signal(signal.SIGTERM, ports.unwound)  # by default Python would end without closing anything
    public = ports.listening(host, port)
    sockets = list(public)
    try:
        asides: list[list[socket.socket]] = []
        for more in range(workers):  # each has counted its own alone, and tells it at a port of its own
            asides.append([] if told.metrics is None else aside(*told.metrics, more, beside=port))
            sockets += asides[-1]
        guards.require_own_kind(told)
        run(told, public, asides)
    finally:
        closed(sockets)


def closed(sockets: list[socket.socket]) -> None:
    """Not listening any more, as far as this process goes."""
    for each in sockets:
        each.close()


def logs_requests(told: Settings) -> bool:
    """Whether each request is a line."""
    return not told.demo if told.request_log is None else told.request_log


def log_requests() -> None:
    """One line of JSON for each request, bare, on standard error."""
    written = logging.StreamHandler()
    written.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("estafet.requests")
    log.addHandler(written)
    log.setLevel(logging.INFO)
    log.propagate = False


def in_demo(told: Settings) -> Settings:
    """What is different in a demo: checkpoints come quickly, and budgets of cost allow a test suite."""
    return dataclasses.replace(
        told,
        publish_seconds=min(told.publish_seconds, DEMO_PUBLISHES),
        cost_budget=max(told.cost_budget, DEMO_COST),
        cost_per_second=max(told.cost_per_second, DEMO_COST),
    )


def aside(host: str, first: int, more: int, *, beside: int) -> list[socket.socket]:
    """The sockets for figures; by their port the application tells what comes there from what comes to the others."""
    advice = "Name another port in ESTAFET_METRICS."
    port = first + more
    if port == beside:
        raise Stopped(f"ESTAFET_METRICS: port {port} is the service's own", advice=advice)
    if port > 65535:
        raise Stopped("ESTAFET_METRICS: each process takes a port, and there are not as many", advice=advice)
    return ports.listening(host, port, advice)


def run(told: Settings, public: list[socket.socket], asides: list[list[socket.socket]]) -> None:
    """Database, keys, demo data, service or services; and all of it down again. `asides`: one for each process."""
    unfinished = told.demo and not files.whole(told.data)
    if told.demo and told.database_url is not None:
        asyncio.run(guards.require_own_database(told, servers.given(told, told.database_url)))
    if unfinished:
        files.claim(told.data)
        files.forget(told.data)
    with ExitStack() as ends:
        with screens.err().status("starting the database" if told.database_url is None else "migrating the database"):
            address = ends.enter_context(servers.started(told, anew=unfinished))
        try:
            own = host_keys.create(told.keys)
            if unfinished:
                make(Demo(data=told.data, issuer=told.issuer, address=address, own=own))
            if told.demo:
                files.move(told.data, told.issuer)
            if len(asides) == 1:
                asyncio.run(serving(told, address, public + asides[0]))
            else:
                crews.end_as(asyncio.run(served_by_several(told, address, public, asides)))
        except Away as fault:
            raise Stopped(f"the key store cannot be reached ({fault})", advice="See ESTAFET_KEYS_URL.") from None
        except UNSAFE as fault:
            raise Stopped(f"it is not safe to serve: {fault}") from None


def make(demo: Demo) -> None:
    """Make the demo, with a bar."""
    with screens.bar() as bar:
        task = bar.add_task("making demo data", total=None)
        asyncio.run(seeding.make(demo, lambda done, of: bar.update(task, completed=done, total=of)))


async def serving(told: Settings, address: Address, sockets: list[socket.socket]) -> None:
    """Serve until told to stop."""
    async with AsyncExitStack() as ends:
        if told.demo:
            witnesses = await ends.enter_async_context(watching.present(told.data))
            told = dataclasses.replace(told, witnesses=tuple(witnesses.values()))
        asgi = await ends.enter_async_context(door.service(told, address))
        await server(asgi, told, lambda: invitations.show(told, screens.out())).serve(sockets=sockets)


async def served_by_several(
    told: Settings, address: Address, public: list[socket.socket], asides: list[list[socket.socket]]
) -> signal.Signals:
    """Have several processes serve until told to stop; what told. The witnesses of a demo are this process's."""
    async with AsyncExitStack() as ends:
        if told.demo:
            witnesses = await ends.enter_async_context(watching.present(told.data))
            told = dataclasses.replace(told, witnesses=tuple(witnesses.values()))
        share = partial(crews.share, told, len(asides))
        return await crews.keep(
            len(asides),
            lambda number, said: (one_of_several, (share(number), address, public + asides[number - 1], said)),
            all_ready=lambda: invitations.show(told, screens.out()),
            leave=lambda: closed([*public, *(each for several in asides for each in several)]),
        )


def one_of_several(told: Settings, address: Address, sockets: list[socket.socket], said: Connection) -> None:
    """One of several processes, from its first moment."""
    crews.apart()
    logging.basicConfig(level=logging.WARNING, format=LOGGED)
    if logs_requests(told):
        log_requests()
    try:
        asyncio.run(served_by_one(told, address, sockets, said))
    except Away as fault:
        said.send(f"the key store cannot be reached ({fault})")
    except UNSAFE as fault:
        said.send(str(fault))


async def served_by_one(told: Settings, address: Address, sockets: list[socket.socket], said: Connection) -> None:
    """Serve until told to stop, or until who started this process is gone."""
    async with door.service(told, address) as asgi:
        serving = server(asgi, told, lambda: said.send(crews.READY))
        crews.orphaned(serving.left_alone)
        await serving.serve(sockets=sockets)


def server(asgi: Starlette, told: Settings, announce: Callable[[], None]) -> "Announcing":
    """The server around the application."""
    config = uvicorn.Config(
        asgi,
        http=protocols.Requests,
        ws=protocols.Sockets,
        ws_max_size=door.MOST_MESSAGE,
        ws_per_message_deflate=False,  # a few small messages
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return Announcing(config, 0 if told.demo else told.notice_seconds, announce, asgi.state)


class Announcing(uvicorn.Server):
    """A server that says when it can be used, and how; and lets those who follow go before it ends."""

    def __init__(self, config: uvicorn.Config, notice: float, announce: Callable[[], None], state: State) -> None:
        super().__init__(config)
        self._notice = notice
        self._announce = announce
        self._state = state

    def left_alone(self) -> None:
        """Nobody is there any more who would give notice for it: end at once."""
        self._notice, self.should_exit = 0, True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Be not ready, serve on until that was seen, tell those who follow, then close what is left."""
        self._state.parting.set()
        await self._serve_on(self._notice)
        self._state.leaving.set()
        await asyncio.sleep(FAREWELL)
        await super().shutdown(sockets)

    async def _serve_on(self, seconds: float) -> None:
        """A second Ctrl-C cuts it short."""
        for _ in range(round(seconds / TICK)):
            if self.force_exit:
                return
            await asyncio.sleep(TICK)
