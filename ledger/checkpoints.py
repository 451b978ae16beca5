"""Checkpoints: the log's signed word on its size and root (C2SP tlog-checkpoint, without extension lines; F16).

Promise: a checkpoint that opens is the log's own, and has one spelling.
Elsewhere: the note around it, `ledger.notes`; when one is signed, `operations.publishing`.
"""

import base64
import re
from dataclasses import dataclass

from nacl.signing import SigningKey

from ledger import envelopes, notes, trees
from ledger.notes import Unreadable, VerifierKey

_SIZE = re.compile("0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log, its size and the root of its tree at that size."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse(text: str) -> Checkpoint:
    """Read a checkpoint's three lines."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] != "" or not lines[0]:
        raise Unreadable("a checkpoint is origin, size and root, a line each and no more")
    if not _SIZE.fullmatch(lines[1]):
        raise Unreadable("the size is not a decimal number without leading zeros")
    try:
        root = envelopes.strict_base64(lines[2])
    except ValueError as error:
        raise Unreadable("the root is not base64") from error
    if len(root) != trees.HASH:
        raise Unreadable(f"the root has {len(root)} bytes, not {trees.HASH}")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def sign(checkpoint: Checkpoint, signer: SigningKey) -> str:
    """The checkpoint as a note, signed by the log's key under the origin's name."""
    return notes.sign(checkpoint.text(), checkpoint.origin, signer)


def verify(note: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint of a note, `Unreadable` unless the log's key signed it for its own origin."""
    checkpoint = parse(notes.verify(note, [key]).text)
    if checkpoint.origin != key.name:
        raise Unreadable(f"a checkpoint of {checkpoint.origin}, not of {key.name}")
    return checkpoint
