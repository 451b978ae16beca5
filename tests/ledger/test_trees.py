"""The tree of RFC 6962: vectors, laws, and another implementation."""

import base64
import hashlib
import json
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]  # it ships no types

from ledger import proofs, tiles, trees
from ledger.trees import Frontier, Unproved

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "merkle"

# Source: RFC 6962 test data of certificate-transparency: the leaves, and the roots of the trees of sizes 0 to 8.
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Inclusion(TypedDict):
    case: str
    desc: str
    leafHash: str | None
    leafIdx: int
    treeSize: int
    root: str | None
    proof: list[str] | None
    wantErr: bool


class Consistency(TypedDict):
    case: str
    desc: str
    size1: int
    size2: int
    root1: str | None
    root2: str | None
    proof: list[str] | None
    wantErr: bool


def load(name: str) -> list[dict[str, object]]:
    if not VECTORS.is_dir():
        return []
    found: list[dict[str, object]] = json.loads((VECTORS / name).read_text())
    return found


INCLUSION: list[Inclusion] = load("inclusion.json")  # type: ignore[assignment]  # read as JSON
CONSISTENCY: list[Consistency] = load("consistency.json")  # type: ignore[assignment]  # read as JSON


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def hashes(count: int) -> list[bytes]:
    return [trees.leaf_hash(b"leaf %d" % number) for number in range(count)]


def test_the_merkle_vectors_are_there() -> None:
    if not VECTORS.is_dir():
        pytest.skip("shared/vectors is not beside the project: 196 third-party Merkle vectors were NOT run")
    assert (len(INCLUSION), len(CONSISTENCY)) == (98, 98)


@pytest.mark.parametrize("vector", INCLUSION, ids=lambda vector: f"{vector['case']}")
def test_inclusion_vectors(vector: Inclusion) -> None:
    def verify() -> None:
        trees.verify_inclusion(
            leaf=raw(vector["leafHash"]),
            index=vector["leafIdx"],
            size=vector["treeSize"],
            proof=[raw(step) for step in vector["proof"] or []],
            root=raw(vector["root"]),
        )

    if vector["wantErr"]:
        with pytest.raises(Unproved):
            verify()
    else:
        verify()


@pytest.mark.parametrize("vector", CONSISTENCY, ids=lambda vector: f"{vector['case']}")
def test_consistency_vectors(vector: Consistency) -> None:
    def verify() -> None:
        trees.verify_consistency(
            old_size=vector["size1"],
            new_size=vector["size2"],
            proof=[raw(step) for step in vector["proof"] or []],
            old=raw(vector["root1"]),
            new=raw(vector["root2"]),
        )

    if vector["wantErr"]:
        with pytest.raises(Unproved):
            verify()
    else:
        verify()


@pytest.mark.parametrize("size", range(9))
def test_the_trees_of_rfc_6962(size: int) -> None:
    leaves = [trees.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES[:size]]
    assert trees.root(leaves).hex() == ROOTS[size]
    assert Frontier().extend(leaves).root().hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_pymerkle_computes_the_same_root(leaves: list[bytes]) -> None:
    other = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        other.append_entry(leaf)
    expected = other.get_root() if leaves else hashlib.sha256(b"").digest()
    assert Frontier().extend(trees.leaf_hash(leaf) for leaf in leaves).root() == expected


@given(st.integers(0, 300))
def test_the_frontier_leads_to_the_root_of_the_definition(size: int) -> None:
    leaves = hashes(size)
    frontier = Frontier().extend(leaves)
    assert (frontier.size, frontier.root()) == (size, trees.root(leaves))
    assert len(frontier.nodes) == size.bit_count()


def tree(size: int) -> proofs.Hashes:
    _, files = tiles.grow(tiles.Edge(), [b"leaf %d" % number for number in range(size)])
    content = {file.path: file.content for file in files}
    return proofs.Hashes(size, content.__getitem__)


@given(st.integers(1, 600), st.data())
@settings(max_examples=40)
def test_every_inclusion_proof_verifies_and_no_other_entry_passes(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    proof, root = tree(size).inclusion(index), trees.root(leaves)
    trees.verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root=root)
    for other in {(index + 1) % size, (index - 1) % size} - {index}:
        with pytest.raises(Unproved):
            trees.verify_inclusion(leaf=leaves[other], index=index, size=size, proof=proof, root=root)
        with pytest.raises(Unproved):
            trees.verify_inclusion(leaf=leaves[index], index=other, size=size, proof=proof, root=root)
    with pytest.raises(Unproved, match="too long"):
        trees.verify_inclusion(leaf=leaves[index], index=index, size=size, proof=[*proof, root], root=root)
    if proof:
        with pytest.raises(Unproved, match="too short"):
            trees.verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof[:-1], root=root)


@given(st.integers(1, 600), st.data())
@settings(max_examples=40)
def test_every_consistency_proof_verifies_and_no_other_tree_passes(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    leaves = hashes(size)
    first, second = trees.root(leaves[:old]), trees.root(leaves)
    proof = tree(size).consistency(old)
    trees.verify_consistency(old_size=old, new_size=size, proof=proof, old=first, new=second)
    for one, two in [(bytes(32), second), (first, bytes(32))]:
        with pytest.raises(Unproved):
            trees.verify_consistency(old_size=old, new_size=size, proof=proof, old=one, new=two)
    with pytest.raises(Unproved):
        trees.verify_consistency(old_size=old, new_size=size, proof=[*proof, second], old=first, new=second)
    if proof:
        with pytest.raises(Unproved, match=r"too short|empty|another root"):
            trees.verify_consistency(old_size=old, new_size=size, proof=proof[:-1], old=first, new=second)


def test_every_small_tree_is_proved_to_go_on_from_every_smaller_one() -> None:
    for new in range(1, 18):
        leaves, grown = hashes(new), tree(new)
        for old in range(1, new + 1):
            trees.verify_consistency(
                old_size=old,
                new_size=new,
                proof=grown.consistency(old),
                old=trees.root(leaves[:old]),
                new=trees.root(leaves),
            )


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (0, 3), (4, 3)])
def test_nothing_is_proved_from_the_empty_tree_or_backwards(old: int, new: int) -> None:
    with pytest.raises(Unproved, match="proves nothing"):
        trees.verify_consistency(old_size=old, new_size=new, proof=[], old=trees.EMPTY, new=trees.EMPTY)
    with pytest.raises(Unproved, match="proves nothing"):
        tree(3).consistency(old)


@pytest.mark.parametrize("index", [-1, 3])
def test_no_proof_of_an_entry_outside_the_tree(index: int) -> None:
    with pytest.raises(Unproved, match="no entry"):
        trees.verify_inclusion(leaf=bytes(32), index=index, size=3, proof=[], root=bytes(32))
    with pytest.raises(Unproved, match="no entry"):
        tree(3).inclusion(index)


def test_an_empty_proof_between_two_sizes_proves_nothing() -> None:
    leaves = hashes(3)
    for old in (1, 2):
        with pytest.raises(Unproved, match=r"empty|too short"):
            trees.verify_consistency(
                old_size=old, new_size=3, proof=[], old=trees.root(leaves[:old]), new=trees.root(leaves)
            )
    with pytest.raises(Unproved, match="is empty"):
        trees.verify_consistency(old_size=3, new_size=7, proof=[], old=trees.root(leaves), new=trees.root(hashes(7)))
