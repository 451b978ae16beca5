"""What goes on to the service: which paths, which of them with a token, and which headers travel either way.

Promise: only paths that stand here go on, spelled as they came; of the headers only those that stand here, so that no
credential, cookie or address that was given to the sidecar leaves it, and none of the service's own comes back.
Rules: a path is plain ASCII without dots for folders, empty parts or percent signs: the proof names it, and two
readings of it would be two requests. The token endpoint is nobody's business here.
Elsewhere: the tokens and proofs themselves, `cli.connect.upstreams`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cli.connect.answers import Code, Refusal

GRAPHQL: Final = "/graphql"
PLAIN: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~:=@,+-]+)+", re.ASCII)
QUERY: Final = re.compile(rb"[\x21-\x7e]{0,16384}")
THERE: Final = frozenset(["accept", "content-type", "if-modified-since", "if-none-match", "last-event-id", "range"])
BACK: Final = frozenset(
    [
        "accept-ranges",
        "allow",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "last-modified",
        "retry-after",
        "vary",
        "x-accel-buffering",
        "x-content-type-options",
        "x-frame-options",
        "x-request-id",
        "referrer-policy",
        "cross-origin-resource-policy",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """One kind of path: how the log calls it, and whether a token goes with it."""

    route: str
    path: re.Pattern[str]
    guarded: bool


def road(route: str, path: str, *, guarded: bool) -> Road:
    """One row of the table."""
    return Road(route=route, path=re.compile(path, re.ASCII), guarded=guarded)


ROADS: Final = (
    road(GRAPHQL, GRAPHQL, guarded=True),
    road("/events", "/events", guarded=True),
    road("/evidence/*", "/evidence/.+", guarded=True),
    road("/files/*", "/files/.+", guarded=True),
    road("/bast/*", "/bast/.+", guarded=True),
    road("/ledger/tile/entries/*", "/ledger/tile/entries/.+", guarded=True),
    road("/ledger/proof/*", "/ledger/proof/.+", guarded=True),
    road("/ledger/statements/*", "/ledger/statements/.+", guarded=True),
    road("/ledger/consistency", "/ledger/consistency", guarded=True),
    road("/ledger/openings/*", "/ledger/openings/.+", guarded=True),
    road("/ledger/*", "/ledger/.+", guarded=False),
    road("/schemas/*", "/schemas/.+", guarded=False),
    road("/.well-known/*", r"/\.well-known/.+", guarded=False),
    road("/oauth/jwks", "/oauth/jwks", guarded=False),
    road("/livez", "/livez", guarded=False),
    road("/readyz", "/readyz", guarded=False),
)


def of(method: str, path: str) -> Road:
    """The road of a path; raises `Refusal` where there is none."""
    found = next((each for each in ROADS if each.path.fullmatch(path)), None) if PLAIN.fullmatch(path) else None
    if found is None:
        raise Refusal(404, Code.NOT_FOUND, "Jalur ini tidak diteruskan. / This path is not passed on.")
    if found.route != GRAPHQL and method not in ("GET", "HEAD"):
        message = "Jalur ini hanya dibaca. / This path is only read."
        raise Refusal(405, Code.METHOD_NOT_ALLOWED, message, Allow="GET, HEAD")
    return found


def leads_to_the_service(path: str) -> bool:
    """Whether this is one of the paths that go on, and not our own desk's."""
    return any(each.path.fullmatch(path) for each in ROADS)


def query(raw: bytes) -> bytes:
    """A query string as it came; raises `Refusal` for one that is no such thing."""
    if QUERY.fullmatch(raw) is None:
        raise Refusal(400, Code.BAD_REQUEST, "Kueri URL tidak dapat dibaca. / The URL's query cannot be read.")
    return raw


def going(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """The headers that go on to the service."""
    named = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
    return [(name, value) for name, value in named if name in THERE]


def coming(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """The headers that come back with the answer."""
    return [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers if n.lower() in BACK]
