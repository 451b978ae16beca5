"""`estafet connect`: stand beside a partner's software and speak to the service for it.

Promise: it listens on this machine's loopback and nowhere else; ended, it lets those who follow go before it closes.
Rules: one client, one purpose; a statement key only together with a policy that limits what it signs alone.
Elsewhere: what it does there, `cli.connect.applications`; for partners, docs/partners.md.
"""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn
from starlette.applications import Starlette

from cli import key_files, ports, protocols
from cli.audit import credentials, screens
from cli.audit.connections import LOOPBACK
from cli.audit.credentials import Credentials
from cli.audit.endings import Stopped, application
from cli.connect import applications, desks, doors, policies, signers, stores, upstreams, visits
from cli.connect.doors import Door
from cli.connect.signers import Signer

app = application("A sidecar on this machine, through which any software speaks to the service.")
LARGEST_MESSAGE: Final = 101_000  # bytes on a websocket: what the service takes
FAREWELL: Final = 0.1  # seconds for the last messages of streams


@app.command(no_args_is_help=True)
def connect(
    client: Annotated[Path, typer.Option("--as", help="The client's file.", metavar="FILE")],
    listen: Annotated[str, typer.Option(help="Where, on this machine.", metavar="ADDR")] = "127.0.0.1:8710",
    origins: Annotated[
        list[str] | None,
        typer.Option("--origin", help="An origin whose pages may ask, such as a local GraphiQL's; repeat it."),
    ] = None,
    purpose: Annotated[str | None, typer.Option(help="Purpose of the tokens, where the client has several.")] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key", help="A statement key, to sign and act by itself.", metavar="FILE")
    ] = None,
    policy_file: Annotated[
        Path | None, typer.Option("--policy", help="What it may sign: {kinds, daily, to, log, host}.", metavar="FILE")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="What it remembers and the acts that wait; FILE.connect, if left out.", metavar="DIR"),
    ] = None,
    log: Annotated[
        Path | None, typer.Option(help="A folder of log files, by which receipts are known; once.", metavar="DIR")
    ] = None,
) -> None:
    """A sidecar on this machine, through which any software speaks to the service.

    Example: estafet connect --as CLIENT.json &
    curl http://127.0.0.1:8710/graphql --json '{"query": "{ me { partyCode } }"}'
    """
    host, port = address(listen)
    who = credentials.read(client)
    door = doors.door(port, origins or ())
    with ExitStack() as ends:
        place = store or client.with_name(f"{client.name}.connect")
        signer = ends.enter_context(signing(who, key_file, policy_file, place, log))
        signal.signal(signal.SIGTERM, ports.unwound)
        taken = ports.listening(host, port, "Name another port with --listen.")
        for each in taken:
            ends.callback(each.close)
        log_visits()
        asyncio.run(serving(who, purpose, door, taken, signer))


@contextmanager
def signing(
    who: Credentials, key_file: Path | None, policy_file: Path | None, place: Path, log: Path | None
) -> Iterator[Signer | None]:
    """The statement key with its policy and its memory, where one was named."""
    if (key_file is None) != (policy_file is None):
        raise Stopped("--key and --policy go together: a program that signs alone needs limits")
    if key_file is None or policy_file is None:
        yield None
        return
    key, policy = key_files.read(key_file), policies.read(policy_file)
    if key.party != who.party:
        raise Stopped(f"the key is {key.party}'s, and the client {who.party}'s")
    with stores.opened(place, key) as store:
        yield signers.ready(key, policy, store, log)


def address(listen: str) -> tuple[str, int]:
    """Host and port; nothing but loopback, since whoever reaches it is the client."""
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65_535:
        raise Stopped(f"{listen} is not an address such as 127.0.0.1:8710")
    if host not in LOOPBACK:
        raise Stopped(
            f"the sidecar listens on this machine only, not on {host or 'every address'}",
            advice="Whoever reaches it speaks as your client. Run one beside each program that needs it.",
        )
    return host, int(port)


def log_visits() -> None:
    """One bare line for each request, on standard error."""
    written = logging.StreamHandler(sys.stderr)
    written.setFormatter(logging.Formatter("%(message)s"))
    visits.log.addHandler(written)
    visits.log.setLevel(logging.INFO)
    visits.log.propagate = False


async def serving(
    who: Credentials, purpose: str | None, door: Door, taken: list[socket.socket], signer: Signer | None
) -> None:
    """Serve until told to stop."""
    leaving = asyncio.Event()
    async with upstreams.opened(who, purpose=purpose) as upstream, desks.opened(signer, upstream) as desk:
        asgi = applications.application(door, upstream, leaving, [] if desk is None else desk.routes())
        await Sidecar(config(asgi), leaving, who, taken[0].getsockname()[1]).serve(sockets=taken)


def config(asgi: Starlette) -> uvicorn.Config:
    """How it speaks here: as the service does, to fewer."""
    return uvicorn.Config(
        asgi,
        http=protocols.Requests,
        ws=protocols.Sockets,
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="critical",  # faults have their line in our own log, without what was asked
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


class Sidecar(uvicorn.Server):
    """A server that says where it listens, and lets those who follow go before it ends."""

    def __init__(self, config: uvicorn.Config, leaving: asyncio.Event, who: Credentials, port: int) -> None:
        super().__init__(config)
        self._leaving, self._who, self._port = leaving, who, port

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            where = f"http://127.0.0.1:{self._port}/graphql"
            screens.out().print(f"{where} is {self._who.client_id} of {self._who.party} at {self._who.issuer}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell those who follow, then close what is left."""
        self._leaving.set()
        await asyncio.sleep(FAREWELL)
        await super().shutdown(sockets)
