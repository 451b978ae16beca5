"""Cosignatures: a witness's word on a checkpoint, and when it was given (C2SP tlog-cosignature, `cosignature/v1`; F16).

Promise: a cosignature that is counted was made by a key that the reader named, over this very checkpoint at this time.
Rules: lines of unknown keys are ignored; a known witness's line that does not verify is not counted, and named. Of
several by one witness the earliest counts. Who merges lines into a note keeps every line of others as it stands.
Elsewhere: the note around it, `ledger.notes`; how many are enough, `ledger.quorums`; who asks for them,
`operations.collecting`; who gives them, `ledger.witnesses`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from nacl.signing import SigningKey

from ledger import keys, notes
from ledger.notes import COSIGNATURE, MOST_SIGNATURES, Note, Signature, Unreadable, VerifierKey
from ledger.rules import Refused

_TIME: Final = 8  # bytes
_LATEST: Final = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp())  # as F12 has it: years to 8999


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """What the named witnesses say in one note."""

    times: Mapping[VerifierKey, int]  # of those that verify, in seconds since 1970
    wrong: tuple[str, ...]  # names of those with a line that does not


def key_of(name: str, signer: SigningKey) -> VerifierKey:
    """The witness key that a signing key is, under a name."""
    return VerifierKey(name=notes.key_of(name, signer).name, type=COSIGNATURE, public=bytes(signer.verify_key))


def cosign(text: str, name: str, signer: SigningKey, time: int) -> Signature:
    """The cosignature of a checkpoint's text at a time, in seconds since 1970."""
    key = key_of(name, signer)
    signed = signer.sign(_message(text, time)).signature
    return Signature(name=name, key_id=key.id, signature=time.to_bytes(_TIME, "big") + signed)


def read(note: Note, witnesses: Sequence[VerifierKey]) -> Cosigned:
    """What these witnesses say in a note."""
    times: dict[VerifierKey, int] = {}
    wrong = []
    for line in note.signatures:
        key = _known(line, witnesses)
        time = None if key is None else _verified(note.text, line, key)
        if key is not None and time is not None:
            times[key] = min(time, times.get(key, time))
        elif key is not None:
            wrong.append(key.name)
    return Cosigned(times=times, wrong=tuple(wrong))


def offered(text: str, answer: bytes) -> tuple[Signature, ...]:
    """The signature lines of a witness's answer on this text; `Unreadable` where it is not only such lines."""
    told = notes.parse(f"{text}\n".encode() + answer)
    if told.text != text:
        raise Unreadable("an answer is signature lines and nothing else")
    return told.signatures


def merged(note: bytes, added: Iterable[Signature], witnesses: Sequence[VerifierKey]) -> bytes:
    """The note with what was added: of each witness its earliest cosignature that verifies, all else as it stands."""
    told = notes.parse(note)
    earliest: dict[VerifierKey, tuple[int, Signature]] = {}
    for line in (*told.signatures, *added):
        key = _known(line, witnesses)
        time = None if key is None else _verified(told.text, line, key)
        if key is not None and time is not None and (key not in earliest or time < earliest[key][0]):
            earliest[key] = time, line
    others = [line for line in told.signatures if _known(line, witnesses) is None]
    ours = [earliest[key][1] for key in witnesses if key in earliest]
    lines = [line.line() for line in (*others, *ours)][:MOST_SIGNATURES]
    return f"{told.text}\n{''.join(lines)}".encode()


def _known(line: Signature, witnesses: Sequence[VerifierKey]) -> VerifierKey | None:
    return next((key for key in witnesses if (key.name, key.id) == (line.name, line.key_id)), None)


def _verified(text: str, line: Signature, key: VerifierKey) -> int | None:
    """When the witness signed; None where it did not."""
    time = int.from_bytes(line.signature[:_TIME], "big")
    if not 0 < time < _LATEST:
        return None
    try:
        keys.verified(key.public, line.signature[_TIME:], _message(text, time))
    except Refused:
        return None
    return time


def _message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()
