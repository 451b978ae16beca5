"""The request log: one line of JSON for each request, written when it is over.

Promise: a line is made of a `Visit` and nothing else, so that nothing about a person can come into it; it is one line,
whatever a caller sends.
Rules: INFO of the logger `estafet.requests`; whoever starts the service decides where that goes (`cli.serving`).
Elsewhere: what a visit knows, `api.visits`; each field in words, docs/operations.md.
"""

import logging
from datetime import UTC, datetime

import orjson

from api.visits import Visit

log = logging.getLogger("estafet.requests")


def write(visit: Visit) -> None:
    """The line of a visit that is over."""
    if log.isEnabledFor(logging.INFO):
        log.info("%s", line(visit, datetime.now(UTC)))


def line(visit: Visit, at: datetime) -> str:
    """What the operator reads; what is not known of a visit is not in its line."""
    told: dict[str, object] = {
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "id": visit.number,
        "trace": visit.trace,
        "kind": visit.kind,
        "method": visit.method,
        "route": visit.route,
        "status": visit.status,
        "ms": round(visit.seconds * 1000, 1),
        "bytes": visit.sent,
        "client": visit.client,
        "party": visit.party,
        "close": visit.close,
        "operations": [{"kind": o.kind, "name": o.name, "document": o.document} for o in visit.operations] or None,
        "asked": visit.asked if visit.asked > len(visit.operations) else None,
    }
    return orjson.dumps({name: value for name, value in told.items() if value is not None}).decode()
