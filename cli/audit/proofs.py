"""Signed tokens of a client: the assertion that says who asks, and the proof that the asker holds the token's key.

Promise: RFC 7523 client assertions and RFC 9449 DPoP proofs, as compact JWS signed with Ed25519 (RFC 9864 name).
Rules: `aud` of an assertion is the issuer, as one string; every `jti` is random; a proof names method and URL without
query, and the hash of the token it goes with.
Elsewhere: who checks them, `auth`.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from nacl.signing import SigningKey

ALGORITHM: Final = "Ed25519"
ASSERTION_SECONDS: Final = 60


def text_of(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """The bytes of base64url without padding; ValueError otherwise."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_jwk(key: SigningKey) -> dict[str, str]:
    """The public half as a JWK with exactly the members a thumbprint is made of."""
    return {"crv": "Ed25519", "kty": "OKP", "x": text_of(bytes(key.verify_key))}


def signed(key: SigningKey, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    """A compact JWS."""
    parts = [text_of(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
    content = ".".join(parts)
    return content + "." + text_of(key.sign(content.encode()).signature)


def assertion(key: SigningKey, *, kid: str | None, client_id: str, issuer: str, at: int) -> str:
    """A client assertion (RFC 7523), good once and for a minute."""
    header = {"alg": ALGORITHM, "typ": "JWT"} | ({"kid": kid} if kid else {})
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(18),
        "iat": at,
        "exp": at + ASSERTION_SECONDS,
    }
    return signed(key, header, claims)


def possession(key: SigningKey, *, method: str, url: str, at: int, token: str | None, nonce: str | None) -> str:
    """A DPoP proof (RFC 9449) for one request."""
    parts = urlsplit(url)
    claims: dict[str, object] = {
        "jti": secrets.token_urlsafe(18),
        "htm": method,
        "htu": urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
        "iat": at,
    }
    if token is not None:
        claims["ath"] = text_of(hashlib.sha256(token.encode()).digest())
    if nonce is not None:
        claims["nonce"] = nonce
    return signed(key, {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": public_jwk(key)}, claims)
