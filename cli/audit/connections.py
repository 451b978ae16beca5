"""One kept-alive connection to one origin, on the standard library.

Promise: requests to one scheme, host and port over a connection that stays open; a connection the other side had closed
is opened anew, once.
Rules: https, or http on loopback only; no redirect is followed; certificates are checked; a body is bounded.
Elsewhere: tokens and proofs, `cli.audit.clients`.
"""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cli.audit.endings import Stopped

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SECONDS: Final = 30.0
LARGEST: Final = 64 * 1024 * 1024  # a full entry bundle holds at most 256 leaves of 64 KiB: 16 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unreachable(Stopped):
    """Nobody answered: the same may be tried again later."""


class Connection:
    """A connection to one origin, for one thread."""

    def __init__(self, origin: str) -> None:
        self.origin = checked(origin)
        self._line: http.client.HTTPConnection | None = None

    def request(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        """Send one request. A kept line that the other side closed meanwhile is replaced, once."""
        kept = self._line is not None
        try:
            return self._send(method, path, headers, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # Only where nothing was answered on a line that was idle: then the request was not begun either.
            if not kept:
                raise Unreachable(f"{self.origin} closed the connection without an answer") from None
        return self._send_or_stop(method, path, headers, body)

    def close(self) -> None:
        """Close the line, if one is open."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.close()
        self._line = None

    def _send_or_stop(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        try:
            return self._send(method, path, headers, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            raise Unreachable(f"{self.origin} closed the connection without an answer") from None

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        if self._line is None:
            self._line = opened(self.origin)
        try:
            self._line.request(method, path, body=body, headers=dict(headers))
            answer = self._line.getresponse()
            content = answer.read(LARGEST + 1)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            raise
        except (OSError, http.client.HTTPException) as fault:
            self.close()
            raise Unreachable(f"{self.origin} cannot be reached: {reason(fault)}") from None
        if len(content) > LARGEST:
            self.close()
            raise Stopped(f"{self.origin}{path}: the answer is larger than {LARGEST} bytes")
        if answer.length:  # what the head promised and did not come: reading up to a bound does not notice
            self.close()
            raise Unreachable(f"{self.origin} closed the connection in the middle of an answer")
        if answer.will_close:
            self.close()
        return Response(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.getheaders()},
            body=content,
        )


def checked(origin: str) -> str:
    """`scheme://host[:port]`, or `Stopped`: a token never travels in clear beyond this machine."""
    parts = _parts(origin)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise Stopped(f"{origin} is not a URL such as https://estafet.example.go.id")
    if parts.username or parts.password:
        raise Stopped("a URL with a user name or password in it is not accepted")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Stopped(f"{origin}: http is for this machine alone; use https")
    return f"{parts.scheme}://{parts.netloc}"


def _parts(url: str) -> SplitResult | None:
    """The parts of a URL; None where it has none, such as a port beyond 65,535."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def opened(origin: str) -> http.client.HTTPConnection:
    """A fresh line; Nagle's delay is off, since requests are small and wait for their answers."""
    parts = urlsplit(origin)
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        line = http.client.HTTPSConnection(parts.netloc, timeout=SECONDS, context=ssl.create_default_context())
    else:
        line = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    try:
        line.connect()
    except OSError as fault:
        raise Unreachable(f"{origin} cannot be reached: {reason(fault)}") from None
    if isinstance(line.sock, socket.socket):
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def reason(fault: Exception) -> str:
    """The fault in words, without the number in front."""
    return getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
