"""The signature algorithms and the public keys this service accepts: one list for assertions, proofs and tokens.

Promise: `admit` turns an untrusted JWK into a key that can only be used with the one algorithm it fits, or raises.
Rules: asymmetric keys only, public members only, one encoding for each key (so that a thumbprint names one key): exact
lengths, no leading zeros, RSA of 2048 to 4096 bits with exponent 65537, Ed25519 points of the prime-order group.
`Ed25519` is the algorithm's name (RFC 9864); `EdDSA` is deprecated and not accepted.
Elsewhere: how a signature is checked, `auth.signatures`; the server's own keys, `auth.keys`.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import nacl.bindings
from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

ALGORITHMS: Final = ("Ed25519", "ES256", "PS256")

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS: Final = {"Ed25519": ("kty", "crv", "x"), "ES256": ("kty", "crv", "x", "y"), "PS256": ("kty", "n", "e")}
_RSA_BYTES: Final = range(256, 513)
_LONGEST_ID: Final = 128


class KeyRefused(ValueError):
    """A key that may not be used here; `str()` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key bound to its algorithm."""

    alg: str
    kid: str
    thumbprint: str  # RFC 7638, SHA-256
    members: Mapping[str, str]  # the JWK's required members and nothing else
    key: jwk.Key

    def told(self) -> dict[str, str]:
        """The JWK as published or stored."""
        return {**self.members, "kid": self.kid, "alg": self.alg, "use": "sig"}


def admit(document: object) -> PublicKey:
    """A public key from untrusted JSON."""
    if not isinstance(document, dict):
        raise KeyRefused("a key must be a JSON object")
    if held := _PRIVATE & document.keys():
        raise KeyRefused(f"a private or symmetric key must not be sent: {min(held)}")
    alg = _algorithm(document)
    members = {name: document[name] for name in _MEMBERS[alg] if isinstance(document.get(name), str)}
    if len(members) != len(_MEMBERS[alg]):
        raise KeyRefused("a key lacks one of its members")
    _check_numbers(alg, members)
    try:
        key = jwk.import_key(dict(members))
    except (JoseError, ValueError) as error:
        raise KeyRefused("a key is not valid for its curve or type") from error
    thumbprint = key.thumbprint()
    kid = document.get("kid", thumbprint)
    if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_ID or not kid.isascii() or not kid.isprintable():
        raise KeyRefused("kid must be a short printable text")
    return PublicKey(alg=alg, kid=kid, thumbprint=thumbprint, members=members, key=key)


def _algorithm(document: Mapping[str, object]) -> str:
    match document.get("kty"), document.get("crv"):
        case "OKP", "Ed25519":
            alg = "Ed25519"
        case "EC", "P-256":
            alg = "ES256"
        case "RSA", None:
            alg = "PS256"
        case _:
            raise KeyRefused("only Ed25519, P-256 and RSA keys are accepted")
    if document.get("alg", alg) != alg:
        raise KeyRefused(f"a key of this type is used with {alg} only")
    if document.get("use", "sig") != "sig":
        raise KeyRefused("a key must be for signatures")
    return alg


def _check_numbers(alg: str, members: Mapping[str, str]) -> None:
    if alg == "PS256":
        modulus = _number(members["n"])
        if len(modulus) not in _RSA_BYTES or modulus[0] == 0 or members["e"] != "AQAB":
            raise KeyRefused("an RSA key needs 2048 to 4096 bits and the exponent 65537")
        return
    if any(len(_number(members[name])) != 32 for name in ("x", "y") if name in members):
        raise KeyRefused("a coordinate must be 32 bytes")
    if alg == "Ed25519" and not nacl.bindings.crypto_core_ed25519_is_valid_point(_number(members["x"])):
        raise KeyRefused("an Ed25519 key must be a point of the prime-order group")


def _number(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error) as error:
        raise KeyRefused("a key's numbers must be base64url without padding") from error
