"""Who gets in: programs on this machine, and pages of the origins that were named; no other page in its browser.

Promise: a name that somebody else's DNS leads here is refused before anything is looked at; a page is refused unless it
comes from an origin of the list; a body that a page could send without asking first is not read.
Rules: `Host` is one of our own names with our port, in one header. `Origin`, where there is one, is in the list; so is
every request that a browser marks as a page's (`Sec-Fetch-Site` other than `none`). A POST is JSON by its content type,
for which a browser asks before (a preflight that only a listed origin is granted).
What it does not hold against: other programs of this machine. Whoever can run one here can use the sidecar.
Elsewhere: where it listens, `cli.connect.commands`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cli.audit.endings import Stopped
from cli.connect.answers import Code, Refusal

METHODS: Final = "GET, HEAD, POST"
ASKED_FOR: Final = "accept, content-type, last-event-id"
SHOWN: Final = "retry-after, x-request-id"
SECONDS: Final = "600"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The names under which we are called, and the origins whose pages may call."""

    hosts: frozenset[str]
    origins: frozenset[str]


def door(port: int, origins: Iterable[str]) -> Door:
    """Our door; a list with something in it that is no origin stops the command."""
    listed = frozenset(origins)
    for origin in listed:
        scheme, _, rest = origin.partition("://")
        if scheme not in ("http", "https") or not rest or set(rest) & set("/?#@* ") or rest != rest.lower():
            raise Stopped(f"{origin} is not an origin such as http://localhost:3000")
    names = ("localhost", "127.0.0.1", "[::1]")
    bare = names if port == 80 else ()
    return Door(hosts=frozenset([*(f"{name}:{port}" for name in names), *bare]), origins=listed)


def admit(door: Door, method: str, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The listed origin that asks, or None for a program; raises `Refusal`."""
    lines = list(headers)
    if (one(lines, "host") or "").lower() not in door.hosts:
        raise Refusal(421, Code.FORBIDDEN_HOST, "Bukan nama layanan ini. / This is not called by that name.")
    origin, site = one(lines, "origin"), one(lines, "sec-fetch-site")
    if method == "POST":
        require_json(lines)
    if origin is not None and origin in door.origins:
        return origin
    if origin is not None or site not in (None, "none"):
        message = (
            "Bukan untuk halaman situs lain; sebutkan asalnya dengan --origin. / "
            "Not for pages of other sites: name the origin with --origin."
        )
        raise Refusal(403, Code.FORBIDDEN_ORIGIN, message)
    return None


def require_json(lines: list[tuple[bytes, bytes]]) -> None:
    """Only what a page cannot send unasked."""
    kind, *rest = (part.strip().lower() for part in (one(lines, "content-type") or "").split(";"))
    if kind != "application/json" or any(p.startswith("charset=") and p[8:].strip('"') != "utf-8" for p in rest):
        message = "Kirim sebagai application/json dalam UTF-8. / Send it as application/json in UTF-8."
        raise Refusal(415, Code.UNSUPPORTED_MEDIA_TYPE, message)


def one(lines: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    """The value of a header that stands there at most once."""
    found = [value.decode("latin-1") for key, value in lines if key.lower() == name.encode()]
    if len(found) > 1:
        raise Refusal(400, Code.BAD_REQUEST, f"Tajuk ganda: {name} / A header stands there twice: {name}")
    return found[0] if found else None


def granted(origin: str) -> Mapping[str, str]:
    """What the browser of a listed origin's page needs to hear with every answer."""
    return {"access-control-allow-origin": origin, "access-control-expose-headers": SHOWN, "vary": "Origin, Accept"}


def preflight(origin: str) -> Mapping[str, str]:
    """The same, when it asks before it sends."""
    return {
        **granted(origin),
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": ASKED_FOR,
        "access-control-allow-private-network": "true",
        "access-control-max-age": SECONDS,
    }
