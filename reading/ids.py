"""Opaque ids and sealed cursors: data, never errors. What cannot be read is None, and None finds nothing.

Promise: one object has exactly one id; a cursor tells its holder nothing and opens only in the list it was made for.
Rules: an id is base64url without padding of `<Type>:<key>`, the key as 32 hex digits for UUIDs, decimal for numbers,
else the text itself. A cursor is a SecretBox over the list's name and the row's place in its order. Its nonce is a
keyed hash of what it holds, so that the same place has the same cursor in every answer: two equal cursors then show
that two places are equal, which their holder knows anyway.
Elsewhere: the key comes from `settings`; what a place is compared with, `keysets`.
"""

from __future__ import annotations

import datetime
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

Key = UUID | str | int
LONGEST = 2_000  # characters: longer is nothing of ours and is not looked at


@dataclass(frozen=True, slots=True)
class Named:
    kind: str
    key: str


def id_of(kind: str, key: Key) -> str:
    return urlsafe_b64encode(f"{kind}:{text_of(key)}".encode()).rstrip(b"=").decode()


def text_of(key: Key) -> str:
    return key.hex if isinstance(key, UUID) else str(key)


def opened(text: str) -> Named | None:
    """what an id names; None for everything that `id_of` did not write"""
    try:
        raw = unpadded(text)
        kind, colon, key = raw.decode().partition(":")
    except ValueError:
        return None
    return Named(kind, key) if colon and kind and key else None


def unpadded(text: str) -> bytes:
    """strict: one byte string has one text, or two ids would name one object"""
    if len(text) > LONGEST or "=" in text:
        raise ValueError(text[:20])
    raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError(text[:20])
    return raw


def typed(key: object, kind: type) -> Key | None:
    """a key as its column holds it; None when no such row can exist"""
    if isinstance(key, UUID):
        return key if kind is UUID else None
    text = str(key)
    if kind is UUID:
        return UUID(text) if len(text) == 32 and set(text) <= set("0123456789abcdef") else None
    if kind is int:
        return int(text) if len(text) <= 18 and text.isascii() and text.isdigit() and str(int(text)) == text else None
    return text if storable(text) else None


def handed(key: object, kind: type) -> Key | None:
    """a key that an operation hands over: ours, so that a wrong one is a fault and raises"""
    if key is None or isinstance(key, UUID):
        return key
    return UUID(str(key)) if kind is UUID else kind(key)


def storable(text: str) -> bool:
    """PostgreSQL's text holds no NUL, and UTF-8 no lone surrogate: nothing kept can equal such a text"""
    return not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text)


@dataclass(frozen=True, slots=True)
class Cursors:
    """seals and opens the places of rows"""

    key: bytes

    def sealer(self, name: str) -> Callable[..., str]:
        """seals places of the list of this name"""
        box, head, key = SecretBox(self.key), orjson.dumps(name), self.key

        def seal(*place: Any) -> str:
            plain = head + orjson.dumps([text_of(v) if isinstance(v, UUID) else v for v in place])
            nonce = blake2b(plain, digest_size=SecretBox.NONCE_SIZE, key=key, person=b"cursor-nonce").digest()
            return urlsafe_b64encode(box.encrypt(plain, nonce)).rstrip(b"=").decode()

        return seal

    def place(self, text: str, name: str, types: tuple[type, ...]) -> tuple[Any, ...] | None:
        """the place that a cursor of this list seals"""
        try:
            plain = SecretBox(self.key).decrypt(unpadded(text))
            head = orjson.dumps(name)
            values = orjson.loads(plain[len(head) :]) if plain.startswith(head) else ()
            return tuple(_restored(value, kind) for value, kind in zip(values, types, strict=True))
        except (ValueError, CryptoError):  # also what we sealed when the list had another order
            return None


def _restored(value: Any, kind: type) -> Any:
    if kind is datetime.datetime:
        return datetime.datetime.fromisoformat(str(value))
    if kind is UUID:
        return UUID(str(value))
    if type(value) is not kind:
        raise ValueError(kind)
    return value
