"""The sidecar put together: the door around it, the roads through it, and the desk that signs, where there is one.

Promise: nothing is looked at before the door has judged who asks; a body is bounded before it is held; an answer of the
service is passed on as it comes, and a stream of events ends when the sidecar leaves.
Elsewhere: `doors`, `roads`, `upstreams`, `sockets` and `desks`, each with its own promise.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from cli.connect import bodies, doors, roads, sockets, visits
from cli.connect.answers import Code, Refusal
from cli.connect.doors import Door
from cli.connect.upstreams import Asked, Upstream

MOST_ANSWER: Final = 64 * 1024 * 1024  # of an answer that is no stream
EVENTS: Final = "text/event-stream"
METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


NOT_FOR_PAGES: Final = Refusal(
    403, Code.FORBIDDEN_ORIGIN, "Halaman tidak menandatangani. / Pages do not sign, wherever they come from."
)
FAULT: Final = Refusal(500, Code.INTERNAL, "Kesalahan di pihak kami. / A fault of the sidecar: see its log.")


class TooLong(Exception):
    """The service's answer is longer than any that it gives; the connection is cut where it is noticed."""


class Guarded:
    """ASGI middleware: the door, and what the browsers of listed origins need to hear."""

    def __init__(self, app: ASGIApp, *, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            origin = doors.admit(self.door, scope.get("method", "GET"), scope["headers"])
        except Refusal as refusal:
            await refusal.told.response()(scope, receive, send)
            return
        if origin is not None and not roads.leads_to_the_service(scope["path"]):
            await NOT_FOR_PAGES.told.response()(scope, receive, send)
        elif origin is None:
            await self.app(scope, receive, send)
        elif scope.get("method") == "OPTIONS":
            await Response(status_code=204, headers=doors.preflight(origin))(scope, receive, send)
        else:
            await self.app(scope, receive, granting(send, origin))


def granting(send: Send, origin: str) -> Send:
    """What is sent, with the word that the origin may read it."""
    told = [(name.encode(), value.encode()) for name, value in doors.granted(origin).items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = {name for name, _ in told}
            message["headers"] = [*(h for h in message.get("headers", ()) if h[0].lower() not in ours), *told]
        await send(message)

    return sending


class Passed(Response):
    """An answer of the service, on its way."""

    def __init__(self, answer: httpx.Response, leaving: asyncio.Event) -> None:
        self.answer, self.leaving = answer, leaving
        self.status_code, self.background = answer.status_code, None
        self.raw_headers = roads.coming(answer.headers.multi_items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        carrying = asyncio.create_task(self._carry(send))
        left = asyncio.create_task(gone(receive))
        try:
            await asyncio.wait([carrying, left], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (carrying, left):
                if not task.done():
                    task.cancel()
            await asyncio.gather(carrying, left, return_exceptions=True)
            await self.answer.aclose()
        if not carrying.cancelled():
            carrying.result()

    async def _carry(self, send: Send) -> None:
        size, streams = 0, self.answer.headers.get("content-type", "").startswith(EVENTS)
        pieces = until(self.answer.aiter_raw(), self.leaving) if streams else self.answer.aiter_raw()
        try:
            async for piece in pieces:
                size += len(piece)
                if size > MOST_ANSWER and not streams:
                    raise TooLong
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except httpx.HTTPError:
            if not streams:  # cut off, not ended: whoever reads it must not take a part for the whole
                raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def until(pieces: AsyncIterator[bytes], leaving: asyncio.Event) -> AsyncIterator[bytes]:
    """The pieces, as long as we stay."""
    end = asyncio.create_task(leaving.wait())
    try:
        while True:
            coming = asyncio.ensure_future(anext(pieces, None))
            try:
                await asyncio.wait([coming, end], return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not coming.done():
                    coming.cancel()
                    await asyncio.gather(coming, return_exceptions=True)
            piece = None if coming.cancelled() else coming.result()
            if piece is None:
                return
            yield piece
    finally:
        end.cancel()


async def gone(receive: Receive) -> None:
    """Until whoever asked has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def application(door: Door, upstream: Upstream, leaving: asyncio.Event, desk: Sequence[BaseRoute] = ()) -> Starlette:
    """The sidecar as ASGI; `desk` adds the routes of signing."""

    async def forward(request: Request) -> Response:
        path = request.scope["raw_path"].decode("latin-1")
        road = roads.of(request.method, path)
        request.scope[visits.ROUTE] = road.route
        follows = EVENTS in request.headers.get("accept", "")
        asked = Asked(
            method=request.method,
            path=path,
            query=roads.query(request.scope["query_string"]),
            headers=tuple(roads.going(request.headers.raw)),
            body=await bodies.body_of(request),
            guarded=road.guarded,
            seconds=sockets.GOOD_FOR if follows else 0,
        )
        return Passed(await upstream.ask(asked), leaving)

    async def follow(websocket: WebSocket) -> None:
        websocket.scope[visits.ROUTE] = roads.GRAPHQL
        await sockets.carry(websocket, upstream, leaving)

    async def refused(_: Request, fault: Exception) -> Response:
        if not isinstance(fault, Refusal):
            raise fault
        return fault.told.response()

    async def masked(_: Request, fault: Exception) -> Response:
        return FAULT.told.response()

    return Starlette(
        routes=[*desk, WebSocketRoute(roads.GRAPHQL, follow), Route("/{path:path}", forward, methods=METHODS)],
        middleware=[Middleware(visits.Visits), Middleware(Guarded, door=door)],
        exception_handlers={Refusal: refused, Exception: masked},
    )
