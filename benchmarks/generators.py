"""The load: sixteen connections that are kept alive, each asking again as soon as it is answered.

Promise: every answer is read whole and must be 200 without errors; one that is not ends the run. What is sent was made
before the clock started, so that the generator takes little of the core that it shares with PostgreSQL.
Rules: HTTP/1.1 as far as the contestants speak it: a length, or chunks.
Elsewhere: what is sent, `benchmarks.questions` and `benchmarks.partners`.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

CONNECTIONS = 16


@dataclass(slots=True)
class Load:
    """What is left to be asked, and what came of it."""

    requests: Iterator[bytes]
    until: float = 0.0
    answered: int = 0
    seconds: list[float] = field(default_factory=list)  # of each answer
    last: bytes = b""
    fault: str = ""
    open: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: Load) -> None:
        self.load, self.buffer, self.asked = load, bytearray(), 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.load.open += 1
        self._ask()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        answer = whole(self.buffer)
        if answer is None:
            return
        self.buffer.clear()
        now = time.perf_counter()
        self.load.answered += 1
        self.load.seconds.append(now - self.asked)
        self.load.last = answer
        if not answer.startswith(b"HTTP/1.1 200") or b'"errors":[{' in answer:
            self.load.fault = answer[:1000].decode(errors="replace")
        if now >= self.load.until or self.load.fault:
            self._leave()
        else:
            self._ask()

    def connection_lost(self, fault: Exception | None) -> None:
        self.load.open -= 1
        if self.load.open == 0:
            self.load.ended.set()

    def _ask(self) -> None:
        request = next(self.load.requests, None)
        if request is None:
            return self._leave()
        assert self.transport is not None
        self.asked = time.perf_counter()
        self.transport.write(request)
        return None

    def _leave(self) -> None:
        assert self.transport is not None
        self.transport.close()


def whole(buffer: bytearray) -> bytes | None:
    """The answer, if all of it is there."""
    head, found, body = bytes(buffer).partition(b"\r\n\r\n")
    if not found:
        return None
    told = head.lower()
    if b"transfer-encoding: chunked" in told:
        return head + found + joined(body) if body.endswith(b"0\r\n\r\n") else None
    length = int(told.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    return bytes(buffer) if len(body) >= length else None


def joined(body: bytes) -> bytes:
    """Chunks as one."""
    told, rest = bytearray(), body
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return bytes(told)
        told += rest[:length]
        rest = rest[length + 2 :]


def post(body: bytes, *headers: str, path: str = "/graphql") -> bytes:
    """A request's bytes."""
    lines = [f"POST {path} HTTP/1.1", "host: localhost", "content-type: application/json", "accept: application/json"]
    return "\r\n".join([*lines, *headers, f"content-length: {len(body)}", "", ""]).encode() + body


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


async def load(port: int, requests: Iterator[bytes], seconds: float, connections: int = CONNECTIONS) -> Load:
    """Ask for so long, or until nothing is left to be asked."""
    loop = asyncio.get_running_loop()
    told = Load(requests, until=time.perf_counter() + seconds)
    for _ in range(connections):
        await loop.create_connection(lambda: Line(told), "127.0.0.1", port)
    await told.ended.wait()
    if told.fault:
        raise SystemExit(f"an answer that is none: {told.fault}")
    return told


async def one(port: int, request: bytes) -> bytes:
    """One answer's body."""
    return body_of((await load(port, iter([request]), 60, connections=1)).last)
