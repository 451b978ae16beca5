"""A real service on a real port, a sidecar beside it, and software that knows nothing of tokens.

Promise: nothing is faked: the service checks every token and proof, the sidecar reads a client's file and listens on a
socket; a test may stop the service and have it back on the same port.
Elsewhere: the command in a process of its own, `tests.cli.starts`.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from nacl.signing import SigningKey

import auth.clients
import auth.keys
from api import app
from auth.scopes import SCOPES
from cli import clients, ports, signing_states
from cli.audit import credentials
from cli.audit.credentials import Credentials
from cli.connect import applications, commands, desks, doors, policies, stores, upstreams
from cli.connect.policies import Policy
from cli.connect.signers import Signer
from cli.connect.upstreams import Upstream
from cli.key_files import StatementKey
from cli.signing_states import State
from database.addresses import Address
from database.engines import Databases
from operations import host_keys
from settings import Settings
from tests.api.servers import served
from tests.cli.starts import free_port
from tests.operations import worlds
from tests.operations.worlds import JAKARTA, World

PROVINCE = frozenset(SCOPES) - {"ledger:read"}


@dataclass(slots=True, kw_only=True)
class Place:
    """A service that can be stopped and started, and who is registered there."""

    settings: Settings
    address: Address
    databases: Databases
    world: World
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return self.settings.issuer

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The service, answering."""
        async with app.service(self.settings, self.address) as asgi, served(asgi, self.settings, self.port):
            yield

    async def client(self, name: str, party: str = JAKARTA, scopes: frozenset[str] = PROVINCE) -> Path:
        """A new client's file."""
        private = clients.fresh()
        async with self.databases.auth.begin() as connection:
            await auth.clients.add(
                connection,
                client_id=name,
                party=party,
                name=name,
                keys=[auth.keys.public(private)],
                scopes=scopes,
                purposes=["case-management"],
                at=datetime.now(UTC),
            )
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(clients.document(self.settings, name, party, sorted(scopes), private)))
        return file


@contextmanager
def signing(place: Place, party: str = JAKARTA, **limits: Any) -> Iterator[Signer]:
    """The party's key in a sidecar's hand, its memory in the place's folder."""
    hand = place.world.hands[party]
    key = StatementKey(name=hand.name, signing=hand.key)
    allowed: dict[str, Any] = {"kinds": policies.SIGNED_ALONE, "daily": 100, **limits}
    with stores.opened(place.folder / f"store-{party}", key) as store:
        if not store.state.exists():
            host = bytes(place.world.desk.host.verify_key).hex()
            signing_states.write(store.state, State(key=key.name, host=host))
        yield Signer(key=key, policy=Policy(**allowed), store=store)


@asynccontextmanager
async def place(databases: Databases, address: Address, folder: Path) -> AsyncIterator[Place]:
    """A founded log and the means to serve it."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    settings = Settings(data=folder, publish_seconds=3600, demo=True, issuer=issuer, cost_budget=10_000_000)
    keys = host_keys.create(settings.keys)
    world = await worlds.found(databases, host=keys.host, log=keys.log, wrapping=keys.wrapping)
    yield Place(settings=settings, address=address, databases=databases, world=world, port=port, folder=folder)


@dataclass(slots=True, kw_only=True)
class Beside:
    """A sidecar that listens, and software that asks it."""

    url: str
    upstream: Upstream
    http: httpx.AsyncClient
    server: commands.Sidecar

    async def ask(self, query: str, **variables: object) -> httpx.Response:
        return await self.http.post("/graphql", json={"query": query, "variables": variables})


@asynccontextmanager
async def beside(
    who: Credentials | Path, *origins: str, signer: Signer | None = None, port: int | None = None
) -> AsyncIterator[Beside]:
    """The sidecar of a client."""
    known = credentials.read(who) if isinstance(who, Path) else who
    port, leaving = port or free_port(), asyncio.Event()
    taken = ports.listening("127.0.0.1", port)
    http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)
    async with upstreams.opened(known) as upstream, desks.opened(signer, upstream) as desk, http:
        routes = [] if desk is None else desk.routes()
        asgi = applications.application(doors.door(port, origins), upstream, leaving, routes)
        server = commands.Sidecar(commands.config(asgi), leaving, known, port)
        async with listening(server, taken):
            yield Beside(url=f"http://127.0.0.1:{port}", upstream=upstream, http=http, server=server)


@asynccontextmanager
async def listening(server: commands.Sidecar, taken: list[socket.socket]) -> AsyncIterator[None]:
    """The server, from when it answers until it is gone."""
    running = asyncio.create_task(server.serve(sockets=taken))
    try:
        for _ in range(500):
            await asyncio.sleep(0.01)
            if server.started:
                break
        yield
    finally:
        server.should_exit = True
        await running
        for each in taken:
            each.close()


def unregistered(folder: Path, issuer: str) -> Path:
    """The file of a client that no register knows."""
    told = clients.document(Settings(data=folder, issuer=issuer), "panti-1", JAKARTA, ["cases:read"], clients.fresh())
    (folder / "panti-1.json").write_text(json.dumps(told))
    return folder / "panti-1.json"


def other_key(file: Path) -> Credentials:
    """The same client with a key that the register does not know."""
    known = credentials.read(file)
    return Credentials(
        issuer=known.issuer,
        client_id=known.client_id,
        party=known.party,
        scopes=known.scopes,
        kid=known.kid,
        client_key=SigningKey.generate(),
        proof_key=known.proof_key,
    )
