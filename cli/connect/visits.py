"""One line for each request, stream and websocket that is over.

Promise: a line tells when, which kind of path, how it ended, how long and how much, and the kind of a fault; never a
path, a query, a header, a document, a token or a name.
Elsewhere: the service's own lines, `api.request_logs`.
"""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log: Final = logging.getLogger("estafet.connect")
ROUTE: Final = "estafet.route"  # where the application says which kind of path it was
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Visits:
    """ASGI middleware, around everything."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        began, status, sent, fault = time.perf_counter(), 0, 0, None

        async def sending(message: Message) -> None:
            nonlocal status, sent
            match message["type"]:
                case "http.response.start" | "websocket.http.response.start":
                    status = message["status"]
                case "websocket.accept":
                    status = 101
            sent += len(message.get("body", b"")) + len(message.get("text") or "")
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as raised:
            fault = type(raised).__name__  # never its text, which may quote what was sent
            raise
        finally:
            told: dict[str, object] = {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "method": scope["method"] if scope.get("method") in METHODS else "-",
                "route": scope.get(ROUTE, "-"),
                "status": status,
                "ms": round((time.perf_counter() - began) * 1000, 1),
                "bytes": sent,
            }
            log.info("%s", json.dumps(told | ({"fault": fault} if fault is not None else {})))
