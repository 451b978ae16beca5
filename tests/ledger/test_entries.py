"""Leaves: one entry, one byte string."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger import canonical, entries, envelopes
from ledger.canonical import JSON
from ledger.entries import Entry
from ledger.rules import Code, Refused
from tests.ledger import golden

ENVELOPE = envelopes.seal("application/vnd.estafet.key.v1+json", b"{}", [golden.key("x")])
ENTRY = Entry(at=golden.START, index=0, prev=entries.NO_PREV, envelope=ENVELOPE)


def test_a_leaf_is_the_canonical_json_of_its_four_fields() -> None:
    leaf = entries.encode(ENTRY)
    assert entries.parse(leaf) == ENTRY
    assert leaf.startswith(b'{"at":"2026-03-02T01:00:00Z","env":{"payload":"e30=","payloadType":"')
    assert leaf.endswith(b'"index":0,"prev":"' + b"0" * 64 + b'"}')
    assert entries.anchor(leaf) == hashlib.sha256(leaf).hexdigest()


def test_a_leaf_too_long_for_its_bundle_is_neither_written_nor_read() -> None:
    long = envelopes.seal("application/vnd.estafet.key.v1+json", b"." * 49_000, [golden.key("x")])
    with pytest.raises(Refused) as caught:
        entries.encode(replace(ENTRY, envelope=long))
    assert (caught.value.rule, caught.value.code) == ("V10", Code.LEAF_TOO_LONG)
    with pytest.raises(Refused, match="LEAF_TOO_LONG"):
        entries.parse(b" " * 65_536)


def fields() -> dict[str, JSON]:
    value = canonical.parse(entries.encode(ENTRY))
    assert isinstance(value, dict)
    return value


BROKEN: dict[str, Callable[[], JSON]] = {
    "not an object": list,
    "a field more": lambda: {**fields(), "x": None},
    "a field less": lambda: {name: value for name, value in fields().items() if name != "prev"},
    "a broken second": lambda: {**fields(), "at": "2026-03-02T01:00:00.5Z"},
    "a time before computers": lambda: {**fields(), "at": "1969-12-31T23:59:59Z"},
    "a time from which no due can be counted": lambda: {**fields(), "at": "9000-01-01T00:00:00Z"},
    "no instant": lambda: {**fields(), "at": 5},
    "a negative index": lambda: {**fields(), "index": -1},
    "an index in words": lambda: {**fields(), "index": "0"},
    "true for 1": lambda: {**fields(), "index": True},
    "a short prev": lambda: {**fields(), "prev": "0" * 63},
    "an upper-case prev": lambda: {**fields(), "prev": "A" * 64},
    "no prev": lambda: {**fields(), "prev": None},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_any_other_leaf_is_refused(broken: Callable[[], JSON]) -> None:
    with pytest.raises(Refused) as caught:
        entries.parse(canonical.encode(broken()))
    assert (caught.value.rule, caught.value.code) == ("V10", Code.LEAF_MALFORMED)


def test_a_leaf_in_another_spelling_is_refused() -> None:
    with pytest.raises(Refused, match="LEAF_MALFORMED"):
        entries.parse(entries.encode(ENTRY) + b"\n")
    with pytest.raises(Refused, match="ENVELOPE_MALFORMED"):
        entries.parse(canonical.encode({**fields(), "env": None}))
