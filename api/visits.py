"""A visit: what is known of one request while it lasts, and its number, which goes back with the answer.

Promise: each request, stream of events and websocket is one `Visit`, told to those who keep count exactly once, when it
is over, however it ended. A visit holds nothing about a person: the route's template and never the path or the query,
client and party as the register has them, of a GraphQL document its kind, a harmless name and a digest.
Rules: the number is ours and random: one that a caller sends could be anybody's name. The digest is of the document
without its texts, numbers and comments: a digest of an identity number inside a document would be as good as the
number, since there are few enough of them to try. The name is the document's own word, and is left out where it is long
or holds a number.
Elsewhere: the line in the log, `api.request_logs`; the figures, `api.metrics`.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from graphql import OperationDefinitionNode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import protections
from api.traces import Traces
from auth.principals import Principal

HEADER: Final = b"x-request-id"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE: Final = "-"  # the route of what no route serves
MOST_OPERATIONS: Final = 16  # that are told of one websocket
LONGEST_REMEMBERED: Final = 5_000  # characters of a document
_KEY: Final = "estafet.visit"
_NAME: Final = re.compile(r"(?!.*[0-9]{4})[A-Za-z_][A-Za-z0-9_]{0,39}", re.ASCII)
# Each way to begin goes on to its end or to the end of all: no document makes it look twice.
_VALUES: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|"(?:[^"\\\n]|\\.)*+"?|#[^\r\n]*+|-?[0-9][0-9.eE+-]*+', re.S
)


@dataclass(slots=True)
class Operation:
    """A GraphQL operation that was asked for; kind and name only once it is known to be well-formed."""

    document: str
    kind: str | None = None
    name: str | None = None

    def understood(self, node: OperationDefinitionNode) -> None:
        """What it is, and its name where that is harmless."""
        self.kind = node.operation.value
        if node.name is not None and _NAME.fullmatch(node.name.value):
            self.name = node.name.value


@dataclass(slots=True, kw_only=True, eq=False)
class Visit:
    """One request, from its head to the last byte of its answer."""

    method: str
    kind: str = "http"  # http, events (a stream), websocket
    number: str = field(default_factory=lambda: secrets.token_hex(8))
    began: float = field(default_factory=time.perf_counter)
    route: str = NOWHERE
    status: int | None = None  # None: they left before there was an answer
    close: int | None = None  # why a websocket was closed
    sent: int = 0  # bytes of bodies or messages
    seconds: float = 0.0
    client: str | None = None
    party: str | None = None
    operations: list[Operation] = field(default_factory=list)
    trace: str | None = None  # its number, where spans are sent
    asked: int = 0  # operations, also those that are not told

    def note(self, message: Message) -> None:
        """Something that goes out."""
        match message["type"]:
            case "http.response.start" | "websocket.http.response.start":
                self.status = message["status"]
                if (b"content-type", b"text/event-stream") in ((n, v.split(b";")[0]) for n, v in message["headers"]):
                    self.kind = "events"
            case "http.response.body" | "websocket.http.response.body":
                self.sent += len(message.get("body", b""))
            case "websocket.accept":
                self.status = 101
            case "websocket.send":
                self.sent += len((message.get("text") or "").encode()) + len(message.get("bytes") or b"")
            case "websocket.close":
                self.close = message.get("code", 1000)


Told = Callable[[Visit], None]


class Visits:
    """ASGI middleware, around all that is served to the public: it sees the answer of the mask, too."""

    def __init__(self, app: ASGIApp, *, live: set[Visit], ended: Sequence[Told], traces: Traces | None = None) -> None:
        self.app, self.live, self.ended, self.traces = app, live, ended, traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        visit = scope[_KEY] = begun(scope)
        self.live.add(visit)
        number = ((HEADER, visit.number.encode()),)

        async def sending(message: Message) -> None:
            visit.note(message)
            if message["type"] in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
                protections.add(message, number)
            await send(message)

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "websocket.disconnect" and visit.close is None:
                visit.close = message.get("code")
            return message

        try:
            with nullcontext() if self.traces is None else self.traces.visiting(scope, visit):
                try:
                    await self.app(scope, receiving, sending)
                finally:
                    visit.route = getattr(scope.get("route"), "path", NOWHERE)
        finally:
            self.live.discard(visit)
            visit.seconds = time.perf_counter() - visit.began
            for tell in self.ended:
                tell(visit)


def begun(scope: Scope) -> Visit:
    """The visit of a request that has just come."""
    if scope["type"] == "websocket":
        return Visit(method="GET", kind="websocket")
    return Visit(method=scope["method"] if scope["method"] in METHODS else "OTHER")


def admitted(scope: Scope, principal: Principal) -> None:
    """Who it is that visits."""
    visit = scope.get(_KEY)
    if isinstance(visit, Visit):
        visit.client, visit.party = principal.client_id, principal.party


def asked(scope: Scope, document: str) -> Operation:
    """An operation is asked for, in this document."""
    operation = Operation(document=digest(document))
    visit = scope.get(_KEY)
    if isinstance(visit, Visit):
        visit.asked += 1
        if len(visit.operations) < MOST_OPERATIONS:
            visit.operations.append(operation)
    return operation


def digest(document: str) -> str:
    """Twelve digits for this document, whatever values stand in it."""
    return _remembered(document) if len(document) <= LONGEST_REMEMBERED else _digest(document)


def _digest(document: str) -> str:
    bare = _VALUES.sub(lambda found: "" if found[0][0] == "#" else "0", document)
    return hashlib.sha256(bare.encode(errors="replace")).hexdigest()[:12]


_remembered = lru_cache(maxsize=500)(_digest)  # software asks the same few documents again and again
