"""Roots of earlier trees, out of a folder's hash tiles.

Promise: `root_of_prefix` reads the few tiles that a tree of that size stands on; two trees whose roots come out of one
folder of tiles are one a prefix of the other.
Elsewhere: tiles against entries, `ledger.verifier`.
"""

from cli.audit.endings import Stopped
from cli.audit.folders import Folder
from ledger.tiles import WIDTH, Tile
from ledger.trees import EMPTY, HASH, node_hash

HEIGHT = 8


def root_of_prefix(folder: Folder, size: int) -> bytes:
    """The root of the first `size` entries."""
    nodes = [
        node(folder, level, (size >> level) - 1) for level in reversed(range(size.bit_length())) if size >> level & 1
    ]
    if not nodes:
        return EMPTY
    root = nodes[-1]
    for left in reversed(nodes[:-1]):
        root = node_hash(left, root)
    return root


def node(folder: Folder, level: int, number: int) -> bytes:
    """The root of the complete subtree of 2^level entries with this number."""
    height, rest = divmod(level, HEIGHT)
    first = number << rest
    hashes = tile(folder, height, first // WIDTH)
    at = first % WIDTH
    row = [hashes[HASH * n : HASH * (n + 1)] for n in range(at, at + (1 << rest))]
    if any(len(each) != HASH for each in row):
        raise Stopped(f"{folder.path} does not hold the hash tiles up to there; fetch the log again")
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def tile(folder: Folder, height: int, number: int) -> bytes:
    """The widest tile of this place that the folder has."""
    name = Tile(height, number).path()
    whole = folder.read(name)
    if whole is not None:
        return whole
    widest = max(folder.numbers(f"{name}.p"), default=0)
    return folder.read(f"{name}.p/{widest}") or b""
