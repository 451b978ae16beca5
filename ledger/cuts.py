"""Cutting a bundle into leaves, also one whose lengths were tampered with.

Promise: one broken length spoils one leaf; the leaves behind it are found again.
Why that is sound: a leaf begins with `{"at":"`, and these bytes occur nowhere else in it, for its only free text is
base64. So the next beginning, less two bytes of length, is where a leaf must end.
Elsewhere: bundles as they should be, `ledger.tiles`.
"""

from dataclasses import dataclass

from ledger import tiles
from ledger.rules import Refused

BEGINNING = b'{"at":"'


@dataclass(frozen=True, slots=True)
class Cut:
    """A leaf's bytes, and whether the length in front of it told them."""

    leaf: bytes
    told: bool


def cut(data: bytes) -> tuple[Cut, ...]:
    """The leaves of a bundle, as far as there are any (R3)."""
    try:
        leaves = tiles.unbundle(data)
    except Refused:
        return tuple(_salvaged(data))
    if any(leaf.find(BEGINNING, 1) > 0 for leaf in leaves):  # a wrong length may happen to end where a later leaf does
        return tuple(_salvaged(data))
    return tuple(Cut(leaf, True) for leaf in leaves)


def _salvaged(data: bytes) -> list[Cut]:
    found: list[Cut] = []
    start = 0
    while start < len(data):
        length = int.from_bytes(data[start : start + 2], "big")
        following = data.find(BEGINNING, start + 3)
        end = len(data) if following < 0 else following - 2
        found.append(Cut(data[start + 2 : end], start + 2 + length == end))
        start = end
    return found
