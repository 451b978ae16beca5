"""Strings and bytes of section 1: JSON of one spelling, base64 of one spelling, instants."""

import base64
import binascii
import json
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FORMAT = (Path(__file__).parents[3] / "docs" / "ledger-format.md").read_text(encoding="utf-8")
DEEPEST = 64
_INSTANT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Wrong(Exception):
    """By which rule something is wrong, and how."""

    def __init__(self, rule: str, code: str) -> None:
        super().__init__(rule, code)
        self.rule = rule
        self.code = code


class Broken(ValueError):
    """Bytes that are not what they should be; who asked knows by which rule."""


def decoded(data: bytes) -> Any:
    """F1, in whatever order and spacing."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_refused, parse_constant=_refused
        )
    except (ValueError, RecursionError) as error:
        raise Broken("not JSON as F1 wants it") from error
    _look(value, 0)
    return value


def parsed(data: bytes) -> Any:
    """Canonical JSON."""
    value = decoded(data)
    if canonical(value) != data:
        raise Broken("not in canonical form")
    return value


def canonical(value: Any) -> bytes:
    """RFC 8785, of values without fractions."""
    return _written(value).encode("utf-8")


def _written(value: Any) -> str:
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_quoted(name)}:{_written(value[name])}" for name in ordered) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _quoted(text: str) -> str:
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
    signs = []
    for sign in text:
        number = ord(sign)
        signs.append(short.get(number) or (f"\\u{number:04x}" if number < 32 else sign))
    return '"' + "".join(signs) + '"'


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise Broken("a key twice")
    return dict(pairs)


def _integer(digits: str) -> int:
    if len(digits) > 17 or not -(2**53) < int(digits) < 2**53:
        raise Broken("beyond 2^53")
    return int(digits)


def _refused(_: str) -> Any:
    raise Broken("not an integer")


def _look(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if any(0xD800 <= ord(sign) <= 0xDFFF for sign in value) or unicodedata.normalize("NFC", value) != value:
            raise Broken("text of a second spelling")
    elif isinstance(value, dict | list):
        if depth == DEEPEST:
            raise Broken("nested too deep")
        for member in value:
            _look(member, depth + 1)
        if isinstance(value, dict):
            for member in value.values():
                _look(member, depth + 1)


def unbased(text: str) -> bytes:
    """Base64 in the one form that encodes its bytes."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Broken("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Broken("a second spelling in base64")
    return data


def instant(text: Any) -> datetime:
    """F2."""
    if not isinstance(text, str) or _INSTANT.fullmatch(text) is None:
        raise Broken("not an instant")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Broken("no such instant") from error


def section(number: str, following: str) -> str:
    """The text of a rule up to another."""
    return FORMAT.split(f"- **{number}** ")[1].split(f"- **{following}** ")[0]
