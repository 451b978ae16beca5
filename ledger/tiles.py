"""Tiles and bundles: the tree's hashes and entries as files that never change (C2SP tlog-tiles; F17).

Promise: `grow` tells every file that a log's growth writes, and nothing it writes depends on when it was called.
Rules: 256 hashes a tile; a partial tile for every published size, never hashed into the level above; a bundle is
(u16 big-endian length || leaf) for each entry of a tile of level 0.
Elsewhere: who writes the files, `operations.publishing`; who checks them, `ledger.verifier`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ledger import entries, trees
from ledger.rules import Code, Refused
from ledger.trees import Frontier

WIDTH = 256
LEVELS = 64
BUNDLES = "entries"
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile (level 0 to 63) or a bundle (level None) stands, and how many it holds."""

    level: int | None
    number: int
    width: int = WIDTH

    def path(self) -> str:
        """Its path: tile/<L>/<N>[.p/<W>]."""
        level = BUNDLES if self.level is None else str(self.level)
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{level}/{name}" + ("" if self.width == WIDTH else f".p/{self.width}")


@dataclass(frozen=True, slots=True)
class File:
    """A file to write."""

    path: str
    content: bytes


def parse_path(path: str) -> Tile | None:
    """The tile of a path, or None where the path is not the one spelling of any.

    Six groups of digits are more than a log of the largest size (F16) needs; thousands would be no number to Python.
    """
    form = _PATH.fullmatch(path)
    if form is None:
        return None
    level = None if form.group(1) == BUNDLES else int(form.group(1))
    tile = Tile(level, int(re.sub("[x/]", "", form.group(2))), int(form.group(3) or WIDTH))
    return tile if tile.path() == path and (level or 0) < LEVELS and tile.width <= WIDTH else None


def bundle(leaves: Iterable[bytes]) -> bytes:
    """The bundle of these leaves."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def unbundle(data: bytes) -> tuple[bytes, ...]:
    """The leaves of a bundle; `Refused` by V22 where lengths and bytes do not add up."""
    found: list[bytes] = []
    start = 0
    while start < len(data):
        end = start + 2 + int.from_bytes(data[start : start + 2], "big")
        if start + 2 > len(data) or end > len(data):
            raise Refused(Code.FILE_BROKEN, f"the bundle ends within its leaf {len(found)}")
        found.append(data[start + 2 : end])
        start = end
    return tuple(found)


def hashes(data: bytes) -> tuple[bytes, ...]:
    """The hashes of a tile; `Refused` by V22 where its length is not theirs."""
    if not data or len(data) % trees.HASH or len(data) > WIDTH * trees.HASH:
        raise Refused(Code.FILE_BROKEN, f"{len(data)} bytes are not 1 to {WIDTH} hashes")
    return tuple(data[start : start + trees.HASH] for start in range(0, len(data), trees.HASH))


def of_size(size: int) -> Iterator[Tile]:
    """Every tile and bundle of a log of this size, bundles first, in ascending order."""
    yield from _row(None, size)
    level = 0
    while size:
        yield from _row(level, size)
        size, level = size // WIDTH, level + 1


def _row(level: int | None, count: int) -> Iterator[Tile]:
    for number in range(count // WIDTH):
        yield Tile(level, number)
    if count % WIDTH:
        yield Tile(level, count // WIDTH, count % WIDTH)


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of the files at one size: what the next growth continues, and the last leaf hash it links to."""

    size: int = 0
    levels: tuple[tuple[bytes, ...], ...] = ()  # per level, the hashes of the tile that is not full yet
    leaves: tuple[bytes, ...] = ()  # the leaves of the bundle that is not full yet
    last: str = entries.NO_PREV  # leaf hash of the last entry, in hex: the next one's `prev`

    def root(self) -> bytes:
        """The root of the tree at this size."""
        nodes: list[bytes] = []
        for level in reversed(self.levels):
            nodes.extend(Frontier().extend(level).nodes)
        return Frontier(self.size, tuple(nodes)).root()


def edge(size: int, read: Callable[[str], bytes]) -> Edge:
    """The edge of published files; `Refused` by V22 where they are not what a log of this size has."""
    levels: list[tuple[bytes, ...]] = []
    count = size
    while count:
        width = count % WIDTH
        levels.append(_partial(Tile(len(levels), count // WIDTH, width), read) if width else ())
        count //= WIDTH
    leaves = unbundle(read(Tile(None, size // WIDTH, size % WIDTH).path())) if size % WIDTH else ()
    if tuple(trees.leaf_hash(leaf) for leaf in leaves) != (levels[0] if levels else ()):
        raise Refused(Code.FILE_BROKEN, f"the last bundle of a log of {size} is not that of its last tile")
    if not size:
        return Edge()
    last = levels[0][-1] if levels[0] else hashes(read(Tile(0, size // WIDTH - 1).path()))[-1]
    return Edge(size, tuple(levels), leaves, last.hex())


def grow(old: Edge, added: Iterable[bytes]) -> tuple[Edge, tuple[File, ...]]:
    """The edge after these leaves, and every file that the growth writes: full tiles, then the partial ones."""
    levels, leaves = [list(level) for level in old.levels], list(old.leaves)
    size, last, files = old.size, old.last, list[File]()
    for leaf in added:
        digest = trees.leaf_hash(leaf)
        leaves.append(leaf)
        size, last = size + 1, digest.hex()
        if len(leaves) == WIDTH:
            files.append(File(Tile(None, size // WIDTH - 1).path(), bundle(leaves)))
            leaves.clear()
        _climb(levels, digest, size, files)
    new = Edge(size, tuple(tuple(level) for level in levels), tuple(leaves), last)
    return new, (*files, *_partials(old, new))


def _climb(levels: list[list[bytes]], digest: bytes, size: int, files: list[File]) -> None:
    level = 0
    while True:
        if level == len(levels):
            levels.append([])
        row = levels[level]
        row.append(digest)
        if len(row) < WIDTH:
            return
        level += 1
        files.append(File(Tile(level - 1, size // WIDTH**level - 1).path(), b"".join(row)))
        digest = trees.root(row)
        row.clear()


def _partials(old: Edge, new: Edge) -> Iterator[File]:
    if new.leaves and new.size > old.size:
        yield File(Tile(None, new.size // WIDTH, len(new.leaves)).path(), bundle(new.leaves))
    for level, row in enumerate(new.levels):
        span = WIDTH**level
        if row and new.size // span > old.size // span:
            yield File(Tile(level, new.size // span // WIDTH, len(row)).path(), b"".join(row))


def _partial(tile: Tile, read: Callable[[str], bytes]) -> tuple[bytes, ...]:
    found = hashes(read(tile.path()))
    if len(found) != tile.width:
        raise Refused(Code.FILE_BROKEN, f"{tile.path()} holds {len(found)} hashes")
    return found
