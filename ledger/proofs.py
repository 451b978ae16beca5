"""Proofs out of tiles: that an entry is in a tree, and that one tree is the beginning of another (F14, F19).

Promise: a handful of tiles is read for each proof, whatever the log's size; a proof that verifies by the log's key
leaves no other entry possible at its place in the tree that was signed.
Rules: the hashes of RFC 6962 section 2.1, in its order; as text, C2SP tlog-proof without `extra`, in one spelling.
Elsewhere: the arithmetic of verifying, `ledger.trees`; where tiles lie, `ledger.tiles`.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from ledger import checkpoints, envelopes, notes, tiles, trees
from ledger.checkpoints import Checkpoint
from ledger.notes import Unreadable, VerifierKey

FIRST_LINE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile("index (0|[1-9][0-9]{0,15})")
_TILE_LEVELS = 8  # a tile is eight levels of the tree high


@dataclass(frozen=True, slots=True)
class Hashes:
    """A tree of some size, whose tiles `read` brings by their paths."""

    size: int
    read: Callable[[str], bytes]

    def leaf(self, index: int) -> bytes:
        """The leaf hash of entry `index`."""
        if not 0 <= index < self.size:
            raise trees.Unproved(f"no entry {index} in a tree of {self.size}")
        return self._subtree(index, 1)

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The proof that entry `index` is in the tree."""
        if not 0 <= index < self.size:
            raise trees.Unproved(f"no entry {index} in a tree of {self.size}")
        return tuple(self._inclusion(index, 0, self.size))

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """The proof that the tree of the first `old` entries is the beginning of this one."""
        if not 0 < old <= self.size:
            raise trees.Unproved(f"a tree of {old} proves nothing about one of {self.size}")
        return tuple(self._consistency(old, 0, self.size, whole=True))

    def root(self) -> bytes:
        """The tree's root."""
        return self._root(0, self.size) if self.size else trees.EMPTY

    def _inclusion(self, index: int, first: int, end: int) -> list[bytes]:
        if end - first == 1:
            return []
        middle = first + trees.split(end - first)
        if index < middle:
            return [*self._inclusion(index, first, middle), self._root(middle, end)]
        return [*self._inclusion(index, middle, end), self._root(first, middle)]

    def _consistency(self, old: int, first: int, end: int, *, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self._root(first, end)]
        middle = first + trees.split(end - first)
        if old <= middle:
            return [*self._consistency(old, first, middle, whole=whole), self._root(middle, end)]
        return [*self._consistency(old, middle, end, whole=False), self._root(first, middle)]

    def _root(self, first: int, end: int) -> bytes:
        count = end - first
        if count & (count - 1):
            middle = first + trees.split(count)
            return trees.node_hash(self._root(first, middle), self._root(middle, end))
        return self._subtree(first, count)

    def _subtree(self, first: int, count: int) -> bytes:
        """The root over `count` entries, a power of two that `first` is a multiple of: it lies in one tile."""
        level = (count.bit_length() - 1) // _TILE_LEVELS
        span = tiles.WIDTH**level
        number, start = divmod(first // span, tiles.WIDTH)
        width = min(tiles.WIDTH, self.size // span - number * tiles.WIDTH)
        row = tiles.hashes(self.read(tiles.Tile(level, number, width).path()))
        if len(row) != width:
            raise trees.Unproved(f"a tile of {width} hashes holds {len(row)}")
        return trees.root(row[start : start + count // span])


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An entry's inclusion proof together with the checkpoint that it leads to."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str  # the note, with all its signatures

    def spell(self) -> str:
        """The proof as text."""
        lines = [FIRST_LINE, f"index {self.index}", *(base64.b64encode(each).decode() for each in self.hashes)]
        return "\n".join(lines) + "\n\n" + self.checkpoint


def prove(note: bytes, index: int, read: Callable[[str], bytes]) -> Proof:
    """The proof of an entry under a checkpoint, from the tiles of the tree that the checkpoint is of."""
    parsed = notes.parse(note)
    tree = Hashes(checkpoints.parse(parsed.text).size, read)
    return Proof(index=index, hashes=tree.inclusion(index), checkpoint=note.decode())


def verify(proof: Proof, leaf: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint under which the entry of this leaf hash stands at the proof's index.

    `Unreadable` unless the log's key signed the checkpoint, `trees.Unproved` unless the hashes lead to its root.
    """
    checkpoint = checkpoints.verify(proof.checkpoint.encode(), key)
    trees.verify_inclusion(leaf=leaf, index=proof.index, size=checkpoint.size, proof=proof.hashes, root=checkpoint.root)
    return checkpoint


def parse(text: str) -> Proof:
    """Read a proof without believing it; `Unreadable` where it is none."""
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Unreadable("a proof is UTF-8")
    head, blank, checkpoint = text.partition("\n\n")
    first, *lines = head.split("\n")
    if not blank or first != FIRST_LINE or not lines:
        raise Unreadable("not a tlog-proof of version 1")
    number = _INDEX.fullmatch(lines[0])
    if number is None:
        raise Unreadable(f"no index where a proof has it: {lines[0][:40]!r}")
    try:
        hashes = tuple(envelopes.strict_base64(line) for line in lines[1:])
    except ValueError as error:
        raise Unreadable("a hash of the proof is not base64") from error
    if any(len(each) != trees.HASH for each in hashes):
        raise Unreadable("a hash of the proof has not 32 bytes")
    return Proof(index=int(number.group(1)), hashes=hashes, checkpoint=checkpoint)
