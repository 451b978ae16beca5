"""A keeper changes entries and tiles: whatever is done is found, and the entry named."""

import pytest

from ledger import tiles, verifier
from ledger.rules import Code
from tests.ledger.spoiled import (
    BUNDLE,
    LARGE,
    LEGAL,
    PLACES,
    SIZE,
    codes,
    kept,
    owner,
)


@pytest.mark.parametrize("path", sorted(LEGAL.shelf.files))
def test_any_changed_byte_of_any_file_is_found_and_its_entry_named_first(path: str) -> None:
    for _, offset in (place for place in PLACES if place[0] == path):
        shelf = LEGAL.shelf.copy()
        content = bytearray(shelf.files[path])
        content[offset] ^= 1 + offset % 255
        shelf.files[path] = bytes(content)
        report = verifier.verify(shelf)
        assert not report.clean, (path, offset)
        assert report.findings[0].index == owner(path, offset), (path, offset, report.findings)
        assert report.found <= 4, (path, offset, report.findings)


def test_a_changed_byte_is_found_without_any_tile_to_compare_with() -> None:
    for _, offset in [place for place in PLACES if place[0] == BUNDLE]:
        shelf = LEGAL.shelf.copy()
        for other in list(shelf.files):
            if other.startswith("tile/0/"):
                del shelf.files[other]
        content = bytearray(shelf.files[BUNDLE])
        content[offset] ^= 1 + offset % 255
        shelf.files[BUNDLE] = bytes(content)
        named = {found.index for found in verifier.verify(shelf).findings if found.code is not Code.FILE_MISSING}
        assert owner(BUNDLE, offset) in named, offset


@pytest.mark.parametrize("path", ["tile/1/000.p/2", "tile/0/001", "tile/entries/001", "tile/0/002.p/90"])
def test_a_changed_byte_of_a_large_log_is_named(path: str) -> None:
    for offset in (0, len(LARGE.shelf.files[path]) - 1):
        shelf = LARGE.shelf.copy()
        content = bytearray(shelf.files[path])
        content[offset] ^= 0x40
        shelf.files[path] = bytes(content)
        report = verifier.verify(shelf)
        first, last = {"1/000.p/2": (0, 256), "0/002.p/90": (512, 601)}.get(path.removeprefix("tile/"), (256, 511))
        assert report.findings[0].index == (last if offset else first), report.findings


@pytest.mark.parametrize("number", [0, 1, 12, SIZE - 1])
def test_a_dropped_entry_is_named(number: int) -> None:
    report = kept(lambda leaves: leaves[:number] + leaves[number + 1 :])
    assert report.findings[0].index == number
    assert Code.INDEX_GAP in {found.code for found in report.findings}


@pytest.mark.parametrize("number", [1, 12, SIZE - 2])
def test_swapped_entries_are_named(number: int) -> None:
    def swap(leaves: list[bytes]) -> list[bytes]:
        return [*leaves[:number], leaves[number + 1], leaves[number], *leaves[number + 2 :]]

    assert codes(kept(swap)) == [(number, Code.INDEX_WRONG)]


@pytest.mark.parametrize("number", [0, 12, SIZE - 1])
def test_a_repeated_entry_is_named(number: int) -> None:
    report = kept(lambda leaves: [*leaves[: number + 1], *leaves[number:]])
    assert codes(report) == [(number, Code.INDEX_REPEATED)]


@pytest.mark.parametrize("number", [1, 12, SIZE])
def test_an_inserted_entry_is_named(number: int) -> None:
    stranger = LEGAL.leaves[5].replace(b'"at":"2026', b'"at":"2027')
    report = kept(lambda leaves: [*leaves[:number], stranger, *leaves[number:]])
    assert codes(report) == [(number, Code.INDEX_REPEATED)]


def test_an_entry_put_in_another_ones_place_is_named() -> None:
    report = kept(lambda leaves: [*leaves[:20], leaves[19], *leaves[21:]])
    assert report.findings[0].index in (19, 20)
    assert {Code.INDEX_REPEATED, Code.INDEX_GAP} <= {found.code for found in report.findings}


def test_entries_cut_off_the_end_are_named() -> None:
    report = kept(lambda leaves: leaves[:30])
    assert codes(report)[0] == (30, Code.INDEX_GAP)
    assert f"entries 30 to {SIZE - 1} are missing" in report.findings[0].message


def test_a_bundle_cut_short_is_named() -> None:
    shelf = LEGAL.shelf.copy()
    shelf.files[BUNDLE] = shelf.files[BUNDLE][:-10]
    assert verifier.verify(shelf).findings[0].index == SIZE - 1


def test_entries_out_of_place_are_named_by_their_number_where_no_tile_helps() -> None:
    shelf = LEGAL.shelf.copy()
    for path in list(shelf.files):
        if path.startswith("tile/"):
            del shelf.files[path]
    leaves = list(LEGAL.leaves)
    shelf.files[BUNDLE] = tiles.bundle([*leaves[:12], *leaves[13:]])
    found = codes(verifier.verify(shelf))
    assert (12, Code.INDEX_GAP) in found
    shelf.files[BUNDLE] = tiles.bundle([*leaves[:12], b"{}", *leaves[13:]])
    assert (12, Code.LEAF_MALFORMED) in codes(verifier.verify(shelf))
    shelf.files[BUNDLE] = tiles.bundle([*leaves[:12], b"{}", *leaves[12:]])
    assert (12, Code.INDEX_REPEATED) in codes(verifier.verify(shelf))


def test_an_entry_and_its_tile_that_differ_are_both_in_doubt_where_nothing_decides() -> None:
    shelf = LARGE.shelf.copy()
    del shelf.files["tile/1/000.p/2"]
    leaves = list(tiles.unbundle(shelf.files["tile/entries/000"]))
    leaves[20] = leaves[20].replace(b'"at":"2026', b'"at":"2025')
    shelf.files["tile/entries/000"] = tiles.bundle(leaves)
    found = codes(verifier.verify(shelf))
    assert (20, Code.ENTRY_ALTERED) in found
    assert (0, Code.FILE_MISSING) in found


def test_a_leaf_of_another_chunk_is_not_of_this_one() -> None:
    # Without any tile: the entry is placed behind the one in front of it, and named for its number.
    shelf = LEGAL.shelf.copy()
    for path in list(shelf.files):
        if path.startswith("tile/"):
            del shelf.files[path]
    far = LEGAL.leaves[12].replace(b'"index":12', b'"index":999')
    shelf.files[BUNDLE] = tiles.bundle([*LEGAL.leaves[:12], far, *LEGAL.leaves[13:]])
    assert (12, Code.INDEX_WRONG) in codes(verifier.verify(shelf))


def test_an_altered_entry_keeps_its_place_where_another_one_was_dropped() -> None:
    altered = LEGAL.leaves[12].replace(b'"at":"2026', b'"at":"2027')
    report = kept(lambda leaves: [*leaves[:12], altered, *leaves[13:30], *leaves[31:]])
    assert codes(report)[0] == (12, Code.ENTRY_ALTERED)
    assert (30, Code.INDEX_GAP) in codes(report)


def test_a_length_that_swallows_the_next_entries_hides_none_of_them() -> None:
    shelf = LEGAL.shelf.copy()
    content = bytearray(shelf.files[BUNDLE])
    swallowed = len(LEGAL.leaves[0]) + 2 + len(LEGAL.leaves[1])
    content[:2] = swallowed.to_bytes(2, "big")
    shelf.files[BUNDLE] = bytes(content)
    assert codes(verifier.verify(shelf)) == [(0, Code.FILE_BROKEN)]
