"""Ports that a command listens on, and the signal that ends it.

Promise: a port is taken or the command stops with the reason; SIGTERM unwinds like any other exit.
Elsewhere: what is served there, `cli.serving` and `cli.connect`.
"""

import socket
from types import FrameType

from cli.audit.endings import Stopped


def unwound(kind: int, frame: FrameType | None) -> None:
    """An exit like any other."""
    raise SystemExit(128 + kind)


def listening(host: str, port: int, advice: str = "Try PORT=8001.") -> list[socket.socket]:
    """The sockets, taken; `localhost` is both of its addresses where the machine has them."""
    names = ("127.0.0.1", "::1") if host == "localhost" else (host,)
    taken: list[socket.socket] = []
    for name in names:
        family = socket.AF_INET6 if ":" in name else socket.AF_INET
        try:
            taken.append(bound(family, name, port))
        except OSError as fault:
            if taken:
                continue  # a machine without IPv6
            raise Stopped(f"cannot listen on {name}, port {port}: {fault.strerror}", advice=advice) from None
    return taken


def bound(family: socket.AddressFamily, name: str, port: int) -> socket.socket:
    """One socket, bound."""
    # Named as TCP: of a socket that only might be TCP, asyncio would not turn Nagle's delay off.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((name, port))
    except OSError:
        made.close()
        raise
    return made
