"""From files to entries in their places: R1 to R6.

Promise: what the files alone tell, with all that is held against them; nothing of what statements say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from tests.ledger.second_audit import trees
from tests.ledger.second_audit.texts import Broken, Wrong, instant, parsed, unbased

BEGINNING = b'{"at":"'
Tell = Callable[[int | None, str, str], None]


class Files(Protocol):
    def read(self, name: str) -> bytes | None: ...
    def numbers(self, name: str) -> Sequence[int]: ...


class Cut(NamedTuple):
    leaf: bytes
    told: bool


class Envelope(NamedTuple):
    type: str
    payload: bytes
    signatures: list[bytes]


@dataclass(frozen=True)
class Leaf:
    at: datetime
    index: int
    prev: str
    envelope: Envelope


@dataclass
class Place:
    """What stands where an entry should; `leaf` is None where that cannot be read."""

    hash: bytes
    altered: bool = False
    data: bytes | None = None
    leaf: Leaf | None = None
    following: str | None = None  # what the next entry names as `prev`, where no published hash is certain


@dataclass
class Chunk:
    first: int
    count: int
    parts: list[Cut] = field(default_factory=list)
    published: list[bytes] = field(default_factory=list)
    certain: bool = False


def cut(bundle: bytes) -> list[Cut]:
    """R3."""
    leaves: list[Cut] = []
    start = 0
    while start < len(bundle):
        end = start + 2 + int.from_bytes(bundle[start : start + 2], "big")
        if start + 2 > len(bundle) or end > len(bundle) or BEGINNING in bundle[start + 3 : end]:
            return _searched(bundle)
        leaves.append(Cut(bundle[start + 2 : end], True))
        start = end
    return leaves


def _searched(bundle: bytes) -> list[Cut]:
    found, start = [], 0
    while start < len(bundle):
        length = int.from_bytes(bundle[start : start + 2], "big")
        at = bundle.find(BEGINNING, start + 3)
        end = at - 2 if at >= 0 else len(bundle)
        found.append(Cut(bundle[start + 2 : end], start + 2 + length == end))
        start = end
    return found


def leaf(data: bytes) -> Leaf:
    """V10, then V14."""
    if len(data) > 65_535:
        raise Wrong("V10", "LEAF_TOO_LONG")
    try:
        value = parsed(data)
        if not isinstance(value, dict) or set(value) != {"at", "env", "index", "prev"}:
            raise Broken("not a leaf")
        at = instant(value["at"])
        index, prev = value["index"], value["prev"]
        if not 1970 <= at.year <= 8999 or not isinstance(index, int) or isinstance(index, bool) or index < 0:
            raise Broken("at or index")
        if not isinstance(prev, str) or len(prev) != 64 or prev.strip("0123456789abcdef"):
            raise Broken("prev")
    except Broken as broken:
        raise Wrong("V10", "LEAF_MALFORMED") from broken
    return Leaf(at, index, prev, envelope(value["env"]))


def envelope(value: Any) -> Envelope:
    """F3."""
    try:
        if not isinstance(value, dict) or set(value) != {"payload", "payloadType", "signatures"}:
            raise Broken("not an envelope")
        type_, signatures = value["payloadType"], value["signatures"]
        if not isinstance(type_, str) or not type_.isascii() or not isinstance(signatures, list):
            raise Broken("type or signatures")
        if not 1 <= len(signatures) <= 100 or any(not isinstance(s, dict) or set(s) != {"sig"} for s in signatures):
            raise Broken("signatures")
        told = [_bytes(each["sig"]) for each in signatures]
        if any(len(each) != 64 for each in told):
            raise Broken("a signature's length")
        return Envelope(type_, _bytes(value["payload"]), told)
    except Broken as broken:
        raise Wrong("V14", "ENVELOPE_MALFORMED") from broken


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        raise Broken("not text")
    return unbased(value)


def held(files: Files, level: str, number: int, width: int) -> bytes | None:
    """R2: a file, or the beginning of the full one."""
    found = files.read(trees.path(level, number, width))
    if found is not None or width == 256:
        return found
    full = files.read(trees.path(level, number, 256))
    if full is None:
        return None
    if level != "entries":
        return full[: width * 32]
    return b"".join(len(part.leaf).to_bytes(2, "big") + part.leaf for part in cut(full)[:width])


def places(files: Files, size: int, root: bytes, tell: Tell) -> list[Place]:
    """Every entry in its place."""
    above: list[bytes] = []
    whole = True
    for level, number, at, width in trees.files(size):
        if level == "1" and number == 1 and whole:
            data = held(files, level, at, width)
            whole = data is not None and len(data) == width * 32
            above += _hashes(data or b"") if whole else []
    return [place for first in range(0, size, 256) for place in _chunk(files, first, size, root, above, tell)]


def _hashes(data: bytes) -> list[bytes]:
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def _chunk(files: Files, first: int, size: int, root: bytes, above: list[bytes], tell: Tell) -> list[Place]:
    chunk = Chunk(first, min(256, size - first))
    bundle = held(files, "entries", first // 256, chunk.count)
    if bundle is None:
        tell(first, "V22", "FILE_MISSING")
    chunk.parts = cut(bundle or b"")
    _publish(chunk, _tile(files, chunk, tell), root, above, tell)
    order = _order(chunk, tell)
    if bundle is not None:
        for number, at in enumerate(order):
            if at is None and (not number or order[number - 1] is not None):
                tell(first + number, "V11", "INDEX_GAP")
    found = [_place(chunk, number, at, tell) for number, at in enumerate(order)]
    if not chunk.certain:
        for one, other in pairwise(found):
            one.following = other.leaf.prev if other.leaf else None
    return found


def _tile(files: Files, chunk: Chunk, tell: Tell) -> list[bytes] | None:
    data = held(files, "0", chunk.first // 256, chunk.count)
    if data is None:
        tell(chunk.first, "V22", "FILE_MISSING")
        return None
    if len(data) != 32 * chunk.count:
        tell(chunk.first, "V22", "FILE_BROKEN")
        return None
    return _hashes(data)


def _publish(chunk: Chunk, tile: list[bytes] | None, root: bytes, above: list[bytes], tell: Tell) -> None:
    """R5."""
    number = chunk.first // 256

    def confirmed(hashes: list[bytes]) -> bool:
        if chunk.count == 256:
            return number < len(above) and trees.root(tuple(hashes)) == above[number]
        return len(above) == number and _over(above, hashes) == root

    whole = [trees.leaf(part.leaf) for part in chunk.parts]
    if tile is not None and confirmed(tile):
        chunk.published, chunk.certain = tile, True
    elif len(whole) == chunk.count and (tile == whole or confirmed(whole)):
        chunk.published, chunk.certain = whole, True
        for at, told in enumerate(tile or whole):
            if told != whole[at]:
                tell(chunk.first + at, "V21", "TILE_ALTERED")
    else:
        chunk.published = tile or (whole if len(whole) == chunk.count else [])


def _over(above: list[bytes], hashes: list[bytes]) -> bytes:
    """The root over full tiles, told by their own roots, and the hashes of the last one."""
    if not above:
        return trees.root(tuple(hashes))
    full = 1 << len(above).bit_length() - 1
    return trees.node(trees.root(tuple(above[:full])), _over(above[full:], hashes))


def _order(chunk: Chunk, tell: Tell) -> list[int | None]:
    """R6: for each place, which part stands there."""
    wanted = [_wanted(chunk, part) for part in chunk.parts]
    if len(wanted) == chunk.count and all(want in (None, at) for at, want in enumerate(wanted)):
        return list(range(chunk.count))
    order: list[int | None] = [None] * chunk.count
    largest = -1
    for at, want in enumerate(wanted):
        if want is None:
            continue
        if order[want] is not None:
            tell(chunk.first + want, "V11", "INDEX_REPEATED")
            continue
        order[want] = at
        if want < largest:
            tell(chunk.first + want, "V11", "INDEX_WRONG")
        largest = max(largest, want)
    for at, want in enumerate(wanted):
        if want is None:
            behind = order.index(at - 1) + 1 if at - 1 in order else 0
            if behind < chunk.count and order[behind] is None:
                order[behind] = at
            else:
                tell(chunk.first + behind, "V11", "INDEX_REPEATED")
    return order


def _wanted(chunk: Chunk, part: Cut) -> int | None:
    if chunk.certain:
        digest = trees.leaf(part.leaf)
        return chunk.published.index(digest) if digest in chunk.published else None
    try:
        place = leaf(part.leaf).index - chunk.first
    except Wrong:
        return None
    return place if 0 <= place < chunk.count else None


def _place(chunk: Chunk, number: int, at: int | None, tell: Tell) -> Place:
    index, published = chunk.first + number, chunk.published[number] if chunk.published else None
    if at is None:
        return Place(published if chunk.certain and published else trees.NOTHING)
    part = chunk.parts[at]
    digest = trees.leaf(part.leaf)
    differs = published is not None and digest != published
    if not part.told:
        tell(index, "V22", "FILE_BROKEN")
    if differs:
        tell(index, "V21", "ENTRY_ALTERED")
    place = Place(published if chunk.certain and published else digest, chunk.certain and differs, part.leaf)
    try:
        place.leaf = leaf(part.leaf)
    except Wrong as wrong:
        tell(index, wrong.rule, wrong.code)
    return place
