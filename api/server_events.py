"""Following over plain HTTP: one subscription, answered as a stream of server-sent events.

Promise: `id:` of each event is its cursor; a comment every few seconds keeps the connection; a stream that ends without
`complete` was cut off by the token's end, a fault or a restart, and goes on with `after`.
Source: graphql-sse, distinct connections mode; the HTML standard's event streams.
Elsewhere: which events, `api.streams`; the request, `api.questions`.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import envelopes, protections
from api.streams import Full, Streams, follow
from auth.refusals import Unauthorized
from auth.resources import Admitted
from reading.plans import Question
from reading.refusals import Refused

HEADERS = {"Cache-Control": "no-store", "Vary": "Accept", "X-Accel-Buffering": "no"}
KEEP_ALIVE = 15.0  # seconds
_PATIENCE = 5.0  # for the last bytes to somebody who does not read


def refusal(content: bytes) -> Response:
    """An answer that is over at once: the errors of a request, where only a stream was accepted."""
    return Response(_next(content) + _COMPLETE, media_type=envelopes.EVENT_STREAM, headers=HEADERS)


class _Left(Exception):
    """Whoever followed is gone."""


class EventStream(Response):
    """The events of one subscription."""

    media_type = envelopes.EVENT_STREAM

    def __init__(self, question: Question, admitted: Admitted, streams: Streams) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self.question, self.admitted, self.streams = question, admitted, streams
        self._whole = asyncio.Lock()  # one message after the other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self.streams.place(self.admitted.principal.client_id):
                await self._last(receive, send)
        except Full:
            await full()(scope, receive, send)

    async def _last(self, receive: Receive, send: Send) -> None:
        """Until something ends it: the events themselves, the token, the service, or whoever follows."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        lives: list[Coroutine[object, object, object]] = [
            self._tell(send),
            self._beat(send),
            _gone(receive),
            self.streams.leaving.wait(),
            asyncio.sleep(self.streams.remaining(self.admitted.token)),
        ]
        tasks = [asyncio.create_task(each) for each in lives]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_PATIENCE):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, send: Send) -> None:
        try:
            async for sent in follow(self.question, self.admitted.token, self.streams):
                await self._write(send, b"id: " + sent.cursor.spell().encode() + b"\n" + _next(sent.content))
        except Refused as refused:
            with suppress(_Left):
                await self._write(send, _next(envelopes.errors_only(refused.errors)) + _COMPLETE)
        except (Unauthorized, _Left):
            return
        except Exception as fault:
            protections.noted(fault)

    async def _beat(self, send: Send) -> None:
        """The first at once: the answer's head is then on its way."""
        with suppress(_Left):
            while True:
                await self._write(send, b":\n\n")
                await asyncio.sleep(KEEP_ALIVE)

    async def _write(self, send: Send, message: bytes) -> None:
        async with self._whole:
            try:
                await send({"type": "http.response.body", "body": message, "more_body": True})
            except OSError as fault:
                raise _Left from fault


_COMPLETE = b"event: complete\ndata: \n\n"


def _next(content: bytes) -> bytes:
    """JSON written by orjson holds no line break."""
    return b"event: next\ndata: " + content + b"\n\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def full() -> Response:
    """429: as many connections as one client may have."""
    message = "Terlalu banyak sambungan. / This client follows over too many connections already."
    content = envelopes.refusal("LIMIT_EXCEEDED", message)
    headers = {"Cache-Control": "no-store", "Retry-After": "5"}
    return Response(content, status_code=429, media_type=envelopes.PLAIN_JSON, headers=headers)
