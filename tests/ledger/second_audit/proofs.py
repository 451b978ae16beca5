"""Proofs to keep: F19, with the inclusion proofs of F14."""

import re

from tests.ledger.second_audit import notes, trees
from tests.ledger.second_audit.notes import Key
from tests.ledger.second_audit.texts import Broken, parsed, unbased


def proved(text: bytes, leaf: bytes, log: Key) -> int:
    """The index at which the log has this leaf; `Broken` if that is not proved."""
    head, blank, note = text.partition(b"\n\n")
    first, index, *lines = head.decode("utf-8").split("\n") if head.count(b"\n") else ("", "")
    form = re.fullmatch("index (0|[1-9][0-9]{0,15})", index)
    if not blank or first != "c2sp.org/tlog-proof@v1" or form is None:
        raise Broken("not a proof")
    number, hashes = int(form[1]), [unbased(line) for line in lines]
    checkpoint = notes.checkpoint(note, log)
    if any(len(each) != 32 for each in hashes) or number >= checkpoint.size or parsed(leaf)["index"] != number:
        raise Broken("not of this entry")
    if _root(trees.leaf(leaf), number, checkpoint.size, hashes) != checkpoint.root:
        raise Broken("leads to another root")
    return number


def _root(node: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """The root that hashes lead to, from the top: the half that the entry is not in is the last of them."""
    if size == 1:
        if hashes:
            raise Broken("more hashes than the tree is high")
        return node
    if not hashes:
        raise Broken("fewer hashes than the tree is high")
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return trees.node(_root(node, index, half, hashes[:-1]), hashes[-1])
    return trees.node(hashes[-1], _root(node, index - half, size - half, hashes[:-1]))
