"""How a contestant in Python is served: uvicorn as the service has it, on one port of this machine.

Promise: what differs between two contestants in Python is the application, not the server around it.
Elsewhere: the service's own server, `cli.serving`.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import orjson
import uvicorn

from cli import protocols

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Answering = Callable[[dict[str, Any]], Awaitable[bytes]]

URL, PARTY = os.environ.get("DATABASE", ""), os.environ.get("PARTY", "")
POOL = int(os.environ.get("POOL", "8"))
SETTINGS = {"timezone": "UTC", "plan_cache_mode": "force_generic_plan", "jit": "off"}
HEADERS = [(b"content-type", b"application/json; charset=utf-8")]


def pool(settings: dict[str, str] = SETTINGS) -> "asyncpg.Pool[asyncpg.Record]":
    """Connections as the application's role."""
    return asyncpg.create_pool(
        URL, min_size=0, max_size=POOL, statement_cache_size=1000, max_inactive_connection_lifetime=0,
        server_settings=settings,
    )  # fmt: skip


def bare(answering: Answering) -> App:
    """An ASGI application that is nothing but a POST of JSON."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        content = await answering(orjson.loads(body))
        headers = [*HEADERS, (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


def serve(opened: Callable[[], AbstractAsyncContextManager[App]]) -> None:
    """Serve until told to stop."""

    async def main() -> None:
        async with opened() as app:
            config = uvicorn.Config(
                app, host="127.0.0.1", port=int(os.environ["PORT"]), http=protocols.Requests, lifespan="off",
                log_level="warning", access_log=False, server_header=False, proxy_headers=False,
            )  # fmt: skip
            server = Announcing(config)
            await server.serve()

    asyncio.run(main())


class Announcing(uvicorn.Server):
    """Says when it listens."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
