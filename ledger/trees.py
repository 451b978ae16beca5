"""The Merkle tree over the leaves: roots, proofs, and the frontier of a growing tree (F13, F14).

Promise: RFC 6962 and RFC 9162 to the byte; a proof that verifies leaves no second leaf, tree or order possible.
Rules: leaf SHA-256(0x00 || leaf), node SHA-256(0x01 || left || right); verification raises.
Elsewhere: how hashes lie in files, `ledger.tiles`; proofs out of those files, `ledger.proofs`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HASH = 32
EMPTY = hashlib.sha256(b"").digest()


class Unproved(Exception):
    """A proof does not prove what it is said to."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A growing tree, told by the roots of its complete subtrees, largest first: all that appending needs."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """The frontier after one more leaf hash."""
        nodes, size = list(self.nodes), self.size
        node = leaf
        while size & 1:  # every trailing 1 bit is a complete subtree as large as the node in hand
            node = node_hash(nodes.pop(), node)
            size >>= 1
        return Frontier(self.size + 1, (*nodes, node))

    def extend(self, leaves: Iterable[bytes]) -> "Frontier":
        """The frontier after these leaf hashes."""
        grown = self
        for leaf in leaves:
            grown = grown.append(leaf)
        return grown

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.nodes:
            return EMPTY
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes, by the definition of RFC 6962 section 2.1."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY
    middle = split(len(leaves))
    return node_hash(root(leaves[:middle]), root(leaves[middle:]))


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `Unproved` unless the leaf is entry `index` of the tree with this size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise Unproved(f"no entry {index} in a tree of {size}")
    number, last = index, size - 1
    if len(leaf) != HASH:
        raise Unproved(f"a leaf hash has {HASH} bytes, not {len(leaf)}")
    node = leaf
    for step in proof:
        if last == 0:
            raise Unproved("the proof is too long")
        if number & 1 or number == last:
            node = node_hash(step, node)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            node = node_hash(node, step)
        number, last = number >> 1, last >> 1
    if last != 0:
        raise Unproved("the proof is too short")
    if node != root:
        raise Unproved("the proof leads to another root")


def verify_consistency(*, old_size: int, new_size: int, proof: Sequence[bytes], old: bytes, new: bytes) -> None:
    """Raise `Unproved` unless the old tree is a prefix of the new one (RFC 9162, 2.1.4.2)."""
    if not 0 < old_size <= new_size:  # the empty tree is a prefix of every tree: that would prove nothing
        raise Unproved(f"a tree of {old_size} proves nothing about one of {new_size}")
    if old_size == new_size:
        if proof or old != new:
            raise Unproved("trees of one size have one root, and an empty proof")
        return
    number, last = old_size - 1, new_size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    steps = list(proof) if number else [old, *proof]
    if not steps:
        raise Unproved("the proof is empty")
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise Unproved("the proof is too long")
        if number & 1 or number == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            now = node_hash(now, step)
        number, last = number >> 1, last >> 1
    if last != 0:
        raise Unproved("the proof is too short")
    if was != old or now != new:
        raise Unproved("the proof leads to another root")


def split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1
