"""Following over a websocket: many subscriptions on one connection, in the protocol `graphql-transport-ws`.

Promise: who is not admitted gets no socket: token and proof stand in the headers of the request that asks for one, and
it is answered 401 before the upgrade. When the token ends, the socket does (4401), and its holder comes back with
`after`; when the service ends, with 1012.
Rules: text frames only. A token is read nowhere else, neither in `connection_init` nor in the URL. A page of another
site is refused: a browser would send what its user may, whoever wrote the page. Sends wait for the network, so that who
does not read is not read either.
Source: graphql-ws, PROTOCOL.md; its close codes.
Elsewhere: which events, `api.streams`; sizes of messages and pings below this protocol, `cli.serving`.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import orjson
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from api import documents, envelopes, protections, server_events, visits
from api.envelopes import Malformed, is_object
from api.streams import MOST_OPERATIONS, Full, Streams, follow, required
from auth import resources
from auth.refusals import Unauthorized
from auth.resources import Admitted
from reading import limits
from reading.refusals import Refused

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
LONGEST_ID = 128
MALFORMED, UNAUTHORIZED, UNACCEPTABLE, LATE, TAKEN, AGAIN = 4400, 4401, 4406, 4408, 4409, 4429
RESTART, FAULT = 1012, 1011
_SETTLING = 0.05  # seconds
_PATIENCE = 5.0  # for a farewell to somebody who does not read
LEFT = (TimeoutError, RuntimeError, WebSocketDisconnect)


class Close(Exception):
    """Why this socket closes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:120].decode(errors="ignore")


def routes(streams: Streams) -> list[WebSocketRoute]:
    """The one route."""

    async def graphql(websocket: WebSocket) -> None:
        try:
            if websocket.headers.get("origin", streams.gate.issuer) != streams.gate.issuer:
                await deny(websocket, foreign())
                return
            admitted = await resources.enter("GET", "/graphql", websocket.headers.raw, streams.gate)
            visits.admitted(websocket.scope, admitted.principal)
            with streams.place(admitted.principal.client_id):
                await Conversation(websocket, admitted, streams).hold()
        except Unauthorized as refusal:
            await deny(websocket, protections.unauthorized(refusal))
        except Full:
            await deny(websocket, server_events.full())

    return [WebSocketRoute("/graphql", graphql)]


async def deny(websocket: WebSocket, answer: Response) -> None:
    """An answer instead of a socket."""
    await websocket.send_denial_response(answer)
    # uvicorn takes who returns before the connection is closed for somebody who forgot to answer, and says so in the
    # operator's log, which anybody could fill with it.
    await asyncio.sleep(_SETTLING)


def foreign() -> Response:
    """403 for the pages of others."""
    message = "Bukan untuk halaman situs lain. / Not for pages of other sites."
    return Response(envelopes.refusal("FORBIDDEN", message), status_code=403, media_type=envelopes.PLAIN_JSON)


