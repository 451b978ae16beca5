"""What is signed as one thing is no signature of another, even under one key."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from ledger import checkpoints, envelopes, notes, receipts
from ledger.checkpoints import Checkpoint
from ledger.envelopes import Envelope
from ledger.rules import Refused
from tests.ledger import golden

KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes(KEY.verify_key)
HEAD = b"DSSEv1 "
COSIGNED = b"cosignature/v1\ntime "
names = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="+"), min_size=1, max_size=200)


@given(names, st.integers(0, 2**50), st.binary(min_size=32, max_size=32), st.text(max_size=60), st.binary(max_size=200))
@example("DSSEv1", 1, bytes(32), "", b"")
@example("cosignature/v1", 1, bytes(32), "", b"")
def test_a_checkpoint_an_envelope_and_a_cosignature_begin_differently(
    origin: str, size: int, root: bytes, kind: str, body: bytes
) -> None:
    text = Checkpoint(origin=origin, size=size, root=root).text().encode()
    message = envelopes.pae(kind, body)
    assert message.startswith(HEAD)
    assert not text.startswith((HEAD, COSIGNED))
    assert not message.startswith(COSIGNED)


@given(st.sampled_from(["application/vnd.estafet.referral.v1+json", receipts.RECEIPT_TYPE]), st.binary(max_size=200))
def test_a_checkpoints_signature_seals_no_envelope(kind: str, body: bytes) -> None:
    """A careless host could sign both with one key; the log's key and its own are two all the same."""
    checkpoint = Checkpoint(origin=golden.ORIGIN, size=3, root=bytes(32))
    signature = KEY.sign(checkpoint.text().encode()).signature
    for payload in (body, checkpoint.text().encode()):
        with pytest.raises(Refused) as caught:
            envelopes.verify(Envelope(payload_type=kind, payload=payload, signatures=(signature,)), [PUBLIC])
        assert caught.value.rule == "V1"


def test_a_receipts_signature_makes_no_note() -> None:
    receipt = receipts.Receipt(log=golden.ORIGIN, statement="a" * 64, index=3, leaf="b" * 64, at=golden.START)
    signature = receipts.sign(receipt, KEY).signatures[0]
    honest = notes.key_of(golden.ORIGIN, KEY)
    note = checkpoints.sign(Checkpoint(origin=golden.ORIGIN, size=3, root=bytes(32)), KEY)
    assert checkpoints.verify(note.encode(), honest).size == 3
    line = notes.Signature(name=golden.ORIGIN, key_id=honest.id, signature=signature)
    spoiled = f"{note.split(chr(10) * 2)[0]}\n\n{line.line()}"
    with pytest.raises(notes.Unreadable):
        checkpoints.verify(spoiled.encode(), honest)
