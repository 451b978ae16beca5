"""A witness's word: its bytes as C2SP has them, whose it is, and how it comes into a note."""

import base64
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import checkpoints, cosignatures, notes
from ledger.checkpoints import Checkpoint
from ledger.notes import Signature, Unreadable
from tests.ledger import golden

W1, W2, W3 = (golden.witness(name) for name in golden.WITNESSES)
CHECKPOINT = Checkpoint(origin=golden.ORIGIN, size=12, root=bytes(range(32)))
TEXT = CHECKPOINT.text()
NOTE = checkpoints.sign(CHECKPOINT, golden.key("log")).encode()
TIME = 1_772_413_200

# The example of c2sp.org/tlog-cosignature. It names no keys, so its frame and its message are what can be held to it.
EXAMPLE_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
EXAMPLE_LINE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
    "qhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def by(name: str, time: int = TIME, text: str = TEXT) -> Signature:
    return cosignatures.cosign(text, name, golden.key(name), time)


def note(*lines: Signature) -> bytes:
    return NOTE + "".join(line.line() for line in lines).encode()


def told(data: bytes) -> dict[str, int]:
    return {key.name: time for key, time in cosignatures.read(notes.parse(data), [W1, W2, W3]).times.items()}


def test_the_example_of_the_specification_has_our_frame() -> None:
    (line,) = cosignatures.offered(EXAMPLE_TEXT, EXAMPLE_LINE.encode())
    assert line.line() == EXAMPLE_LINE
    assert (line.name, line.key_id.hex(), len(line.signature)) == ("witness.example.com/w1", "8d66cf3f", 72)
    assert int.from_bytes(line.signature[:8], "big") == 1679315147


def test_what_is_signed_is_the_message_of_the_specification() -> None:
    line = by(W1.name, 1679315147, EXAMPLE_TEXT)
    message = f"cosignature/v1\ntime 1679315147\n{EXAMPLE_TEXT}".encode()
    golden.key(W1.name).verify_key.verify(message, line.signature[8:])
    assert line.signature[:8] == (1679315147).to_bytes(8, "big")


def test_the_key_of_a_witness_is_of_type_four_and_its_id_tells_it_from_a_logs() -> None:
    assert (W1.type, notes.read_key(W1.spell())) == (4, W1)
    assert base64.b64decode(W1.spell().split("+")[2])[0] == 4
    assert W1.id != notes.key_of(W1.name, golden.key(W1.name)).id
    with pytest.raises(Unreadable):
        cosignatures.key_of("two words", golden.key("w"))


def test_whoever_knows_no_witnesses_reads_a_cosigned_checkpoint_as_before() -> None:
    data = note(by(W1.name), by(W2.name))
    assert checkpoints.verify(data, notes.key_of(golden.ORIGIN, golden.key("log"))) == CHECKPOINT


def test_each_counts_once_with_its_earliest_time() -> None:
    data = note(by(W1.name, TIME + 5), by(W1.name), by(W1.name, TIME + 9), by(W2.name, TIME + 1))
    assert told(data) == {W1.name: TIME, W2.name: TIME + 1}


@pytest.mark.parametrize(
    "line",
    [
        replace(by(W1.name), name="w9"),
        replace(by(W1.name), key_id=bytes(4)),
        cosignatures.cosign(TEXT, W1.name, golden.key("thief"), TIME),
        Signature(name=W1.name, key_id=notes.key_of(W1.name, golden.key(W1.name)).id, signature=bytes(72)),
    ],
    ids=["another name", "another id", "another key", "the id of a log's key"],
)
def test_a_line_of_an_unknown_key_is_nobodys(line: Signature) -> None:
    found = cosignatures.read(notes.parse(note(line)), [W1, W2, W3])
    assert (dict(found.times), found.wrong) == ({}, ())


@pytest.mark.parametrize(
    "line",
    [
        by(W1.name, text=TEXT.replace("12", "13")),
        by(W1.name, 0),
        by(W1.name, 2**63),
        replace(by(W1.name), signature=by(W1.name).signature[:-1]),
        replace(by(W1.name), signature=by(W1.name).signature + b"\0"),
        replace(by(W1.name), signature=(TIME + 1).to_bytes(8, "big") + by(W1.name).signature[8:]),
        replace(by(W1.name), signature=b"\0"),
    ],
    ids=["another size", "no time", "no time of a calendar", "too short", "too long", "another time", "no signature"],
)
def test_a_line_that_does_not_verify_counts_as_none_and_is_named(line: Signature) -> None:
    found = cosignatures.read(notes.parse(note(line, by(W2.name))), [W1, W2, W3])
    assert ({key.name for key in found.times}, found.wrong) == ({W2.name}, (W1.name,))


@given(st.integers(0, len(by(W1.name).line()) - 1), st.integers(1, 255))
def test_no_byte_of_a_line_can_be_another(place: int, other: int) -> None:
    """The count falls, or the note is none any more."""
    line = bytearray(by(W1.name).line().encode())
    line[place] ^= other
    try:
        found = told(note(by(W2.name)) + bytes(line))
    except Unreadable:
        return
    assert found == {W2.name: TIME}


@pytest.mark.parametrize("answer", [b"", b"yes\n", b"\xff", by(W1.name).line().encode()[:-1], NOTE, b"\n"])
def test_an_answer_that_is_not_only_signature_lines_is_none(answer: bytes) -> None:
    with pytest.raises(Unreadable):
        cosignatures.offered(TEXT, answer)


def test_merging_keeps_what_others_signed_and_the_earliest_of_each_witness() -> None:
    stranger = Signature(name="stranger", key_id=b"abcd", signature=b"anything")
    before = note(by(W2.name, TIME + 7), stranger)
    wrong = by(W3.name, text="other\n1\n")
    after = cosignatures.merged(before, [by(W1.name), by(W2.name, TIME), wrong], [W1, W2, W3])
    lines = notes.parse(after).signatures
    assert lines == (*notes.parse(NOTE).signatures, stranger, by(W1.name), by(W2.name, TIME))
    assert checkpoints.verify(after, notes.key_of(golden.ORIGIN, golden.key("log"))) == CHECKPOINT


@given(st.lists(st.tuples(st.sampled_from([W1, W2, W3]), st.integers(1, 5)), max_size=6), st.randoms())
def test_merging_comes_to_the_same_in_whatever_order_and_pieces(
    told: list[tuple[notes.VerifierKey, int]], chance: Random
) -> None:
    lines = [by(key.name, TIME + time) for key, time in told]
    whole = cosignatures.merged(NOTE, lines, [W1, W2, W3])
    pieces = NOTE
    for line in chance.sample(lines, len(lines)):
        pieces = cosignatures.merged(pieces, [line], [W1, W2, W3])
    assert pieces == whole == cosignatures.merged(whole, lines, [W1, W2, W3])


def test_a_note_never_gets_more_lines_than_one_may_have() -> None:
    strangers = [Signature(name=f"s{n}", key_id=b"abcd", signature=b"x") for n in range(98)]
    merged = cosignatures.merged(note(*strangers), [by(W1.name), by(W2.name)], [W1, W2, W3])
    assert len(notes.parse(merged).signatures) == notes.MOST_SIGNATURES
    assert told(merged) == {W1.name: TIME}
