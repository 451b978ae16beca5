"""One meaning, one byte string: RFC 8785 (JCS) out, strict JSON in.

Promise: `encode(parse(data)) == data` for whatever `parse` lets through, and `decode` lets nothing ambiguous through.
Rules (F1): UTF-8 without a byte order mark, no duplicate keys, no floats, integers below 2^53, text in NFC without lone
surrogates, nesting of at most 64: how deep a parser can go is not left to its language.
Elsewhere: which fields a body has, `ledger.statements`.
"""

import json
import unicodedata
from collections.abc import Iterable
from typing import Never, TypeAlias

import rfc8785

JSON: TypeAlias = "bool | int | str | list[JSON] | dict[str, JSON] | None"

LARGEST = 2**53 - 1
DEEPEST = 64
_DIGITS = len(str(LARGEST)) + 1


class NotCanonical(Exception):
    """The bytes are not the one encoding of any value."""


def encode(value: JSON) -> bytes:
    """The JCS bytes of a value."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise NotCanonical(str(error)) from error


def decode(data: bytes) -> JSON:
    """Read strict JSON, in whatever order and spacing it comes."""
    try:
        value: JSON = _READER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"not JSON: {error}") from error
    if data.count(b"{") + data.count(b"[") > DEEPEST:  # else it cannot be deeper
        _require_shallow(value, DEEPEST)
    if not _plain(data):
        _require_normal(value)
    return value


def parse(data: bytes) -> JSON:
    """Read canonical JSON: the bytes must be the very ones `encode` would write."""
    value = decode(data)
    check(value, data)
    return value


def check(value: JSON, data: bytes) -> None:
    """Raise `NotCanonical` unless the bytes, from which the value was decoded, are the ones `encode` would write."""
    # In plain ASCII the standard library's encoder, in C, writes the very bytes of RFC 8785: sorting by code point and
    # by UTF-16 unit is the same there, and so are the escapes (a test compares them with the reference). An auditor
    # with a million entries saves a third of the time.
    if (_WRITER.encode(value).encode() if _plain(data) else encode(value)) != data:
        raise NotCanonical("the bytes are not the RFC 8785 form of their value")


def _plain(data: bytes) -> bool:
    """Whether JSON is ASCII without \\u escapes: then it holds neither a lone surrogate nor text that is not NFC."""
    return data.isascii() and b"\\u" not in data


def _unrepeated(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("a key stands twice in an object")
    return found


def _small(digits: str) -> int:
    # The length first: int() of a very long run of digits is slow, and refused by Python itself beyond 4,300.
    if len(digits) > _DIGITS or abs(int(digits)) > LARGEST:
        raise NotCanonical("an integer reaches 2^53")
    return int(digits)


def _no_float(digits: str) -> Never:
    raise NotCanonical(f"a number that is not an integer: {digits[:40]}")


def _require_shallow(value: JSON, left: int) -> None:
    if not isinstance(value, list | dict):
        return
    if not left:
        raise NotCanonical(f"nested deeper than {DEEPEST}")
    for member in value.values() if isinstance(value, dict) else value:
        _require_shallow(member, left - 1)


def _require_normal(value: JSON) -> None:
    for text in _texts(value):
        if not unicodedata.is_normalized("NFC", text):
            raise NotCanonical("text that is not NFC")
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise NotCanonical("a lone surrogate")


_READER = json.JSONDecoder(
    object_pairs_hook=_unrepeated, parse_int=_small, parse_float=_no_float, parse_constant=_no_float
)
_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _texts(value: JSON) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from _texts(member)
