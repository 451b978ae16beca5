"""Connections on which a request does not come, over real sockets: they end; those on which one has come do not."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from cli import protocols
from tests.api.servers import OBLIGATIONS, REFERRALS, credentials, streaming, talking
from tests.api.streets import Street

PATIENCE = 1.0
HEAD = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
POSTED = b"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols.Requests, "patience", PATIENCE)


class Caller:
    """Somebody with a socket and his own idea of HTTP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def say(self, words: bytes) -> None:
        self.writer.write(words)

    async def answer(self) -> bytes:
        """Status line of the next answer, which is read whole."""
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(
                line for line in head.lower().split(b"\r\n") if line.startswith((b"content-length:", b"transfer-"))
            )
            if length.startswith(b"content-length:"):
                await self.reader.readexactly(int(length.split(b":")[1]))
            else:
                await self.reader.readuntil(b"0\r\n\r\n")
            return head.split(b"\r\n")[0]

    async def ended(self, within: float = PATIENCE + 3) -> float:
        """How long it took until the other side ended it."""
        began = time.monotonic()
        async with asyncio.timeout(within):
            with suppress(ConnectionResetError):
                assert await self.reader.read() == b""
        return time.monotonic() - began


@asynccontextmanager
async def calling(street: Street) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", street.at.port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize("said", [b"", b"G", HEAD, HEAD + b"X-Long: " + b"a" * 1000, POSTED, POSTED + b"half a body"])
async def test_who_says_nothing_or_half_a_request_is_not_waited_for(street: Street, said: bytes) -> None:
    async with calling(street) as caller:
        caller.say(said)
        assert await caller.ended() > PATIENCE - 0.2
    await asyncio.sleep(0.05)
    assert not street.at.server.server_state.connections


async def test_a_request_byte_by_byte_is_no_quicker_than_one_that_does_not_come(street: Street) -> None:
    async with calling(street) as caller:

        async def dribble() -> None:
            for each in HEAD * 10:
                caller.say(bytes([each]))
                await asyncio.sleep(0.05)

        dribbling = asyncio.create_task(dribble())
        try:
            assert PATIENCE - 0.2 < await caller.ended() < PATIENCE + 1
        finally:
            dribbling.cancel()


async def test_after_an_answer_the_next_request_is_waited_for_as_long_and_no_longer(street: Street) -> None:
    async with calling(street) as caller:
        for _ in range(3):  # together longer than one is waited for
            caller.say(HEAD)
            await asyncio.sleep(0.4 * PATIENCE)
            caller.say(b"\r\n")
            assert await caller.answer() == b"HTTP/1.1 200 OK"
        caller.say(HEAD)  # the first byte of which ends the server's own wait for a next one
        assert await caller.ended() > PATIENCE - 0.2


async def test_two_requests_at_once_are_answered_and_half_a_third_is_not_waited_for(street: Street) -> None:
    async with calling(street) as caller:
        caller.say((HEAD + b"\r\n") * 2 + HEAD)
        assert [await caller.answer() for _ in range(2)] == [b"HTTP/1.1 200 OK"] * 2
        assert await caller.ended() > PATIENCE - 0.2


async def test_those_who_follow_may_be_silent(street: Street) -> None:
    async with (
        talking(street.url, await credentials(street.jakarta)) as talk,
        streaming(street.jakarta, OBLIGATIONS) as events,
    ):
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        await asyncio.sleep(2 * PATIENCE)
        await street.world.sent()
        assert (await talk.heard())["type"] == "next"
        assert (await events.heard())["event"] == "next"
