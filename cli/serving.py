"""`estafet serve`: the service, with everything it needs started before it and stopped after it.

Promise: it listens only when it is safe to serve and, in a demo, when the data is in; whatever ends it, its PostgreSQL
ends with it. What it prints at the end works when pasted.
Rules: what is unsafe is refused before the port is taken, and the port is taken before anything is written: a mistake
costs nothing.
Elsewhere: the application, `api.app`; how long a request may take, `cli.protocols`; a demo, `cli.demo.seeding`.
"""

import asyncio
import dataclasses
import logging
import os
import signal
import socket
from contextlib import AsyncExitStack, ExitStack
from typing import Annotated

import typer
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import State

from api import app as door
from cli import ports, protocols, servers
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


@app.command()
def serve(
    demo: Annotated[bool, typer.Option("--demo", help="Ten provinces, invented people, this machine only.")] = False,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "localhost",
    port: Annotated[int, typer.Option(help="Which port.", envvar="PORT", min=1, max=65535)] = 8000,
    data: servers.Data = None,
) -> None:
    """The service; with --demo on data of its own making.

    Without ESTAFET_DATABASE_URL it runs a PostgreSQL of its own in the data folder. Stop it with Ctrl-C.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    told = dataclasses.replace(servers.told(data), demo=demo)
    if not demo if told.request_log is None else told.request_log:
        log_requests()
    if "ESTAFET_ISSUER" not in os.environ:
        told = dataclasses.replace(told, issuer=f"http://localhost:{port}")
    guards.require_safe(told, host)
    if demo:
        told = in_demo(told)
    signal.signal(signal.SIGTERM, ports.unwound)  # by default Python would end without closing anything
    sockets = ports.listening(host, port)
    try:
        if told.metrics is not None:
            sockets += listening_aside(*told.metrics, beside=port)
        guards.require_own_kind(told)
        run(told, sockets)
    finally:
        for each in sockets:
            each.close()


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


def listening_aside(host: str, port: int, *, beside: int) -> list[socket.socket]:
    """The sockets for figures; by their port the application tells what comes there from what comes to the others."""
    advice = "Name another port in ESTAFET_METRICS."
    if port == beside:
        raise Stopped(f"ESTAFET_METRICS: port {port} is the service's own", advice=advice)
    return ports.listening(host, port, advice)


def run(told: Settings, sockets: list[socket.socket]) -> None:
    """Database, keys, demo data, service; and all of it down again."""
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
            asyncio.run(serving(told, address, sockets))
        except Away as fault:
            raise Stopped(f"the key store cannot be reached ({fault})", advice="See ESTAFET_KEYS_URL.") from None
        except (Unsafe, Unreachable, NotBegun, host_keys.Unusable, WrapperMissing, Diverged) as fault:
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
        await server(asgi, told).serve(sockets=sockets)


def server(asgi: Starlette, told: Settings) -> "Announcing":
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
    return Announcing(config, told, asgi.state)


class Announcing(uvicorn.Server):
    """A server that says when it can be used, and how; and lets those who follow go before it ends."""

    def __init__(self, config: uvicorn.Config, told: Settings, state: State) -> None:
        super().__init__(config)
        self._told = told
        self._state = state

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            invitations.show(self._told, screens.out())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Be not ready, serve on until that was seen, tell those who follow, then close what is left."""
        self._state.parting.set()
        await self._serve_on(0 if self._told.demo else self._told.notice_seconds)
        self._state.leaving.set()
        await asyncio.sleep(FAREWELL)
        await super().shutdown(sockets)

    async def _serve_on(self, seconds: float) -> None:
        """A second Ctrl-C cuts it short."""
        for _ in range(round(seconds / TICK)):
            if self.force_exit:
                return
            await asyncio.sleep(TICK)
