"""Entries: a statement's envelope under the host's clock, number and link to the entry before (F12).

Promise: one entry, one leaf; its hash holds the whole past through `prev`.
Rules: JCS of exactly `at`, `env`, `index`, `prev`; at most 65,535 bytes, so that a bundle can tell its length.
Elsewhere: who writes leaves (in SQL, to these very bytes), `database.journal`; the tree over them, `ledger.trees`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from ledger import canonical, envelopes, instants
from ledger.canonical import JSON
from ledger.envelopes import Envelope
from ledger.rules import Code, Refused

YEARS = range(1970, 9000)  # of `at`
LARGEST_LEAF = 65_535
NO_PREV = "0" * 64
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a leaf says."""

    at: datetime
    index: int
    prev: str
    envelope: Envelope


def encode(entry: Entry) -> bytes:
    """The leaf of an entry."""
    leaf = canonical.encode(
        {
            "at": instants.spell(entry.at),
            "env": envelopes.to_json(entry.envelope),
            "index": entry.index,
            "prev": entry.prev,
        }
    )
    if len(leaf) > LARGEST_LEAF:
        raise Refused(Code.LEAF_TOO_LONG, f"{len(leaf)} bytes, at most {LARGEST_LEAF}")
    return leaf


def parse(leaf: bytes) -> Entry:
    """Read a leaf; `Refused` by V10, V13 or V14 otherwise."""
    if len(leaf) > LARGEST_LEAF:
        raise Refused(Code.LEAF_TOO_LONG, f"{len(leaf)} bytes, at most {LARGEST_LEAF}")
    try:
        value = canonical.parse(leaf)
    except canonical.NotCanonical as error:
        raise Refused(Code.LEAF_MALFORMED, str(error)) from error
    if not isinstance(value, dict) or value.keys() != {"at", "env", "index", "prev"}:
        raise Refused(Code.LEAF_MALFORMED, "a leaf is exactly at, env, index and prev")
    return Entry(
        at=_instant(value["at"]),
        index=_index(value["index"]),
        prev=_hash(value["prev"]),
        envelope=envelopes.parse(value["env"]),
    )


def anchor(leaf: bytes) -> str:
    """The trust anchor: plain SHA-256 of entry 0's bytes, in hex (not its leaf hash)."""
    return hashlib.sha256(leaf).hexdigest()


def _instant(value: JSON) -> datetime:
    try:
        at = instants.parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Refused(Code.LEAF_MALFORMED, f"at: {error}") from error
    if at.year not in YEARS:  # a due counted from a year near 9999 could not be written down
        raise Refused(Code.LEAF_MALFORMED, f"at: the year {at.year} is not one of {YEARS[0]} to {YEARS[-1]}")
    return at


def _index(value: JSON) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused(Code.LEAF_MALFORMED, "index is not a number from 0")
    return value


def _hash(value: JSON) -> str:
    if not isinstance(value, str) or len(value) != len(NO_PREV) or not _HEX.issuperset(value):
        raise Refused(Code.LEAF_MALFORMED, "prev is not 64 lower-case hex digits")
    return value
