"""Signed notes: text under signatures by named keys (C2SP signed-note).

Promise: a note that opens was signed by a key that the reader named, over exactly this text.
Rules (F15): signatures of unknown keys are ignored, even if they share a name or an id (but not both) with a known one;
a known key's signature that does not verify refuses the whole note; without a known one it is refused too.
Elsewhere: what the text says, `ledger.checkpoints`.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nacl.signing import SigningKey

from ledger import envelopes, keys
from ledger.rules import Refused

LOG_KEY = 0x01
COSIGNATURE = 0x04
MOST_SIGNATURES = 100
_LINE = re.compile("— ([^ ]+) ([^ ]+)")
_VKEY = re.compile(r"([^+\s\ud800-\udfff]+)\+([0-9a-f]{8})\+(.+)")


class Unreadable(Exception):
    """Not a note, not a key, or not signed by any key that was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A key that may sign notes: its name, its type, its public half."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256(name || newline || type || public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def spell(self) -> str:
        """The key as text: name+id+base64."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.type]) + self.public).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in the note."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, with its last newline, and its signature lines."""

    text: str
    signatures: tuple[Signature, ...]


def read_key(vkey: str) -> VerifierKey:
    """A key from its text; `Unreadable` where text, id or curve point are wrong."""
    form = _VKEY.fullmatch(vkey)
    try:
        encoded = envelopes.strict_base64(form.group(3)) if form else b""
    except ValueError as error:
        raise Unreadable(f"a key whose base64 is wrong: {vkey[:80]}") from error
    if form is None or len(encoded) != 1 + keys.PUBLIC or encoded[0] not in (LOG_KEY, COSIGNATURE):
        raise Unreadable(f"not a key of a known type: {vkey[:80]}")
    key = VerifierKey(name=form.group(1), type=encoded[0], public=encoded[1:])
    if key.id.hex() != form.group(2):
        raise Unreadable(f"a key whose id is not its own: {vkey[:80]}")
    try:
        keys.admit(key.public)
    except Refused as refused:
        raise Unreadable(str(refused)) from refused
    return key


def key_of(name: str, signer: SigningKey) -> VerifierKey:
    """The log key that a signing key is, under a name."""
    if not name or "+" in name or any(sign.isspace() for sign in name):
        raise Unreadable(f"not a name for a key: {name!r}")
    return VerifierKey(name=name, type=LOG_KEY, public=bytes(signer.verify_key))


def sign(text: str, name: str, signer: SigningKey) -> str:
    """The note: the text under one Ed25519 signature."""
    key = key_of(name, signer)
    signature = Signature(name=name, key_id=key.id, signature=signer.sign(text.encode()).signature)
    note = f"{text}\n{signature.line()}"
    parse(note.encode())
    return note


def parse(data: bytes) -> Note:
    """Read a note without believing it."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("a note is UTF-8") from error
    if any(sign < " " and sign != "\n" for sign in whole):
        raise Unreadable("a note has no control characters but newlines")
    head, blank, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or not head or lines.pop() != "":
        raise Unreadable("a note is a text, an empty line and signature lines, each with its newline")
    if not 1 <= len(lines) <= MOST_SIGNATURES:
        raise Unreadable(f"a note has 1 to {MOST_SIGNATURES} signatures")
    return Note(text=head + "\n", signatures=tuple(_signature(line) for line in lines))


def verify(data: bytes, known: Sequence[VerifierKey]) -> Note:
    """Read a note and believe it: every known key's signature verifies, and there is one."""
    note = parse(data)
    verified = False
    for signature in note.signatures:
        for key in known:
            if (key.name, key.id) != (signature.name, signature.key_id):
                continue
            if key.type != LOG_KEY:
                raise Unreadable(f"the key {key.name} is not of the type that signs texts")
            try:
                keys.verified(key.public, signature.signature, note.text.encode())
            except Refused as refused:
                raise Unreadable(f"the signature of {key.name} does not verify") from refused
            verified = True
    if not verified:
        raise Unreadable("signed by none of the keys that were named")
    return note


def _signature(line: str) -> Signature:
    form = _LINE.fullmatch(line)
    try:
        encoded = envelopes.strict_base64(form.group(2)) if form else b""
    except ValueError as error:
        raise Unreadable(f"a signature line whose base64 is wrong: {line[:80]!r}") from error
    if form is None or len(encoded) < 5 or "+" in form.group(1) or any(sign.isspace() for sign in form.group(1)):
        raise Unreadable(f"not a signature line: {line[:80]!r}")
    return Signature(name=form.group(1), key_id=encoded[:4], signature=encoded[4:])
