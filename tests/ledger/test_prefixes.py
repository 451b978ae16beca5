"""Every earlier root is the one that RFC 6962 defines, and rows are those of tiles."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from ledger import tiles, trees
from ledger.histories import History
from ledger.indexes import Index
from ledger.prefixes import Prefixes

LEAVES = [hashlib.sha256(b"%d" % number).digest() for number in range(1100)]


def grown(size: int) -> Prefixes:
    prefixes = Prefixes()
    for leaf in LEAVES[:size]:
        prefixes.append(leaf)
    return prefixes


def test_every_root_up_to_a_size() -> None:
    prefixes = grown(600)
    assert prefixes.size == 600
    assert [prefixes.root(size) for size in range(601)] == [trees.root(LEAVES[:size]) for size in range(601)]
    assert prefixes.hash(599) == LEAVES[599]


def test_views_are_roots_however_many_are_asked_for() -> None:
    history = History()
    for leaf in LEAVES:
        history.grow(leaf)
    assert history.size == len(LEAVES)
    for _ in range(2):
        for size in range(1, len(LEAVES) + 1):
            assert history.view(size) == history.root(size).hex()


def test_rows_are_the_hashes_of_the_tiles_of_a_level() -> None:
    prefixes = grown(1100)
    assert prefixes.row(0) == b"".join(LEAVES)
    assert prefixes.row(1) == b"".join(
        trees.root(LEAVES[start : start + tiles.WIDTH]) for start in range(0, 1024, tiles.WIDTH)
    )
    assert prefixes.row(2) == b""


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 4000)), max_size=60), st.integers(0, 3000))
def test_an_index_is_a_dictionary_in_less_memory(puts: list[tuple[int, int]], asked: int) -> None:
    index, plain, at = Index(16), dict[bytes, int](), dict[int, bytes]()
    for name, number in puts:
        key = hashlib.md5(b"%d" % name, usedforsecurity=False).digest()
        if at.get(number, key) == key:  # numbers are given to one key, as entries are to one statement
            index.put(key, number)
            plain[key], at[number] = number, key
    assert {key: index.find(key) for key in plain} == plain
    assert all(index.key(number) == key for number, key in at.items())
    assert len(index) == max(at, default=-1) + 1
    other = hashlib.md5(b"%d" % asked, usedforsecurity=False).digest()
    assert index.find(other) == plain.get(other)


def test_an_index_grows_and_finds_all_that_it_had() -> None:
    index = Index(32)
    for number, leaf in enumerate(LEAVES):
        index.put(leaf, number)
    assert [index.find(leaf) for leaf in LEAVES] == list(range(len(LEAVES)))
    assert index.find(trees.EMPTY) is None
