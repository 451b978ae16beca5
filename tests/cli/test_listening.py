"""Where `estafet serve` listens, and what it refuses before it has written anything."""

import asyncio
import socket

import pytest

from cli import serving
from tests.cli.starts import free_port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_an_answer_does_not_wait_for_the_callers_acknowledgement(host: str) -> None:
    """A kept-alive connection is without Nagle's delay, which would hold every second packet back for 40 ms."""
    seen = asyncio.get_running_loop().create_future()

    def joined(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        seen.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    port = free_port()
    sockets = serving.listening(host, port)
    servers = [await asyncio.start_server(joined, sock=each) for each in sockets]
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        assert await asyncio.wait_for(seen, 10)
    finally:
        writer.close()
        for server in servers:
            server.close()
