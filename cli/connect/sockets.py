"""A websocket to the service and back: many subscriptions, in whatever both ends agree on.

Promise: token and proof stand in the headers of the upgrade, and nowhere else; what the software here puts into
`connection_init`, where many put credentials, stays here. Who does not read is not read.
Rules: the service ends a socket when its token does (4401). Software that others wrote takes that for good; it is told
1012 instead, comes back, and finds a fresh token here. Close codes of any other kind go through, either way.
Elsewhere: what is said, `api.sockets`; who gets in, `cli.connect.doors`.
"""

import asyncio
import json
from contextlib import suppress
from typing import Final

from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from cli.audit.credentials import is_object
from cli.connect import roads, upstreams
from cli.connect.answers import Refusal
from cli.connect.upstreams import Upstream

LARGEST: Final = 8 * 1024 * 1024  # bytes of one message: an event's answer is some 256 kB
GOOD_FOR: Final = 150  # seconds that a token should have left when a stream begins with it
TOKEN_ENDED, RESTART, GONE_AWAY = 4401, 1012, 1001
SENDABLE: Final = (range(1000, 1004), range(1007, 1015), range(3000, 5000))


class Straight(connect):
    """A connection that is not led elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """A redirect is a refusal: the token goes to the service's own address alone."""
        return exc


async def carry(websocket: WebSocket, upstream: Upstream, leaving: asyncio.Event) -> None:
    """One socket, from the request for it to its close."""
    offered = [Subprotocol(each) for each in websocket.scope["subprotocols"]]
    try:
        line = await reached(upstream, offered)
    except Refusal as refusal:
        await websocket.send_denial_response(refusal.told.response())
        return
    except InvalidStatus as denied:
        await websocket.send_denial_response(passed(denied))
        return
    async with line:
        await websocket.accept(subprotocol=line.subprotocol)
        await talk(websocket, line, leaving)


async def reached(upstream: Upstream, offered: list[Subprotocol]) -> ClientConnection:
    """The service's end; a token that it takes no longer is asked anew, once."""
    for last in (False, True):
        token = await upstream.token(GOOD_FOR)
        try:
            return await opened(upstream, token, offered)
        except InvalidStatus as denied:
            headers = denied.response.headers
            if denied.response.status_code != 401 or last:
                raise
            if not upstream.noted_nonce(headers.get("www-authenticate", ""), headers.get("dpop-nonce")):
                upstream.tokens.drop(token)
    raise AssertionError("the second try returns or raises")


async def opened(upstream: Upstream, token: str, offered: list[Subprotocol]) -> ClientConnection:
    """One try."""
    issuer = upstream.credentials.issuer
    try:
        return await Straight(
            issuer.replace("http", "ws", 1) + roads.GRAPHQL,
            additional_headers=upstream.credentials_for("GET", roads.GRAPHQL, token),
            subprotocols=offered or None,
            compression=None,
            proxy=None,
            max_size=LARGEST,
            ssl=upstream.trust if issuer.startswith("https:") else None,
        )
    except InvalidStatus:
        raise
    except (OSError, TimeoutError, InvalidHandshake) as fault:
        raise upstreams.unreachable(f"{issuer}: {type(fault).__name__}") from None


def passed(denied: InvalidStatus) -> Response:
    """The service's own answer, instead of a socket; a 401 is between it and us."""
    told = denied.response
    if told.status_code == 401:
        challenge = told.headers.get("www-authenticate", "no reason was given")
        return upstreams.refused(f"the service did not accept our token: {challenge}").told.response()
    answer = Response(told.body, told.status_code)
    answer.raw_headers = roads.coming(told.headers.raw_items())
    return answer


async def talk(websocket: WebSocket, line: ClientConnection, leaving: asyncio.Event) -> None:
    """Both ways, until one end closes or we leave."""
    ways = [
        asyncio.create_task(outwards(websocket, line)),
        asyncio.create_task(homewards(websocket, line)),
        asyncio.create_task(leaving.wait()),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    with suppress(RuntimeError, WebSocketDisconnect):  # who has left needs no farewell
        if leaving.is_set():
            await websocket.close(RESTART, "the sidecar is leaving")
    await line.close(GONE_AWAY if leaving.is_set() else 1000)


async def outwards(websocket: WebSocket, line: ClientConnection) -> None:
    """From the software here to the service."""
    with suppress(ConnectionClosed):
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                await line.close(sendable(message.get("code")))
                return
            text = message.get("text")
            await line.send(bare(text) if text is not None else message["bytes"])


async def homewards(websocket: WebSocket, line: ClientConnection) -> None:
    """From the service to the software here."""
    with suppress(RuntimeError, WebSocketDisconnect):
        try:
            while True:
                message = await line.recv()
                await (websocket.send_text(message) if isinstance(message, str) else websocket.send_bytes(message))
        except ConnectionClosed as closed:
            code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd is not None else (RESTART, "")
            code = RESTART if code == TOKEN_ENDED and "ended" in reason else sendable(code)
            await websocket.close(code, reason)


def bare(text: str) -> str:
    """`connection_init` without what was put into it."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return text  # the service says what it thinks of it
    if is_object(message) and message.get("type") == "connection_init":
        return '{"type":"connection_init"}'
    return text


def sendable(code: int | None) -> int:
    """A close code that may be sent; some only say that none was."""
    return code if code is not None and any(code in each for each in SENDABLE) else 1000
