"""Tiles and bundles: where they lie, and that growing in any steps writes the same files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import cuts, proofs, tiles, trees
from ledger.rules import Code, Refused
from ledger.tiles import Edge, Tile
from ledger.trees import Unproved


def leaves(first: int, end: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(first, end)]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(3, 1000, 8), "tile/3/x001/000.p/8"),
        (Tile(None, 12), "tile/entries/012"),
        (Tile(None, 999, 255), "tile/entries/999.p/255"),
        (Tile(63, 5, 1), "tile/63/005.p/1"),
    ],
)
def test_a_tile_lies_where_the_format_says(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert tiles.parse_path(path) == tile


@given(st.none() | st.integers(0, 63), st.integers(0, 10**10), st.integers(1, 256))
def test_every_path_leads_back_to_its_tile(level: int | None, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    assert tiles.parse_path(tile.path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/01",
        "tile/0/../000",
        "tile/entries/000\n",
        "tile/data/000",
        "checkpoint",
        "",
    ],
)
def test_a_path_with_another_spelling_is_no_tile(path: str) -> None:
    assert tiles.parse_path(path) is None


def test_the_example_of_tlog_tiles() -> None:
    # Source: C2SP tlog-tiles: a tree of 70,000.
    found = [tile for tile in tiles.of_size(70_000) if tile.level is not None]
    assert sum(tile.level == 0 and tile.width == 256 for tile in found) == 273
    assert [tile for tile in found if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles.of_size(256)) == [Tile(None, 0), Tile(0, 0), Tile(1, 0, 1)]


def added(old: int, new: int) -> list[str]:
    """The paths that a log of `new` entries has and one of `old` had not, its partial tiles included."""
    return [tile.path() for tile in set(tiles.of_size(new)) - set(tiles.of_size(old))]


@given(st.lists(st.integers(0, 300), min_size=1, max_size=4))
@settings(max_examples=40)
def test_growing_in_any_steps_writes_the_files_of_the_plan(steps: list[int]) -> None:
    edge, written, size = Edge(), dict[str, bytes](), 0
    for step in steps:
        old, size = size, size + step
        edge, files = tiles.grow(edge, leaves(old, size))
        assert sorted(file.path for file in files) == sorted(added(old, size))
        for file in files:
            assert written.get(file.path, file.content) == file.content
            written[file.path] = file.content
        assert tiles.edge(size, written.__getitem__) == edge
    hashes = [trees.leaf_hash(leaf) for leaf in leaves(0, size)]
    assert (edge.size, edge.root()) == (size, trees.root(hashes))
    assert proofs.Hashes(size, written.__getitem__).root() == edge.root()
    assert edge.last == (hashes[-1].hex() if hashes else "0" * 64)


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_a_bundle_reads_back(members: list[bytes]) -> None:
    assert tiles.unbundle(tiles.bundle(members)) == tuple(members)
    assert [part.leaf for part in cuts.cut(tiles.bundle(members))] == members


@pytest.mark.parametrize("data", [b"\0", b"\0\1", b"\0\1ab", b"\0\1a\xff"])
def test_a_bundle_whose_lengths_do_not_add_up_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        tiles.unbundle(data)
    assert (caught.value.rule, caught.value.code) == ("V22", Code.FILE_BROKEN)


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(257 * 32)])
def test_a_tile_of_broken_hashes_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="FILE_BROKEN"):
        tiles.hashes(data)


def test_an_edge_is_not_taken_from_files_that_do_not_belong_together() -> None:
    _, files = tiles.grow(Edge(), leaves(0, 300))
    good = {file.path: file.content for file in files}
    bundle, tile = "tile/entries/001.p/44", "tile/0/001.p/44"
    for path, content in [(bundle, tiles.bundle(leaves(0, 44))), (tile, good[tile][32:]), (tile, b"")]:
        with pytest.raises(Refused, match="FILE_BROKEN"):
            tiles.edge(300, {**good, path: content}.__getitem__)


def test_a_proof_is_not_made_from_a_tile_of_another_width() -> None:
    with pytest.raises(Unproved, match="holds 2"):
        proofs.Hashes(3, lambda path: bytes(64)).inclusion(0)


LEAVES = [b'{"at":"%d"}' % number for number in range(5)]


@given(st.integers(0, 4), st.integers(0, 1), st.integers(1, 255))
def test_a_broken_length_spoils_no_leaf(number: int, byte: int, change: int) -> None:
    data = bytearray(tiles.bundle(LEAVES))
    start = sum(2 + len(leaf) for leaf in LEAVES[:number])
    data[start + byte] ^= change
    parts = cuts.cut(bytes(data))
    assert [part.leaf for part in parts] == LEAVES
    assert [part.told for part in parts] == [other != number for other in range(5)]


def test_a_bundle_cut_short_keeps_what_is_whole() -> None:
    data = tiles.bundle(LEAVES)
    parts = cuts.cut(data[:-3])
    assert [part.leaf for part in parts[:4]] == LEAVES[:4]
    assert (parts[4].leaf, parts[4].told) == (LEAVES[4][:-3], False)


@pytest.mark.parametrize("groups", [6, 900, 1_500])
def test_a_path_of_more_digits_than_any_log_has_tiles_names_none(groups: int) -> None:
    """Beyond 4,300 digits Python makes no number of them, and beyond 4,096 letters no file system has such a file."""
    assert tiles.parse_path("tile/0/" + "x001/" * 5 + "234") is not None
    assert tiles.parse_path("tile/0/" + "x001/" * groups + "234") is None
