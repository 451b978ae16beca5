"""Prefixes: the leaf hashes of a growing log, and the root of every size that it has had.

Promise: any earlier root in some thirty hashes, for an eighth more memory than the leaf hashes themselves.
Rules: complete subtrees of 16 leaves and more are kept, smaller ones are made again when they are asked for.
Elsewhere: hashes and proofs, `ledger.trees`; what roots are compared with, `ledger.histories`, `ledger.publications`.
"""

from dataclasses import dataclass, field

from ledger import tiles, trees

_LOWEST = 4  # log2 of the leaves in the smallest subtree that is kept
_BLOCK = 1 << _LOWEST
_HEIGHT = (tiles.WIDTH - 1).bit_length()  # levels of the tree in a tile


@dataclass(slots=True)
class Prefixes:
    """A tree that only grows."""

    hashes: bytearray = field(default_factory=bytearray)  # leaf hash by index
    _nodes: list[bytearray] = field(default_factory=list)  # roots of complete subtrees, by level from `_LOWEST`

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self.hashes) // trees.HASH

    def append(self, digest: bytes) -> None:
        """Grow by one leaf hash."""
        self.hashes += digest
        if not self.size % _BLOCK:
            self._climb(trees.root(self._leaves(self.size - _BLOCK, self.size)))

    def hash(self, index: int) -> bytes:
        """The leaf hash of an entry."""
        return bytes(self.hashes[index * trees.HASH : (index + 1) * trees.HASH])

    def root(self, size: int) -> bytes:
        """The root of the tree at a size from 1 to today's."""
        blocks, rest = divmod(size, _BLOCK)
        root = trees.root(self._leaves(size - rest, size)) if rest else None
        for level in range(blocks.bit_length()):
            if blocks >> level & 1:
                node = _at(self._nodes[level], (blocks >> level) - 1)
                root = node if root is None else trees.node_hash(node, root)
        return trees.EMPTY if root is None else root

    def row(self, level: int) -> bytearray:
        """The hashes of a level of tiles, one after the other."""
        if not level:
            return self.hashes
        number = level * _HEIGHT - _LOWEST
        return self._nodes[number] if number < len(self._nodes) else bytearray()

    def _climb(self, node: bytes) -> None:
        number, level = self.size // _BLOCK, 0
        while True:
            if level == len(self._nodes):
                self._nodes.append(bytearray())
            row = self._nodes[level]
            row += node
            if number & 1:
                return
            node = trees.node_hash(bytes(row[-2 * trees.HASH : -trees.HASH]), bytes(row[-trees.HASH :]))
            number, level = number >> 1, level + 1

    def _leaves(self, first: int, end: int) -> list[bytes]:
        return [self.hash(index) for index in range(first, end)]


def _at(row: bytearray, number: int) -> bytes:
    return bytes(row[number * trees.HASH : (number + 1) * trees.HASH])
