"""Keys: Ed25519, as JWK and as hex, and which public keys may enter the register.

Promise: no key enters the register for which two byte strings, or two messages, could pass as one (V24).
Rules: 32 bytes in canonical form, on the curve, of prime order: low-order and mixed-order points are refused. A private
key travels only as a JWK (OKP, Ed25519, RFC 8037); making random seeds is the caller's affair.
Elsewhere: who holds which key since when, `ledger.registers`.
"""

import base64
import binascii

import nacl.bindings
import nacl.exceptions
from nacl.signing import SigningKey, VerifyKey

from ledger.canonical import JSON
from ledger.rules import Code, Refused

PUBLIC = 32
SIGNATURE = 64


class NotAKey(Exception):
    """A JWK that is no private Ed25519 key of ours."""


def admit(public: bytes) -> VerifyKey:
    """A public key fit for the register; `Refused` by V24 otherwise."""
    # libsodium's check is all of V24 at once: canonical, not of low order, on the curve, in the main subgroup.
    if len(public) != PUBLIC or not nacl.bindings.crypto_core_ed25519_is_valid_point(public):
        raise Refused(Code.KEY_UNSAFE, f"not a safe Ed25519 public key: {public.hex()[:64]}")
    return VerifyKey(public)


def admitted(public: str) -> bytes:
    """The bytes of a public key in hex, fit for the register."""
    return bytes(admit(bytes.fromhex(public)))


def verified(public: bytes, signature: bytes, message: bytes) -> None:
    """Raise `Refused` by V1 unless the key made the signature over the message."""
    if len(public) != PUBLIC or len(signature) != SIGNATURE:
        raise Refused(Code.SIGNATURE_INVALID, "a key has 32 bytes and a signature 64")
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except nacl.exceptions.BadSignatureError as error:
        raise Refused(Code.SIGNATURE_INVALID, "the signature is not this key's over these bytes") from error


def public_of(key: SigningKey) -> str:
    """The public half in hex, as bodies name it."""
    return bytes(key.verify_key).hex()


def private_jwk(key: SigningKey, name: str) -> dict[str, JSON]:
    """A private key as JWK; `name` is its name in the register."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _digits(bytes(key.verify_key)),
        "d": _digits(bytes(key)),
        "name": name,
    }


def read_private(jwk: JSON) -> tuple[SigningKey, str | None]:
    """The key of a private JWK, and its name in the register if it has one."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise NotAKey("not a JWK of type OKP on the curve Ed25519")
    seed, public, name = jwk.get("d"), jwk.get("x"), jwk.get("name")
    if not isinstance(seed, str) or not isinstance(public, str) or not isinstance(name, str | None):
        raise NotAKey("a private JWK has d and x, and a name that is text")
    try:
        key = SigningKey(_bytes(seed))
    except (ValueError, nacl.exceptions.ValueError) as error:
        raise NotAKey("d is not 32 bytes in base64url") from error
    if _digits(bytes(key.verify_key)) != public:
        raise NotAKey("x is not the public half of d")
    return key, name


def _digits(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(digits: str) -> bytes:
    try:
        data = base64.b64decode(digits + "=" * (-len(digits) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise NotAKey("d is not base64url") from error
    if _digits(data) != digits:
        raise NotAKey("d is not base64url without padding")
    return data
