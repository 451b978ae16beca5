"""Signed notes, keys as text, checkpoints: F15 and F16."""

import re
from typing import NamedTuple

from tests.ledger.second_audit import curves
from tests.ledger.second_audit.texts import Broken, unbased


class Key(NamedTuple):
    name: str
    type: int
    public: bytes


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes


def key(text: str) -> Key:
    """A key from its text."""
    name, _, rest = text.partition("+")
    digits, _, base = rest.partition("+")
    told = unbased(base)
    if not name or any(map(str.isspace, name)) or len(told) != 33 or told[0] not in (1, 4):
        raise Broken("not a key")
    found = Key(name, told[0], told[1:])
    if curves.key_id(*found).hex() != digits or not curves.safe(found.public):
        raise Broken("not this key's id, or not a safe key")
    return found


def lines(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note, and its signatures: name, and id with signature."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Broken("not UTF-8") from error
    if re.search("[\x00-\x09\x0b-\x1f]", whole):
        raise Broken("a control character")
    text, found, tail = whole.rpartition("\n\n")
    if not found or not text or not tail.endswith("\n"):
        raise Broken("not a note")
    told = tail[:-1].split("\n")
    if len(told) > 100:
        raise Broken("more than 100 signatures")
    return text + "\n", [_line(each) for each in told]


def _line(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or not parts[2]:
        raise Broken("not a signature line")
    data = unbased(parts[2])
    if len(data) < 5 or "+" in parts[1] or any(map(str.isspace, parts[1])):
        raise Broken("not a signature line")
    return parts[1], data


def stated(text: str) -> Checkpoint:
    """The three lines, not yet believed."""
    form = re.fullmatch("([^\n]+)\n(0|[1-9][0-9]{0,15})\n([^\n]*)\n", text)
    if form is None:
        raise Broken("not a checkpoint")
    root = unbased(form[3])
    if len(root) != 32:
        raise Broken("not a root")
    return Checkpoint(form[1], int(form[2]), root)


def checkpoint(data: bytes, log: Key) -> Checkpoint:
    """The checkpoint, if the log signed it."""
    text, signatures = lines(data)
    by_log = [told for name, told in signatures if (name, told[:4]) == (log.name, curves.key_id(*log))]
    if not by_log or log.type != 1:
        raise Broken("not signed by the log")
    if not all(curves.signed(log.public, told[4:], text.encode()) for told in by_log):
        raise Broken("the log's signature does not verify")
    found = stated(text)
    if found.origin != log.name:
        raise Broken("another origin")
    return found
