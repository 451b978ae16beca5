"""The server around a witness's door: alone in its process, or beside a service in a demo.

Promise: it says where it listens as soon as it does; beside a service it takes no signal, and ends when told to.
Elsewhere: the door, `cli.witness.doors`; how long a request may take, `cli.protocols`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from cli import protocols
from cli.witness import doors
from cli.witness.doors import Door


class Server(uvicorn.Server):
    """A witness's server."""

    def __init__(self, door: Door, host: str, port: int, *, alone: bool) -> None:
        config = uvicorn.Config(
            doors.application(door),
            host=host,
            port=port,
            http=protocols.Requests,
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
        super().__init__(config)
        self.listening = asyncio.Event()
        self._alone = alone

    @property
    def address(self) -> str:
        """Where it listens."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        self.listening.set()  # or it could not, and has said so

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the service's, where there is one."""
        if not self._alone:
            yield
            return
        with super().capture_signals():
            yield


@asynccontextmanager
async def beside(several: Sequence[Door]) -> AsyncIterator[list[str]]:
    """Witnesses on ports of this machine that are free, while the block lasts; where they listen."""
    servers = [Server(door, "127.0.0.1", 0, alone=False) for door in several]
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    try:
        for server in servers:
            await server.listening.wait()
        yield [server.address for server in servers]
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)
