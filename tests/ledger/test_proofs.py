"""Proofs to keep: each entry of a log has one, and nothing else is proved by it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import checkpoints, notes, proofs, tiles, trees
from ledger.checkpoints import Checkpoint
from ledger.notes import Unreadable
from ledger.proofs import Proof
from ledger.trees import Unproved
from tests.ledger import golden

LOG = golden.legal()
SIZE = len(LOG.leaves)
KEY = notes.key_of(golden.ORIGIN, golden.key("log"))
NOTE = LOG.shelf.files["checkpoint"]


def hashed(index: int) -> bytes:
    return trees.leaf_hash(LOG.leaves[index])


def proved(index: int) -> Proof:
    return proofs.prove(NOTE, index, LOG.shelf.files.__getitem__)


@pytest.mark.parametrize("index", range(SIZE))
def test_every_entry_is_proved_at_its_place_and_at_no_other(index: int) -> None:
    proof = proofs.parse(proved(index).spell())
    assert proofs.verify(proof, hashed(index), KEY) == checkpoints.verify(NOTE, KEY)
    for other in {0, index - 1, index + 1, SIZE - 1} - {index, -1, SIZE}:
        with pytest.raises(Unproved):
            proofs.verify(proof, hashed(other), KEY)
        with pytest.raises(Unproved):
            proofs.verify(replace(proof, index=other), hashed(index), KEY)


def test_what_the_checkpoint_does_not_cover_has_no_proof() -> None:
    tree = proofs.Hashes(SIZE, LOG.shelf.files.__getitem__)
    for index in (-1, SIZE):
        with pytest.raises(Unproved, match="no entry"):
            proved(index)
        with pytest.raises(Unproved, match="no entry"):
            tree.leaf(index)
    assert [tree.leaf(index) for index in range(SIZE)] == [hashed(index) for index in range(SIZE)]


def test_no_byte_of_a_proof_can_be_another() -> None:
    text, leaf = proved(12).spell().encode(), hashed(12)
    believed = []
    for place in range(len(text)):
        changed = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        try:
            proofs.verify(proofs.parse(changed.decode("utf-8", "replace")), leaf, KEY)
        except (Unreadable, Unproved):
            continue
        believed.append(place)
    assert (believed, len(text)) == ([], 499)


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from(proved(12).spell().split("\n")) | st.text(max_size=60)).map("\n".join),
        st.lists(st.text("ABCD+/=", min_size=40, max_size=48)).map(
            lambda lines: "\n".join(["c2sp.org/tlog-proof@v1", "index 12", *lines, "", NOTE.decode()])
        ),
    )
)
def test_of_any_text_only_this_room_s_errors_come_out_and_what_is_read_has_one_spelling(text: str) -> None:
    try:
        proof = proofs.parse(text)
    except Unreadable:
        return
    assert proof.spell() == text
    if text != proved(12).spell():
        with pytest.raises((Unreadable, Unproved)):
            proofs.verify(proof, hashed(12), KEY)


@pytest.mark.parametrize("index", ["012", "+12", "-0", "", "12 ", " 12", "1_2", "\u0661\u0662", "1" * 17])
def test_an_index_has_one_spelling(index: str) -> None:
    text = proved(12).spell()
    assert proofs.parse(text).index == 12
    with pytest.raises(Unreadable, match="no index"):
        proofs.parse(text.replace("\nindex 12\n", f"\nindex {index}\n"))


@pytest.mark.parametrize("text", ["", "c2sp.org/tlog-proof@v1\nindex 12", "c2sp.org/tlog-proof@v1\n\n"])
def test_a_head_alone_is_no_proof(text: str) -> None:
    with pytest.raises(Unreadable, match="not a tlog-proof"):
        proofs.parse(text)


def test_no_proof_can_be_cut_short() -> None:
    text, leaf = proved(12).spell(), hashed(12)
    for end in range(len(text)):
        with pytest.raises((Unreadable, Unproved)):
            proofs.verify(proofs.parse(text[:end]), leaf, KEY)


def test_hashes_exchanged_left_out_or_added_prove_nothing() -> None:
    proof, leaf = proved(12), hashed(12)
    first, second, *rest = proof.hashes
    for hashes in ([second, first, *rest], [second, *rest], [first, second], [], [*proof.hashes, bytes(32)]):
        with pytest.raises(Unproved):
            proofs.verify(replace(proof, hashes=tuple(hashes)), leaf, KEY)


def test_another_log_s_word_proves_nothing() -> None:
    root = checkpoints.verify(NOTE, KEY).root
    forged = checkpoints.sign(Checkpoint(origin=golden.ORIGIN, size=SIZE, root=root), golden.key("thief"))
    with pytest.raises(Unreadable, match="none of the keys"):
        proofs.verify(replace(proved(12), checkpoint=forged), hashed(12), KEY)


def test_an_earlier_checkpoint_s_hashes_do_not_lead_to_a_later_root() -> None:
    early = LOG.shelf.files["checkpoints/11"]
    proof = proofs.prove(early, 3, LOG.shelf.files.__getitem__)
    assert proofs.verify(proof, hashed(3), KEY).size == 11
    with pytest.raises(Unproved):
        proofs.verify(replace(proof, checkpoint=NOTE.decode()), hashed(3), KEY)


@given(st.integers(1, 70_000).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_a_proof_from_tiles_is_as_short_as_it_can_be(drawn: tuple[int, int]) -> None:
    """One hash for each level of the tree, one less where the right edge is shorter; of at most that many tiles."""
    size, index = drawn
    read = list[str]()

    def zeros(path: str) -> bytes:
        tile = tiles.parse_path(path)
        assert tile is not None
        read.append(path)
        return bytes(trees.HASH * tile.width)

    hashes = proofs.Hashes(size, zeros).inclusion(index)
    assert len(hashes) <= (size - 1).bit_length()
    assert len(set(read)) <= 2 * 3  # the way of the entry and the right edge, in each of three levels


def test_a_proof_of_bytes_that_are_no_utf8_is_refused() -> None:
    """Python hands such bytes of a command line over as lone surrogates, which cannot be hashed."""
    with pytest.raises(Unreadable, match="UTF-8"):
        proofs.parse(proved(12).spell() + "\udcff")
