"""Which keys exist, and which may enter the register."""

import base64

import nacl.bindings
import pytest
from nacl.signing import SigningKey

from ledger import keys
from ledger.canonical import JSON
from ledger.keys import NotAKey
from ledger.rules import Code, Refused

KEY = SigningKey(bytes(range(32)))
P = 2**255 - 19


def point(number: int) -> bytes:
    return number.to_bytes(32, "little")


UNSAFE = {
    "all zeros, of order 4": point(0),
    "the neutral element": point(1),
    "of order 2": point(P - 1),
    "of order 8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "of order 8, the other": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "the neutral element, sign bit set": point(1 | 1 << 255),
    "p for 0": point(P),
    "p + 1 for 1": point(P + 1),
    "all ones": point(2**256 - 1),
    "not on the curve": point(2),
    "too short": bytes(31),
    "too long": bytes(KEY.verify_key) + b"\0",
}


@pytest.mark.parametrize("public", UNSAFE.values(), ids=UNSAFE.keys())
def test_a_key_under_which_two_messages_could_pass_as_one_is_refused(public: bytes) -> None:
    with pytest.raises(Refused) as caught:
        keys.admit(public)
    assert (caught.value.rule, caught.value.code) == ("V24", Code.KEY_UNSAFE)


def test_an_honest_key_plus_a_point_of_order_8_is_refused() -> None:
    mixed = nacl.bindings.crypto_core_ed25519_add(bytes(KEY.verify_key), UNSAFE["of order 8"])
    with pytest.raises(Refused, match="V24"):
        keys.admit(mixed)


def test_an_honest_key_is_admitted() -> None:
    assert bytes(keys.admit(bytes(KEY.verify_key))) == bytes(KEY.verify_key)
    assert keys.admitted(keys.public_of(KEY)) == bytes(KEY.verify_key)


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [  # Source: RFC 8032, section 7.1, TEST 1 to 3 and SHA(abc). TEST 1024 is in test_wycheproof.py, with its message.
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
            "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ),
    ],
)
def test_the_vectors_of_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = SigningKey(bytes.fromhex(seed))
    assert keys.public_of(key) == public
    assert key.sign(bytes.fromhex(message)).signature.hex() == signature
    keys.verified(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message))
    with pytest.raises(Refused, match="SIGNATURE_INVALID"):
        keys.verified(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message) + b"!")


def test_a_signature_with_s_beyond_the_order_is_a_second_signature_and_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    signature = KEY.sign(b"m").signature
    second = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    with pytest.raises(Refused):
        keys.verified(bytes(KEY.verify_key), second, b"m")


def test_keys_and_signatures_of_other_lengths_verify_nothing() -> None:
    signature = KEY.sign(b"m").signature
    for public, made in [(bytes(31), signature), (bytes(KEY.verify_key), signature[:63])]:
        with pytest.raises(Refused, match="32 bytes and a signature 64"):
            keys.verified(public, made, b"m")


def test_a_private_key_travels_as_jwk() -> None:
    jwk = keys.private_jwk(KEY, "ID-JK/k0")
    key, name = keys.read_private(jwk)
    assert (bytes(key), name) == (bytes(KEY), "ID-JK/k0")
    jwk.pop("name")
    assert keys.read_private(jwk)[1] is None


JWK = keys.private_jwk(KEY, "x")


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        [],
        {**JWK, "kty": "EC"},
        {**JWK, "crv": "X25519"},
        {**JWK, "d": None},
        {**JWK, "x": 5},
        {**JWK, "name": 5},
        {**JWK, "d": "AAAA"},
        {**JWK, "d": "!!!!"},
        {**JWK, "d": "A"},
        {**JWK, "d": str(JWK["d"]) + "="},
        {**JWK, "d": str(JWK["d"])[:-1] + "9"},  # the same bytes with unused bits set
        {**JWK, "x": base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode()},
    ],
)
def test_anything_else_is_no_private_key(jwk: JSON) -> None:
    with pytest.raises(NotAKey):
        keys.read_private(jwk)