class Conversation:
    """One socket, from its acceptance to its close."""

    def __init__(self, websocket: WebSocket, admitted: Admitted, streams: Streams) -> None:
        self.websocket, self.admitted, self.streams = websocket, admitted, streams
        self.initialised = False
        self.operations: dict[str, asyncio.Task[None]] = {}
        self.closing: asyncio.Future[Close | None] = asyncio.get_running_loop().create_future()
        self._whole = asyncio.Lock()  # one message after the other

    async def hold(self) -> None:
        """Talk until somebody has had enough."""
        if PROTOCOL not in self.websocket.scope["subprotocols"]:
            await self.websocket.accept()
            await self._part(Close(UNACCEPTABLE, f"only {PROTOCOL} is spoken here"))
            return
        await self.websocket.accept(subprotocol=PROTOCOL)
        ends = [
            self._end_after(INIT_SECONDS, LATE, "connection_init did not come in time", unless_initialised=True),
            self._end_after(self.streams.remaining(self.admitted.token), UNAUTHORIZED, "the token has ended"),
            self._end_on_leaving(),
            self._read(),
        ]
        tasks = [asyncio.create_task(each) for each in ends]
        try:
            close = await self.closing
        finally:
            for task in (*tasks, *self.operations.values()):
                task.cancel()
            await asyncio.gather(*tasks, *self.operations.values(), return_exceptions=True)
        if close is not None:
            await self._part(close)

    def end(self, close: Close | None) -> None:
        """Close for this reason, unless there was one before; None: the other side has left."""
        if not self.closing.done():
            self.closing.set_result(close)

    async def _part(self, close: Close) -> None:
        with suppress(*LEFT):  # who has left in the meantime needs no farewell
            async with asyncio.timeout(_PATIENCE):
                await self.websocket.close(close.code, close.reason)

    async def _end_after(self, seconds: float, code: int, reason: str, *, unless_initialised: bool = False) -> None:
        await asyncio.sleep(seconds)
        if not (unless_initialised and self.initialised):
            self.end(Close(code, reason))

    async def _end_on_leaving(self) -> None:
        await self.streams.leaving.wait()
        self.end(Close(RESTART, "the service is restarting: come back with `after`"))

    # -- what comes in -------------------------------------------------------------------------------------------------
    async def _read(self) -> None:
        try:
            while True:
                message = await self.websocket.receive()
                if message["type"] == "websocket.disconnect":
                    self.end(None)
                    return
                await self._take(message.get("text"))
        except Exception as fault:
            self._end_by(fault)

    async def _take(self, text: str | None) -> None:
        if text is None:
            raise Close(MALFORMED, "text frames only")
        message = _parsed(text)
        match message.get("type"):
            case "connection_init":
                if self.initialised:
                    raise Close(AGAIN, "Too many initialisation requests")
                self.initialised = True
                await self._send({"type": "connection_ack"})
            case "ping":
                payload = message.get("payload")
                await self._send({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(_id(message), message.get("payload"))
            case "complete":
                operation = self.operations.pop(_id(message), None)
                if operation is not None:
                    operation.cancel()
            case _:
                raise Close(MALFORMED, "no such type of message")

    async def _subscribe(self, id: str, payload: object) -> None:
        if not self.initialised:
            raise Close(UNAUTHORIZED, "Unauthorized: send connection_init first")
        if id in self.operations:
            raise Close(TAKEN, f"Subscriber for {id} already exists")
        try:
            request = envelopes.request_in(payload)
        except Malformed as fault:
            raise Close(MALFORMED, f"subscribe: {fault.message}") from None
        if len(self.operations) >= MOST_OPERATIONS:  # told by the reader itself: who reads nothing is not read
            await self._error(id, limits.exceeded("operations", MOST_OPERATIONS))
            return
        self.operations[id] = asyncio.create_task(self._operate(id, request))

    # -- what goes out -------------------------------------------------------------------------------------------------
    async def _operate(self, id: str, request: envelopes.Request) -> None:
        try:
            try:
                self.streams.budgets.take_in(self.admitted.principal)
                by = await resources.standing(self.admitted.token, self.streams.gate)
                text = await documents.text_of(request, by, self.streams.desk)
                asked = visits.asked(self.websocket.scope, text)
                question = self.streams.plans.plan(text, request.operation_name, request.variables)
                asked.understood(question.operation)
                required(question)
                self.streams.budgets.spend(self.admitted.principal, question.cost)
                async for sent in follow(question, self.admitted.token, self.streams):
                    await self._send({"id": id, "type": "next", "payload": orjson.Fragment(sent.content)})
            except Refused as refusal:
                await self._error(id, refusal)
        except Exception as fault:
            self._end_by(fault)
        finally:
            if self.operations.get(id) is asyncio.current_task():
                del self.operations[id]

    async def _error(self, id: str, refusal: Refused) -> None:
        await self._send({"id": id, "type": "error", "payload": refusal.errors})

    def _end_by(self, fault: Exception) -> None:
        match fault:
            case _ if self.closing.done():
                pass
            case Close():
                self.end(fault)
            case Unauthorized():
                self.end(Close(UNAUTHORIZED, fault.message))
            case WebSocketDisconnect():
                self.end(None)
            case _:
                self.end(Close(FAULT, f"a fault on our side, number {protections.noted(fault)}"))

    async def _send(self, message: Mapping[str, object]) -> None:
        async with self._whole:
            await self.websocket.send_text(orjson.dumps(message).decode())


def _parsed(text: str) -> dict[str, object]:
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Close(MALFORMED, "the message is not JSON") from None
    if not is_object(message):
        raise Close(MALFORMED, "the message is not an object")
    if not (message.get("payload") is None or is_object(message["payload"])):
        raise Close(MALFORMED, "the payload is not an object")
    return message


def _id(message: Mapping[str, object]) -> str:
    given = message.get("id")
    if not isinstance(given, str) or not 0 < len(given) <= LONGEST_ID:
        raise Close(MALFORMED, f"an id is a text of 1 to {LONGEST_ID} characters")
    return given
