"""What a witness decides: whether a checkpoint continues the one that it signed before (C2SP tlog-witness).

Promise: whatever is sent, and by whomever, a witness signs only checkpoints each of which holds the one before it as
its beginning; so nobody can show it, or those who trust it, two histories of one log.
Rules: in the order of the protocol: what was sent can be read; the log is known; the log signed it; the size is not
smaller than the old one; the old one is what was signed last; the proof holds. On consistency alone: what stands in
the log is not this one's to judge. A size's other root is proved by nothing, so it is refused as such a proof.
Elsewhere: keeping what was signed, and the protocol's answers, `cli.witness`; the signature, `ledger.cosignatures`.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger import checkpoints, envelopes, notes, trees
from ledger.checkpoints import Checkpoint
from ledger.notes import Unreadable, VerifierKey

MOST_STEPS: Final = 63  # of a consistency proof
_OLD: Final = re.compile("old (0|[1-9][0-9]{0,15})")


class Objection(StrEnum):
    """Why a witness does not sign."""

    MALFORMED = "malformed"
    UNKNOWN_LOG = "unknown log"
    UNTRUSTED = "not signed by the log"
    STALE = "old size is not the last one signed"
    UNPROVED = "not proved to continue"


class Refused(Exception):
    """A witness refuses; `size` is that of the checkpoint that it signed last, where this is what was asked."""

    def __init__(self, objection: Objection, message: str, size: int = 0) -> None:
        super().__init__(message)
        self.objection = objection
        self.size = size


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A checkpoint, the size that its sender believes was signed last, and the proof from there."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def spell(self) -> bytes:
        """What is sent."""
        steps = "".join(f"{base64.b64encode(step).decode()}\n" for step in self.proof)
        return f"old {self.old}\n{steps}\n".encode() + self.note


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A submission by a known log."""

    submission: Submission
    checkpoint: Checkpoint
    text: str  # which is signed


def parse(data: bytes) -> Submission:
    """Read what was sent, without believing it."""
    head, blank, note = data.partition(b"\n\n")
    first, *steps = head.split(b"\n")
    old = _OLD.fullmatch(first.decode("utf-8", "replace"))
    if not blank or old is None:
        raise Unreadable("not an old size, a proof, an empty line and a checkpoint")
    if len(steps) > MOST_STEPS:
        raise Unreadable(f"a proof of more than {MOST_STEPS} hashes")
    try:
        proof = tuple(envelopes.strict_base64(step.decode("ascii")) for step in steps)
    except ValueError as error:
        raise Unreadable("a hash of the proof is not base64") from error
    if any(len(step) != trees.HASH for step in proof):
        raise Unreadable(f"a hash of the proof has not {trees.HASH} bytes")
    return Submission(old=int(old.group(1)), proof=proof, note=note)


def admit(data: bytes, logs: Mapping[str, VerifierKey]) -> Offer:
    """What was sent, if it is signed by one of these logs, by origin; else `Refused`."""
    try:
        submission = parse(data)
        text = notes.parse(submission.note).text
        told = checkpoints.parse(text)
    except Unreadable as error:
        raise Refused(Objection.MALFORMED, str(error)) from error
    key = logs.get(told.origin)
    if key is None:
        raise Refused(Objection.UNKNOWN_LOG, "this witness does not watch that log")
    try:
        checkpoint = checkpoints.verify(submission.note, key)
    except Unreadable as error:
        raise Refused(Objection.UNTRUSTED, str(error)) from error
    if submission.old > checkpoint.size:
        raise Refused(Objection.MALFORMED, f"old size {submission.old} is above the size {checkpoint.size}")
    return Offer(submission=submission, checkpoint=checkpoint, text=text)


def require_continuing(offer: Offer, last: Checkpoint | None) -> None:
    """`Refused` unless the offer continues what was signed last of its log; None: nothing yet."""
    size = 0 if last is None else last.size
    submission, new = offer.submission, offer.checkpoint
    if submission.old != size:
        raise Refused(Objection.STALE, f"{size} was signed last, not {submission.old}", size)
    try:
        if last is None or not last.size:
            _begin(submission, new)
        else:
            trees.verify_consistency(
                old_size=last.size, new_size=new.size, proof=submission.proof, old=last.root, new=new.root
            )
    except trees.Unproved as error:
        raise Refused(Objection.UNPROVED, str(error), size) from error


def _begin(submission: Submission, new: Checkpoint) -> None:
    """Every tree continues the empty one, and nothing proves it."""
    if submission.proof:
        raise trees.Unproved("a proof from the empty tree")
    if not new.size and new.root != trees.EMPTY:
        raise trees.Unproved("not the root of the empty tree")
