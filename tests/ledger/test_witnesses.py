"""What a witness signs and what it refuses, without a server around it."""

import contextlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import checkpoints, notes, trees, witnesses
from ledger.checkpoints import Checkpoint
from ledger.notes import Unreadable
from ledger.proofs import Hashes
from ledger.witnesses import Objection, Refused, Submission
from tests.ledger import golden

LOG = golden.key("log")
KEY = notes.key_of(golden.ORIGIN, LOG)
LOGS = {golden.ORIGIN: KEY}
LEAVES = [trees.leaf_hash(bytes([number])) for number in range(40)]


def checkpoint(size: int, leaves: Sequence[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(origin=golden.ORIGIN, size=size, root=trees.root(leaves[:size]))


def note(size: int, leaves: Sequence[bytes] = LEAVES) -> bytes:
    return checkpoints.sign(checkpoint(size, leaves), LOG).encode()


def proof(old: int, new: int, leaves: Sequence[bytes] = LEAVES) -> tuple[bytes, ...]:
    return Hashes(new, lambda _: b"".join(leaves[:new])).consistency(old) if old else ()


def sent(old: int, new: int, leaves: Sequence[bytes] = LEAVES) -> bytes:
    return Submission(old=old, proof=proof(old, new, leaves), note=note(new, leaves)).spell()


def objection(data: bytes, last: Checkpoint | None) -> tuple[Objection, int] | None:
    try:
        witnesses.require_continuing(witnesses.admit(data, LOGS), last)
    except Refused as refused:
        return refused.objection, refused.size
    return None


# The example of c2sp.org/tlog-witness, whose second signature is by a key of another type.
EXAMPLE = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501  # the lines of the specification


def test_the_example_of_the_specification_is_read_and_written_to_the_byte() -> None:
    read = witnesses.parse(EXAMPLE.encode())
    assert (read.old, len(read.proof)) == (20852014, 4)
    assert checkpoints.parse(notes.parse(read.note).text).size == 20852163
    assert read.spell() == EXAMPLE.encode()


@given(st.integers(0, 40), st.integers(1, 40))
def test_every_size_that_continues_the_last_is_signed_and_only_from_there(old: int, new: int) -> None:
    last = checkpoint(old) if old else None
    if old > new:
        note_of_new = Submission(old=old, proof=(), note=note(new)).spell()
        assert objection(note_of_new, last) == (Objection.MALFORMED, 0)
        assert objection(sent(new, new), last) == (Objection.STALE, old)
    else:
        assert objection(sent(old, new), last) is None


@given(st.integers(1, 39), st.integers(2, 40), st.integers(0, 38))
def test_a_history_that_forked_is_never_signed(old: int, new: int, at: int) -> None:
    """Another entry before the size signed last: no proof of the forked log leads there."""
    old, new = sorted((old, new))
    forked = [*LEAVES]
    forked[at % old] = trees.leaf_hash(b"another")
    assert objection(sent(old, new, forked), checkpoint(old)) == (Objection.UNPROVED, old)


def test_a_first_checkpoint_is_signed_without_proof_and_refused_with_one() -> None:
    assert objection(sent(0, 7), None) is None
    with_proof = Submission(old=0, proof=(bytes(32),), note=note(7)).spell()
    assert objection(with_proof, None) == (Objection.UNPROVED, 0)
    assert objection(sent(3, 7), None) == (Objection.STALE, 0)


def test_the_empty_tree_has_one_root_and_every_tree_continues_it() -> None:
    empty = checkpoint(0)
    assert objection(Submission(old=0, proof=(), note=note(0)).spell(), None) is None
    assert objection(sent(0, 7), empty) is None
    false = checkpoints.sign(Checkpoint(origin=golden.ORIGIN, size=0, root=bytes(32)), LOG).encode()
    assert objection(Submission(old=0, proof=(), note=false).spell(), None) == (Objection.UNPROVED, 0)


def test_the_same_checkpoint_is_signed_again_and_another_root_of_its_size_is_not() -> None:
    assert objection(sent(7, 7), checkpoint(7)) is None
    other = Checkpoint(origin=golden.ORIGIN, size=7, root=bytes(32))
    data = Submission(old=7, proof=(), note=checkpoints.sign(other, LOG).encode()).spell()
    assert objection(data, checkpoint(7)) == (Objection.UNPROVED, 7)


def test_a_log_that_is_not_watched_and_a_key_that_is_not_its_own_are_told_apart() -> None:
    thief = checkpoints.sign(checkpoint(7), golden.key("thief")).encode()
    assert objection(Submission(old=0, proof=(), note=thief).spell(), None) == (Objection.UNTRUSTED, 0)
    other = Checkpoint(origin="other.invalid", size=7, root=bytes(32))
    unknown = checkpoints.sign(other, LOG).encode()
    assert objection(Submission(old=0, proof=(), note=unknown).spell(), None) == (Objection.UNKNOWN_LOG, 0)


MALFORMED = {
    "nothing": b"",
    "only a checkpoint": note(7),
    "no old size": b"\n\n" + note(7),
    "a leading zero": b"old 07\n\n" + note(7),
    "a sign": b"old -1\n\n" + note(7),
    "two spaces": b"old  7\n\n" + note(7),
    "not ASCII": "old ٧\n\n".encode() + note(7),
    "not UTF-8": b"old \xff\n\n" + note(7),
    "a carriage return": b"old 0\r\n\n" + note(7),
    "a size beyond all": b"old 99999999999999999\n\n" + note(7),
    "a hash that is not base64": b"old 0\n!\n\n" + note(7),
    "a hash in loose base64": b"old 0\nAB==\n\n" + note(7),
    "a hash that is not ASCII": b"old 0\n\xff\n\n" + note(7),
    "a hash too short": b"old 0\nAAAA\n\n" + note(7),
    "64 hashes": Submission(old=0, proof=(bytes(32),) * 64, note=note(7)).spell(),
    "no checkpoint": b"old 0\n\n",
    "no signature": b"old 0\n\n" + checkpoint(7).text().encode(),
    "an extension line": b"old 0\n\n" + notes.sign(checkpoint(7).text() + "more\n", golden.ORIGIN, LOG).encode(),
}


@pytest.mark.parametrize("story", MALFORMED)
def test_what_cannot_be_read_is_malformed(story: str) -> None:
    assert objection(MALFORMED[story], None) == (Objection.MALFORMED, 0)


BEGUN = st.binary(max_size=60).map(lambda rest: b"old 0\n" + rest)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | BEGUN)
def test_whatever_is_sent_only_the_rooms_own_error_comes_out(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        witnesses.parse(data)
    with pytest.raises(Refused):
        witnesses.admit(data, LOGS)
