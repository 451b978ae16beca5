"""The application behind a real port, in this process: for stories that need a socket.

Promise: what is asked goes over HTTP and websockets as the command serves them; the service's parts stay in reach.
Elsewhere: a server in a process of its own, `tests.cli.starts`.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from cli import ports, serving
from settings import Settings
from tests.api.doors import Door
from tests.cli.starts import free_port

PROTOCOL = "graphql-transport-ws"
INIT = {"type": "connection_init"}
REFERRALS = "subscription($after: String, $referral: ID) { referralChanged(after: $after, referral: $referral) { cursor at referral { id version } } }"  # noqa: E501  # one line reads best
OBLIGATIONS = "subscription { obligationChanged { cursor obligation { kind state debtor { code } } } }"
HANDOVERS = "subscription($after: String) { handoverChanged(after: $after) { cursor handover { id } } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An application that listens."""

    port: int
    server: serving.Announcing

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@asynccontextmanager
async def served(app: Starlette, settings: Settings, port: int | None = None) -> AsyncIterator[Served]:
    """The application, listening as the command has it."""
    port = port or free_port()
    sockets = ports.listening("localhost", port)
    server = serving.server(app, settings, lambda: None)
    running = asyncio.create_task(server.serve(sockets=sockets))
    try:
        for _ in range(500):
            await asyncio.sleep(0.01)
            if server.started:
                break
        yield Served(port=port, server=server)
    finally:
        server.should_exit = True
        await running
        for each in sockets:
            each.close()


class Talk:
    """A websocket, as messages."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def heard(self, seconds: float = 5) -> Any:
        async with asyncio.timeout(seconds):
            return json.loads(await self.connection.recv())

    async def closed(self, seconds: float = 8) -> tuple[int, str]:
        """Code and reason; whatever is still heard before is let pass."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd is not None else (1006, "")

    async def silent(self, seconds: float = 0.3) -> bool:
        try:
            await self.heard(seconds)
        except TimeoutError:
            return True
        return False

    async def subscribe(self, id: str, query: str, **variables: object) -> None:
        await self.say({"id": id, "type": "subscribe", "payload": {"query": query, "variables": variables}})

    async def settled(self) -> None:
        """Until what was said before has been taken: the server takes one message after the other."""
        await self.say({"type": "ping", "payload": {"n": 1}})
        while await self.heard() != {"type": "pong", "payload": {"n": 1}}:
            pass
        await asyncio.sleep(0.3)


@asynccontextmanager
async def talking(url: str, headers: list[tuple[str, str]], *, init: bool = True, **more: Any) -> AsyncIterator[Talk]:
    """A websocket with these headers."""
    more.setdefault("subprotocols", [Subprotocol(PROTOCOL)])
    address = url.replace("http", "ws", 1) + more.pop("path", "/graphql")
    async with connect(address, additional_headers=headers, compression=None, **more) as connection:
        talk = Talk(connection)
        if init:
            await talk.say(INIT)
            assert await talk.heard() == {"type": "connection_ack"}
        yield talk


async def credentials(door: Door, method: str = "GET", **bent: object) -> list[tuple[str, str]]:
    """Token and proof for one request for /graphql."""
    lines = door.partner.asking(method, "/graphql", await door.token(), **bent)
    return [(name.decode(), value.decode()) for name, value in lines]


class Ended(Exception):
    """A stream is over."""


@dataclass(slots=True)
class Events:
    """A stream of server-sent events, read line by line."""

    answer: httpx.Response
    lines: AsyncIterator[str]

    async def heard(self, seconds: float = 5) -> dict[str, str]:
        """The next message; comments are let pass. `Ended` when the stream ends."""
        message: dict[str, str] = {}
        async with asyncio.timeout(seconds):
            while True:
                line = await anext(self.lines, None)
                if line is None:
                    raise Ended
                if not line and message:
                    return message
                name, _, value = line.partition(":")
                if name:
                    message[name] = value.removeprefix(" ")

    async def ended(self, seconds: float = 8) -> bool:
        try:
            while True:
                await self.heard(seconds)
        except Ended:
            return True


@asynccontextmanager
async def streaming(
    door: Door, query: str, *, accept: str = "text/event-stream", **variables: object
) -> AsyncIterator[Events]:
    """A subscription as server-sent events."""
    headers = [*(await credentials(door, "POST")), ("content-type", "application/json"), ("accept", accept)]
    content = orjson.dumps({"query": query, "variables": variables})
    async with door.http.stream("POST", "/graphql", headers=headers, content=content, timeout=30) as answer:
        yield Events(answer, answer.aiter_lines())
