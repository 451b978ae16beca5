"""Envelopes: what is signed, and that there is one form of it."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from ledger import envelopes
from ledger.canonical import JSON
from ledger.envelopes import Envelope
from ledger.rules import Code, Refused

KEYS = [SigningKey(bytes([number]) * 32) for number in range(3)]
PUBLICS = [bytes(key.verify_key) for key in KEYS]
TYPE = "application/vnd.estafet.referral.v1+json"


def test_the_self_test_of_dsse() -> None:
    # Source: the DSSE v1 protocol text.
    assert envelopes.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.binary(max_size=300), st.integers(1, 3))
def test_a_sealed_envelope_verifies_and_reads_back(body: bytes, signers: int) -> None:
    envelope = envelopes.seal(TYPE, body, KEYS[:signers])
    envelopes.verify(envelope, PUBLICS[:signers])
    assert envelopes.parse(envelopes.to_json(envelope)) == envelope
    assert envelopes.decode(envelopes.encode(envelope)) == envelope


@given(st.binary(min_size=1, max_size=60), st.data())
def test_no_other_body_type_or_signer_verifies(body: bytes, data: st.DataObject) -> None:
    envelope = envelopes.seal(TYPE, body, KEYS[:1])
    changed = bytearray(body)
    changed[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    for other in [
        Envelope(payload_type=TYPE, payload=bytes(changed), signatures=envelope.signatures),
        Envelope(payload_type=TYPE + "x", payload=body, signatures=envelope.signatures),
    ]:
        with pytest.raises(Refused) as caught:
            envelopes.verify(other, PUBLICS[:1])
        assert (caught.value.rule, caught.value.code) == ("V1", Code.SIGNATURE_INVALID)
    with pytest.raises(Refused):
        envelopes.verify(envelope, PUBLICS[1:2])


@pytest.mark.parametrize("publics", [[], PUBLICS[:1], PUBLICS, [PUBLICS[1], PUBLICS[0]]])
def test_exactly_these_keys_sign_in_this_order(publics: list[bytes]) -> None:
    envelope = envelopes.seal(TYPE, b"{}", KEYS[:2])
    with pytest.raises(Refused, match="V1"):
        envelopes.verify(envelope, publics)


def test_the_id_does_not_depend_on_who_signs() -> None:
    one, two = envelopes.seal(TYPE, b"{}", KEYS[:1]), envelopes.seal(TYPE, b"{}", KEYS[1:])
    assert envelopes.statement_id(one.payload_type, one.payload) == envelopes.statement_id(TYPE, two.payload)
    assert envelopes.statement_id(TYPE, b"{} ") != envelopes.statement_id(TYPE, b"{}")


def good() -> dict[str, JSON]:
    return envelopes.to_json(envelopes.seal(TYPE, b"{}", KEYS[:1]))


SIG = "A" * 86 + "=="
BROKEN: dict[str, Callable[[], JSON]] = {
    "not an object": list,
    "a keyid": lambda: {**good(), "signatures": [{"sig": SIG, "keyid": "x"}]},
    "a field more": lambda: {**good(), "x": 1},
    "a field less": lambda: {"payload": "", "payloadType": TYPE},
    "type not text": lambda: {**good(), "payloadType": 1},
    "type not ASCII": lambda: {**good(), "payloadType": "é"},
    "no signatures": lambda: {**good(), "signatures": []},
    "signatures not a list": lambda: {**good(), "signatures": {}},
    "too many signatures": lambda: {**good(), "signatures": [{"sig": SIG}] * 101},
    "a signature that is text": lambda: {**good(), "signatures": [SIG]},
    "a short signature": lambda: {**good(), "signatures": [{"sig": "AAAA"}]},
    "a signature not text": lambda: {**good(), "signatures": [{"sig": None}]},
    "payload not text": lambda: {**good(), "payload": 5},
    "base64 of the URL kind": lambda: {**good(), "payload": "_-8="},
    "base64 without padding": lambda: {**good(), "payload": "e30"},
    "base64 with a line end": lambda: {**good(), "payload": "e30=\n"},
    "base64 with unused bits": lambda: {**good(), "payload": "e31="},
    "base64 that is not ASCII": lambda: {**good(), "payload": "é30="},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_any_other_form_is_refused(broken: Callable[[], JSON]) -> None:
    with pytest.raises(Refused) as caught:
        envelopes.parse(broken())
    assert (caught.value.rule, caught.value.code) == ("V14", Code.ENVELOPE_MALFORMED)


def test_a_client_may_order_and_space_its_json_but_not_repeat_itself() -> None:
    envelope = envelopes.seal(TYPE, b"{}", KEYS[:1])
    spaced = json.dumps(envelopes.to_json(envelope), indent=2).encode()
    assert envelopes.decode(spaced) == envelope
    with pytest.raises(Refused, match="V14"):
        envelopes.decode(spaced.replace(b'"payload"', b'"payload": "", "payload"', 1))
    with pytest.raises(Refused, match="V14"):
        envelopes.decode(b"{")
