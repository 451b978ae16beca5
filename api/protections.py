"""What every answer carries and every fault goes through: headers against misuse by browsers, and the mask.

Promise: an unexpected fault reaches the caller as a number and nothing else; the operator's log gets the number, the
kind of the fault and where it arose, never its text, since texts of database faults quote values.
"""

import logging
import secrets
import traceback
from collections.abc import MutableMapping
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.refusals import Unauthorized

log = logging.getLogger("estafet.api")

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
TRANSPORT = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class Protections:
    """ASGI middleware, around everything but the count of visits (`api.visits`)."""

    def __init__(self, app: ASGIApp, *, transport_security: bool) -> None:
        self.app = app
        self.headers = (*HEADERS, TRANSPORT) if transport_security else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "http" and not scope.get("query_string", b"").isascii():
            await not_a_url(send, self.headers)
            return
        begun = False

        async def protected(message: Message) -> None:
            nonlocal begun
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                begun = True
                add(message, self.headers)
            await send(message)

        try:
            await self.app(scope, receive, protected)
        except ClientDisconnect:  # nobody is there to answer, and anybody could fill the operator's log with it
            return
        except Exception as fault:  # the mask: whatever it is, the caller gets a number
            number = noted(fault)
            if scope["type"] == "websocket":  # whoever sees no answer comes back; the text of the fault stays here
                return
            if begun:
                raise
            await masked(number, protected)


def unauthorized(fault: Unauthorized) -> Response:
    """401 with the challenge, in a shape that OAuth and GraphQL clients both read."""
    error = {"message": fault.message, "extensions": {"code": "UNAUTHENTICATED", "error": fault.code}}
    body = {"error": fault.code, "error_description": fault.message, "errors": [error]}
    headers = {"WWW-Authenticate": fault.www_authenticate, "Cache-Control": "no-store", **dict(fault.headers)}
    return JSONResponse(body, fault.status, headers)


def noted(fault: Exception) -> str:
    """A number for this fault, under which the operator finds kind and place of it in the log."""
    number = secrets.token_hex(8)
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    log.error("fault %s %s at %s", number, type(fault).__qualname__, places)
    return number


def add(message: MutableMapping[str, Any], headers: tuple[tuple[bytes, bytes], ...]) -> None:
    """These headers, where the answer does not set its own."""
    present = {name.lower() for name, _ in message.get("headers", ())}
    message["headers"] = [*message.get("headers", ()), *(h for h in headers if h[0] not in present)]


async def not_a_url(send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    """400: a URL is ASCII. What Starlette makes of other bytes is a fault, wherever somebody looks at `request.url`."""
    body = b"URL ini tidak dapat dibaca. / This URL cannot be read.\n"
    told = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": 400, "headers": told})
    await send({"type": "http.response.body", "body": body})


async def masked(number: str, send: Send) -> None:
    """500 with the fault's number, in the shape of a GraphQL answer."""
    message = f"Kesalahan di pihak kami, nomor {number}. / A fault on our side, number {number}."
    body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": "INTERNAL", "fault": number}}]})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
