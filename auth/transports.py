"""Where TLS is required, and the one exemption.

Promise: `secure` is the only place that lets plain http pass, and it does so for this machine's loopback alone.
Rules: an issuer is an origin without path, query, fragment or user; comparisons of URLs happen on scheme, host, port
and path, after RFC 3986 normalisation of case and default port (RFC 9449 section 4.3), never on the Host header.
Elsewhere: TLS itself ends in front of the service.
"""

from typing import Final
from urllib.parse import urlsplit

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class Insecure(ValueError):
    """A URL that may not be used; `str()` says why."""


def secure(url: str) -> bool:
    """https, or http to this very machine: the one exemption from TLS."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def issuer(url: str) -> str:
    """An issuer's URL, checked; given back unchanged, since it is compared as text everywhere."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise Insecure("the issuer is not a URL") from error
    if not usable or url != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise Insecure("the issuer must be an origin: scheme, host and perhaps port, nothing else")
    if not secure(url):
        raise Insecure("the issuer must be https; http is for loopback only")
    return url


def same_target(said: str, meant: str) -> bool:
    """Whether a proof's `htu` is this URL, leaving query and fragment aside."""
    try:
        return _target(said) == _target(meant)
    except ValueError:
        return False


def _target(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    if "@" in parts.netloc or not url.isascii() or not url.isprintable() or "\\" in url:
        raise ValueError("not a plain URL")
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme), parts.path or "/"
