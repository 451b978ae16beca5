"""Laws of reading what strangers send: whatever the bytes, the answer is a value or a refusal, never a fault."""

import json
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

import auth.algorithms
import auth.headers
import auth.keys
import auth.moments
import auth.proofs
import auth.signatures
from auth.algorithms import KeyRefused
from auth.headers import Malformed
from auth.refusals import Unverified, challenge
from tests.auth.partners import Partner, in_base64
from tests.auth.worlds import ISSUER, KEYS

AT: Final = datetime(2026, 3, 2, 1, 0, 30, tzinfo=UTC)
ANY_JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
NAMES = some.sampled_from(
    ["kty", "crv", "x", "y", "n", "e", "d", "k", "kid", "alg", "use", "typ", "jwk", "crit", "iat"]
)
KNOWN = some.sampled_from(
    [
        "OKP",
        "EC",
        "RSA",
        "oct",
        "Ed25519",
        "P-256",
        "ES256",
        "PS256",
        "none",
        "dpop+jwt",
        "AQAB",
        "sig",
        KEYS["proof"]["x"],
    ]
)
LIKELY = some.dictionaries(NAMES, KNOWN | ANY_JSON, max_size=8)


@given(some.text() | some.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_refused_as_a_proof(text: str) -> None:
    with pytest.raises(Unverified):
        auth.proofs.verify(text, method="POST", url=ISSUER + "/graphql", token=None, at=AT)


@given(LIKELY | ANY_JSON, LIKELY | ANY_JSON, some.binary(min_size=1, max_size=70))
def test_any_three_parts_are_refused_as_a_proof(header: object, claims: object, signature: bytes) -> None:
    text = ".".join([in_base64(json.dumps(part).encode()) for part in (header, claims)] + [in_base64(signature)])
    with pytest.raises(Unverified):
        auth.proofs.verify(text, method="POST", url=ISSUER + "/graphql", token=None, at=AT)


@given(LIKELY)
def test_a_right_signature_over_any_claims_is_a_proof_or_a_refusal(claims: dict[str, object]) -> None:
    partner = Partner(ISSUER, "jakarta", KEYS["jakarta"], KEYS["proof"], AT.timestamp)
    told = {name: value for name, value in claims.items() if name not in ("header", "key")}
    text = partner.proof("POST", ISSUER + "/graphql", **told)  # type: ignore[arg-type]  # bends claims
    try:
        auth.proofs.verify(text, method="POST", url=ISSUER + "/graphql", token=None, at=AT)
    except Unverified:
        assert "iat" in claims


@given(LIKELY | ANY_JSON)
def test_any_key_is_admitted_or_refused_and_what_is_admitted_is_public(document: object) -> None:
    try:
        key = auth.algorithms.admit(document)
    except KeyRefused:
        return
    assert key.alg in auth.algorithms.ALGORITHMS
    assert auth.algorithms.admit(key.told()).thumbprint == key.thumbprint


@given(some.integers(min_value=0, max_value=255), some.integers(min_value=0, max_value=200))
def test_a_proof_with_one_byte_changed_is_refused(byte: int, place: int) -> None:
    partner = Partner(ISSUER, "jakarta", KEYS["jakarta"], KEYS["proof"], AT.timestamp)
    text = partner.proof("POST", ISSUER + "/graphql").encode()
    changed = text[:place] + bytes([byte]) + text[place + 1 :]
    if changed != text:
        with pytest.raises(Unverified):
            auth.proofs.verify(changed.decode("latin-1"), method="POST", url=ISSUER + "/graphql", token=None, at=AT)


@given(some.lists(some.tuples(some.sampled_from([b"authorization", b"AUTHORIZATION", b"dpop"]), some.binary())))
def test_any_header_lines_give_one_credential_or_a_refusal(lines: list[tuple[bytes, bytes]]) -> None:
    try:
        sent = auth.headers.credentials(lines)
    except Malformed:
        return
    assert sent is None or (sent[0].islower() or not sent[0].isalpha())
    assert sum(name.lower() == b"authorization" for name, _ in lines) == (0 if sent is None else 1)


@given(some.text())
def test_no_message_breaks_out_of_the_challenge(message: str) -> None:
    value = challenge(ISSUER, "invalid_dpop_proof", message)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 8


@given(some.integers(min_value=0, max_value=2**33), some.integers(min_value=-100, max_value=100))
def test_a_time_ahead_is_accepted_up_to_ten_seconds(second: int, ahead: int) -> None:
    at = auth.moments.instant(second)
    if second + ahead < 0:
        return
    if ahead <= 10:
        auth.moments.not_ahead({"iat": second + ahead}, "iat", at=at)
    else:
        with pytest.raises(Unverified):
            auth.moments.not_ahead({"iat": second + ahead}, "iat", at=at)
    assert auth.moments.seconds(at) == second


RSA = auth.keys.public(auth.keys.generate("PS256"))
P256 = auth.keys.public(auth.keys.generate("ES256"))
REFUSED_KEYS: Final[dict[str, dict[str, object]]] = {
    "padding": {**auth.keys.public(KEYS["proof"]), "x": KEYS["proof"]["x"] + "="},
    "the other alphabet": {**auth.keys.public(KEYS["proof"]), "x": "+" + KEYS["proof"]["x"][1:]},
    "a short coordinate": {**P256, "x": P256["x"][:-4]},
    "a point off the curve": {**P256, "y": "A" * 43},
    "a zero point": {**auth.keys.public(KEYS["proof"]), "x": "A" * 43},
    "a point that is no residue": {**auth.keys.public(KEYS["proof"]), "x": "_" * 42 + "8"},
    "an exponent of one": {**RSA, "e": "AQ"},
    "a leading zero": {**RSA, "n": "AA" + RSA["n"][2:]},
    "a huge modulus": {**RSA, "n": "v" * 1_400},
    "another algorithm's name": {**RSA, "alg": "RS256"},
    "a crv on RSA": {**RSA, "crv": "Ed25519"},
    "an empty name": {**P256, "kid": ""},
    "an endless name": {**P256, "kid": "k" * 129},
    "a name with a line break": {**P256, "kid": "a\nb"},
    "a number as its name": {**P256, "kid": 5},
}


@pytest.mark.parametrize("story", REFUSED_KEYS)
def test_a_key_is_refused_with(story: str) -> None:
    with pytest.raises(KeyRefused):
        auth.algorithms.admit(REFUSED_KEYS[story])
