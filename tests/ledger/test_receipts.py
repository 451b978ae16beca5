"""The host's signed word."""

from dataclasses import replace

import pytest

from ledger import canonical, envelopes, receipts
from ledger.envelopes import Envelope
from ledger.receipts import Receipt, Refusal
from ledger.rules import RULES, WORDS, Code, Refused
from tests.ledger import golden

HOST = golden.key("HOST/host")
PUBLIC = bytes(HOST.verify_key)
RECEIPT = Receipt(log=golden.ORIGIN, statement="a" * 64, index=3, leaf="b" * 64, at=golden.START)
REFUSAL = Refusal(log=golden.ORIGIN, statement="a" * 64, rule="V8", at=golden.START)


def test_a_receipt_is_exactly_what_the_format_says() -> None:
    envelope = receipts.sign(RECEIPT, HOST)
    assert envelope.payload_type == "application/vnd.estafet.receipt.v1+json"
    assert canonical.parse(envelope.payload) == {
        "v": 1,
        "log": golden.ORIGIN,
        "statement": "a" * 64,
        "index": 3,
        "leaf": "b" * 64,
        "at": "2026-03-02T01:00:00Z",
    }
    assert receipts.verify(envelope, PUBLIC) == RECEIPT


def test_a_refusal_reads_back() -> None:
    assert receipts.verify_refusal(receipts.sign_refusal(REFUSAL, HOST), PUBLIC) == REFUSAL


@pytest.mark.parametrize("rule", [*RULES, *WORDS])
def test_a_refusal_names_a_rule_or_one_of_the_words_of_the_format(rule: str) -> None:
    said = replace(REFUSAL, rule=rule)
    assert receipts.verify_refusal(receipts.sign_refusal(said, HOST), PUBLIC) == said


@pytest.mark.parametrize("envelope", ["another word", "a receipt"])
def test_anything_else_is_no_refusal(envelope: str) -> None:
    body = envelopes.seal(receipts.REFUSAL_TYPE, GOOD_REFUSAL.payload.replace(b"V8", b"V99"), [HOST])
    with pytest.raises(Refused) as caught:
        receipts.verify_refusal({"another word": body, "a receipt": GOOD}[envelope], PUBLIC)
    assert (caught.value.rule, caught.value.code) == ("V23", Code.REFUSAL_INVALID)


def signed(body: bytes, kind: str = receipts.RECEIPT_TYPE) -> Envelope:
    return envelopes.seal(kind, body, [HOST])


GOOD_REFUSAL = receipts.sign_refusal(REFUSAL, HOST)
GOOD = receipts.sign(RECEIPT, HOST)
BROKEN = {
    "by another key": envelopes.seal(receipts.RECEIPT_TYPE, GOOD.payload, [golden.key("log")]),
    "a refusal": receipts.sign_refusal(REFUSAL, HOST),
    "a statement": signed(GOOD.payload, "application/vnd.estafet.referral.v1+json"),
    "not canonical": signed(GOOD.payload + b" "),
    "a field more": signed(GOOD.payload.replace(b'{"at"', b'{"a":1,"at"')),
    "a field out of form": signed(GOOD.payload.replace(b'"index":3', b'"index":-3')),
    "another version": signed(GOOD.payload.replace(b'"v":1', b'"v":2')),
    "a changed byte": replace(GOOD, payload=GOOD.payload.replace(b'"index":3', b'"index":4')),
}


@pytest.mark.parametrize("envelope", BROKEN.values(), ids=BROKEN.keys())
def test_anything_else_is_no_receipt(envelope: Envelope) -> None:
    with pytest.raises(Refused) as caught:
        receipts.verify(envelope, PUBLIC)
    assert (caught.value.rule, caught.value.code) == ("V23", Code.RECEIPT_INVALID)
