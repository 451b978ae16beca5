"""Reading a JSON document strictly: canonical bytes in, typed values out, or `Unreadable` with the place.

Promise: one document has one byte string, so its SHA-256 names its content; nothing unknown slips through.
Rules: UTF-8, keys sorted, no whitespace, no floats, no duplicate or unknown keys, and in texts nothing that moves or
turns what stands around it: they are copied into tables and pages as they are. For such documents this is the same
as RFC 8785 as long as keys are ASCII, which is required here.
Elsewhere: what the documents say, `casework.agreements`; statements have a reader of their own in `ledger`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from casework import texts

Record = Mapping[str, object]


class Unreadable(ValueError):
    """The document is not what it claims to be."""


def canonical(document: object) -> bytes:
    """The only bytes under which this document may be kept."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def read(data: bytes) -> Record:
    try:
        document: object = json.loads(data.decode("utf-8", "strict"), parse_float=_no_float)
        # Also catches duplicate keys (one of the two is lost) and a byte order mark: neither comes out as it went in.
        same = canonical(document) == data
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON that can be kept: {error}") from error
    if not same:
        raise Unreadable("not in canonical form")
    return _record(document, "document")


def only(record: Record, where: str, *names: str) -> None:
    """Exactly these keys."""
    if set(record) != set(names):
        raise Unreadable(f"{where}: keys are {sorted(record)}, not {sorted(names)}")


def text(record: Record, name: str, where: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or texts.is_blank(value):
        raise Unreadable(f"{where}.{name}: not a text")
    hidden = texts.misleading(value)
    if hidden is not None:
        raise Unreadable(f"{where}.{name}: U+{ord(hidden):04X} may not stand in a text")
    return value


def choice(record: Record, name: str, where: str, allowed: Sequence[str]) -> str:
    value = text(record, name, where)
    if value not in allowed:
        raise Unreadable(f"{where}.{name}: {value!r} is none of {', '.join(allowed)}")
    return value


def integer(record: Record, name: str, where: str, low: int, high: int) -> int:
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Unreadable(f"{where}.{name}: not an integer from {low} to {high}")
    return value


def day(record: Record, name: str, where: str) -> date:
    value = text(record, name, where)
    try:
        found = date.fromisoformat(value)
    except ValueError as error:
        raise Unreadable(f"{where}.{name}: not a date") from error
    if found.isoformat() != value:
        raise Unreadable(f"{where}.{name}: not written as YYYY-MM-DD")
    return found


def records(record: Record, name: str, where: str) -> tuple[Record, ...]:
    """A list of at least one record: emptiness is an error, not a party without clauses."""
    value = record.get(name)
    if not isinstance(value, list) or not value:
        raise Unreadable(f"{where}.{name}: not a list with members")
    return tuple(_record(member, f"{where}.{name}[{index}]") for index, member in enumerate(value))


def unique(keys: Sequence[object], where: str) -> None:
    if len(set(keys)) != len(keys):
        raise Unreadable(f"{where}: something stands there twice")


def _record(value: object, where: str) -> Record:
    if not isinstance(value, dict) or not all(isinstance(key, str) and key.isascii() for key in value):
        raise Unreadable(f"{where}: not a record")
    return value


def _no_float(written: str) -> int:
    raise Unreadable(f"{written}: fractions are not allowed")
