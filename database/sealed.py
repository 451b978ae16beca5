"""What is sealed of a person, and the one function that opens it.

Promise: without the number of a trail row that is already written there is no plaintext: `open_sealed` asks for one by
its type. What was altered, moved to another row or sealed under another key is never opened, but `Broken`.
Rules: XChaCha20-Poly1305 (libsodium, through PyNaCl) under a random key of that person and a random nonce; bound to
what it is of, and padded to whole blocks, so that its length tells little. The content is a JSON object.
Elsewhere: where the keys are, `database.vaults`; who writes trail rows, `database.trails` and `reading`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NewType

import nacl.utils
from nacl.exceptions import CryptoError
from nacl.secret import Aead

Trailed = NewType("Trailed", int)
"""The number of a row of the trail that is written. Made by `database.trails` and by `reading.rows`, nowhere else."""

PERSON = "person"  # what the row of a person seals

BLOCK = 256  # bytes: names and identity numbers fit in one
KEY = 32
_PREFIX = b"estafet/sealed/v1\n"


class Broken(Exception):
    """A sealed value that this key does not open for this use: altered, or moved. It says no more than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """The key of one person."""

    person: str  # 32 hex digits
    secret: bytes = field(repr=False)


def new_key(person: str) -> DataKey:
    return DataKey(person=person, secret=nacl.utils.random(KEY))


def seal(key: DataKey, content: Mapping[str, Any], *, of: str) -> bytes:
    """`of`: what it is a part of, such as `opening\\n<statement>\\n<name>`; it must be said again to open it."""
    told = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    padded = told + b" " * (-len(told) % BLOCK)
    return bytes(Aead(key.secret).encrypt(padded, _bound(key, of)))


def open_sealed(trailed: Trailed, key: DataKey, sealed: bytes, *, of: str) -> dict[str, Any]:
    """What was sealed; raises `Broken`."""
    if trailed < 1:
        raise ValueError("nothing is opened without a row of the trail")
    try:
        told = json.loads(Aead(key.secret).decrypt(sealed, _bound(key, of)))
    except (CryptoError, ValueError):
        raise Broken(of.partition("\n")[0]) from None
    if not isinstance(told, dict):
        raise Broken(of.partition("\n")[0])
    return told


def of_condition(statement: str) -> str:
    return f"condition\n{statement}"


def of_opening(statement: str, name: str) -> str:
    return f"opening\n{statement}\n{name}"


def _bound(key: DataKey, of: str) -> bytes:
    return _PREFIX + key.person.encode() + b"\n" + of.encode()
