"""Every byte of the log of twelve entries, changed alone: nothing that was signed or hashed can be another unnoticed.

Promise: each position of bundles, tiles, checkpoints and the log's signature is tried with one other value, none is
skipped, and the positions are as many as the bytes on the disk. The long form asks the whole verifier each time. The
short form asks the functions that the verifier asks about those bytes, at every position, and the whole verifier at
some, to see that it says so, too.
A cosignature is the line of another key: a changed one spoils the note, which is a finding, or counts no more.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ledger import checkpoints, cosignatures, cuts, notes, trees, verifier
from ledger.notes import Unreadable
from ledger.verifier import Report
from tests.conftest import SOAK
from tests.ledger import assets, golden, small
from tests.ledger.golden import Shelf, key
from tests.ledger.second_audit import manifests, witnesses
from tests.ledger.second_audit.notes import Key

LONG = os.environ.get(SOAK) == "1"
FILES = manifests.log("small")
LOG = notes.key_of(golden.ORIGIN, key("log"))
BUNDLES = [path for path in FILES if path.startswith("tile/entries/")]
TILES = [path for path in FILES if path.startswith("tile/0/")]
NOTES = [path for path in FILES if path.startswith("checkpoint")]
KEYS = [Key(name, notes.COSIGNATURE, small.witness(name).public) for name in small.WITNESSES]
EACH = 401  # the short form asks the whole verifier at every so manieth position


def folder() -> Path:
    return assets.FOLDER / "small"


def with_byte(path: str, at: int) -> bytes:
    data = bytearray(FILES[path])
    data[at] ^= 1
    return bytes(data)


@cache
def end_of_log_signature(path: str) -> int:
    """Behind the log's own signature line: what follows are cosignatures."""
    data = FILES[path]
    return data.index(b"\n", data.index("\n\n\u2014 ".encode()) + 2) + 1


def covered() -> Iterator[tuple[str, int]]:
    """Every position that is no part of a cosignature."""
    for path in (*BUNDLES, *TILES):
        yield from ((path, at) for at in range(len(FILES[path])))
    for path in NOTES:
        yield from ((path, at) for at in range(end_of_log_signature(path)))


def cosigned() -> Iterator[tuple[str, int]]:
    """Every position of the cosignatures."""
    for path in NOTES:
        yield from ((path, at) for at in range(end_of_log_signature(path), len(FILES[path])))


def audited(path: str, at: int) -> Report:
    return verifier.verify(Shelf({**FILES, path: with_byte(path, at)}))


def is_noticed(path: str, at: int) -> bool:
    """Whether the functions that the verifier asks about this file's bytes see that one is another."""
    data = with_byte(path, at)
    if path in BUNDLES:
        was, parts = hashes(path), cuts.cut(data)
        return [trees.leaf_hash(part.leaf) if part.told else b"" for part in parts] != was
    if path in TILES:
        return data != b"".join(hashes(f"tile/entries/{path.removeprefix('tile/0/')}"))
    return not opens(data)


@cache
def hashes(path: str) -> list[bytes]:
    return [trees.leaf_hash(part.leaf) for part in cuts.cut(FILES[path])]


def opens(data: bytes) -> bool:
    try:
        return checkpoints.verify(data, LOG) is not None
    except Unreadable:
        return False


def test_the_positions_are_the_bytes_on_the_disk() -> None:
    positions = [*covered(), *cosigned()]
    assert len(set(positions)) == len(positions)
    on_disk = {path: (folder() / path).stat().st_size for path in (*BUNDLES, *TILES, *NOTES)}
    assert len(positions) == sum(on_disk.values()) > 35_000
    rest = {path.relative_to(folder()).as_posix() for path in folder().rglob("*") if path.is_file()} - set(on_disk)
    assert {path.partition("/")[0] for path in rest} == {"vkey", "data"}  # tried below


def test_a_byte_changed_anywhere_is_noticed() -> None:
    unseen = [position for position in covered() if not is_noticed(*position)]
    assert unseen == []


def test_the_whole_verifier_finds_it_too() -> None:
    positions = list(covered()) if LONG else list(covered())[::EACH]
    assert len(positions) > 80
    assert [position for position in positions if not audited(*position).found] == []


@pytest.mark.parametrize("path", sorted(set(FILES) - {*BUNDLES, *TILES, *NOTES}))
def test_a_byte_of_key_file_and_agreement_is_a_finding(path: str) -> None:
    step = 1 if LONG or path == "vkey" else EACH
    assert [at for at in range(0, len(FILES[path]), step) if not audited(path, at).found] == []


def test_a_byte_of_a_cosignature_is_one_less_or_spoils_the_note() -> None:
    for path, at in cosigned():
        data = with_byte(path, at)
        assert not opens(data) or counted(data) == len(small.WITNESSES) - 1, (path, at)


def test_the_whole_verifier_counts_one_less_or_finds_it() -> None:
    """Of the newest checkpoint it tells whose cosignatures it bears, of those that are kept how many there are."""
    whole = verifier.verify(Shelf(FILES)).sightings
    assert (len(whole.newest), whole.cosignatures) == (3, 9)
    for path, at in list(cosigned())[:: 1 if LONG else 41]:
        report = audited(path, at)
        seen = report.sightings
        fewer = (len(seen.newest), seen.cosignatures) == ((2, 9) if path == "checkpoint" else (3, 8))
        assert report.found or fewer, (path, at)


def counted(note: bytes) -> int:
    """How many witnesses of the genesis have cosigned, and both audits say so."""
    first = cosignatures.read(notes.parse(note), [small.witness(name) for name in small.WITNESSES]).times
    second = dict(witnesses.cosignatures(note, KEYS))
    assert {key.name: time for key, time in first.items()} == {
        key.name: int(time.timestamp()) for key, time in second.items()
    }
    return len(first)
