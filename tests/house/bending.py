"""Bent examples: valid ones with something wrong in them, by chance that a number settles.

Promise: the same number gives the same bytes; nothing grows beyond `LONGEST`.
Rules: bytes are flipped, cut, repeated and spliced; a text gets odd characters; in JSON a member is taken away, put
twice or exchanged for an odd value, also in JSON that stands in base64 within it.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

LONGEST: Final = 70_000
DEEP: Final = 1_200
ODD: Final[tuple[object, ...]] = (
    None, True, False, 0, 1, -1, 2, 255, 2**31, 2**53 - 1, 2**53, 2**63, 2**64, 10**30, 1.5, -0.0, 1e300, float("inf"),
    float("nan"), "", " ", "x", "0", "\x00", "\ud800", "\udcff", "e\u0301", "\u202e", "\U0001f600", "ID-JK", "null",
    "2026-02-30T00:00:00Z", "=", "A" * 5_000, "ab" * 32, [], [[]], {}, {"": None}, {"name": 1}, ["x"] * 200,
)  # fmt: skip
PIECES: Final[tuple[bytes, ...]] = (
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\n", b"\n\n", b"\r\n", b" ", b"+", b"=", b"/", b"..", b"%", b"%00",
    b"\xe2\x80\x94 ", b"e\xcc\x81", b"\\u0000", b"\\ud800", b'"', b"[", b"]", b"{", b"}", b",", b"-", b"0", b"9" * 20,
    b"9" * 5_000, b"[" * DEEP, b'{"a":' * DEEP, b"(" * 300, b"x000/" * 2_000, b"1e999", b"NaN", b"1.0", b"\xef\xbb\xbf",
    b"http://[", b"@", b":", b"0001-01-01T00:00:00+14:00", b"q=nan",
)  # fmt: skip


def bent(examples: Sequence[bytes], number: int) -> bytes:
    """One example with one thing wrong, or up to four; or bytes of no example."""
    rnd = Random(number)  # noqa: S311  # examples of a test hide nothing
    if rnd.random() < 0.05:
        return rnd.randbytes(rnd.choice((0, 1, 2, 40, 300)))
    data = rnd.choice(examples)
    if rnd.random() < 0.04:
        return data
    for _ in range(rnd.choice((1, 1, 1, 2, 4))):
        bend = rnd.choice((in_json, in_json, flip, cut, repeat, splice, insert, insert))
        data = bend(data, rnd, examples)[:LONGEST]
    return data


def flip(data: bytes, rnd: Random, _: Sequence[bytes]) -> bytes:
    """Another byte in the place of one."""
    if not data:
        return b"\x00"
    at = rnd.randrange(len(data))
    return data[:at] + bytes([data[at] ^ rnd.choice((1, 2, 32, 128, 255))]) + data[at + 1 :]


def cut(data: bytes, rnd: Random, _: Sequence[bytes]) -> bytes:
    """Some of it gone."""
    start = rnd.randrange(len(data) + 1)
    return data[:start] + data[start + rnd.choice((1, 2, 16, len(data))) :]


def repeat(data: bytes, rnd: Random, _: Sequence[bytes]) -> bytes:
    """Some of it again."""
    start = rnd.randrange(len(data) + 1)
    piece = data[start : start + rnd.choice((1, 4, 40, len(data)))]
    return data[:start] + piece * rnd.choice((2, 3, 60)) + data[start + len(piece) :]


def splice(data: bytes, rnd: Random, examples: Sequence[bytes]) -> bytes:
    """The beginning of one, the end of another."""
    other = rnd.choice(examples)
    return data[: rnd.randrange(len(data) + 1)] + other[rnd.randrange(len(other) + 1) :]


def insert(data: bytes, rnd: Random, _: Sequence[bytes]) -> bytes:
    """Something odd in between."""
    start = rnd.randrange(len(data) + 1)
    return data[:start] + rnd.choice(PIECES) + data[start + rnd.choice((0, 0, 1, 8)) :]


def in_json(data: bytes, rnd: Random, examples: Sequence[bytes]) -> bytes:
    """JSON with another member; the bytes flipped where it is none."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return flip(data, rnd, examples)
    if rnd.random() < 0.05:
        return b'{"a":' * 70 + data + b"}" * 70
    changed = exchanged(value, rnd, examples)
    canonical = rnd.random() < 0.6
    try:
        text = json.dumps(changed, ensure_ascii=not canonical, sort_keys=canonical, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return flip(data, rnd, examples)
    return text.encode("utf-8", "surrogatepass")


def exchanged(value: Any, rnd: Random, examples: Sequence[bytes]) -> Any:
    """The value with one member somewhere in it changed."""
    if isinstance(value, dict) and value and rnd.random() < 0.9:
        name = rnd.choice(list(value))
        return rnd.choice(MEMBERS)(value, name, rnd, examples)
    if isinstance(value, list) and value and rnd.random() < 0.8:
        at = rnd.randrange(len(value))
        return [*value[:at], exchanged(value[at], rnd, examples), *value[at + 1 :]]
    if isinstance(value, str) and rnd.random() < 0.5:
        return within(value, rnd, examples)
    return rnd.choice(ODD)


def _changed(value: dict[str, Any], name: str, rnd: Random, examples: Sequence[bytes]) -> Any:
    return {**value, name: exchanged(value[name], rnd, examples)}


def _without(value: dict[str, Any], name: str, rnd: Random, examples: Sequence[bytes]) -> Any:
    return {each: told for each, told in value.items() if each != name}


def _more(value: dict[str, Any], name: str, rnd: Random, examples: Sequence[bytes]) -> Any:
    return {**value, rnd.choice(("", "x", "\ud800", "v", "key", name + "s")): rnd.choice(ODD)}


Bend = Callable[[dict[str, Any], str, Random, Sequence[bytes]], Any]
MEMBERS: Final[tuple[Bend, ...]] = (_changed, _changed, _changed, _changed, _changed, _without, _more)


def within(text: str, rnd: Random, examples: Sequence[bytes]) -> str:
    """A text with something wrong in it; where it is base64 of JSON, in that."""
    try:
        inner = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        inner = b""
    if inner[:1] == b"{":
        return base64.b64encode(in_json(inner, rnd, examples)).decode()
    bend = rnd.choice((flip, cut, repeat, insert))
    return bend(text.encode("utf-8", "surrogatepass"), rnd, examples).decode("utf-8", "surrogateescape")
