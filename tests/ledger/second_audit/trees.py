"""Hashes, roots, and where files lie: F13 and F17. Plain recursion over a whole list of leaf hashes."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256

NOTHING = sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


@cache
def root(hashes: tuple[bytes, ...]) -> bytes:
    """The root over leaf hashes, as RFC 6962 defines it."""
    if not hashes:
        return NOTHING
    if len(hashes) == 1:
        return hashes[0]
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return node(root(hashes[:middle]), root(hashes[middle:]))


def path(level: str, number: int, width: int) -> str:
    """`level` is a digit or two, or `entries`."""
    digits = str(number)
    while len(digits) % 3:
        digits = "0" + digits
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < 256 else "")


def files(size: int) -> Iterator[tuple[str, int, int, int]]:
    """Tiles and bundles of a log: `entries` or a level, the level as a number, number and width."""
    for number in range(0, size, 256):
        yield "entries", 0, number // 256, min(256, size - number)
    level, count = 0, size
    while count:
        for number in range(0, count, 256):
            yield str(level), level, number // 256, min(256, count - number)
        level, count = level + 1, count // 256


def row(hashes: list[bytes], level: int) -> list[bytes]:
    """The hashes that the tiles of a level hold."""
    found = hashes
    for _ in range(level):
        found = [root(tuple(found[at : at + 256])) for at in range(0, len(found) // 256 * 256, 256)]
    return found
