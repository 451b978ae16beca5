"""DPoP proofs (RFC 9449): that the sender of this very request holds the key its token is bound to.

Promise: `verify` returns the proof's key only for one header, one signature by the key inside it, this method, this
URL, this token, and a moment ago.
Rules: the `jwk` is public and asymmetric; `ath` is required where there is a token; a proof is good from 10 seconds
before to 60 seconds after its `iat`; its `jti` counts once for its key (`auth.replays`). A server nonce is read and
passed on, and not yet asked for.
Elsewhere: whether the token is bound to this key, `auth.resources`; the header's lines are counted in `auth.headers`.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from auth import algorithms, moments, signatures, transports
from auth.refusals import Unverified

OLDEST: Final = 60  # seconds after which a proof is too old
_TYP: Final = frozenset({"dpop+jwt"})
_MEMBERS: Final = frozenset({"typ", "alg", "jwk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a valid proof says."""

    thumbprint: str  # of the key: what a token's cnf.jkt names
    jti: str
    nonce: str | None
    until: int  # the last second at which this proof could be accepted


def verify(text: str, *, method: str, url: str, token: str | None, at: datetime) -> Proof:
    """A proof for this request, or `Unverified`."""
    found: list[algorithms.PublicKey] = []

    def key_of(header: signatures.Claims) -> algorithms.PublicKey:
        found.append(_key(header))
        return found[0]

    claims = signatures.verified(text, typ=_TYP, members=_MEMBERS, key_of=key_of)
    if claims.get("htm") != method:
        raise Unverified(f"htm must be {method}")
    said = claims.get("htu")
    if not isinstance(said, str) or not transports.same_target(said, url):
        raise Unverified(f"htu must be {url}")
    if token is not None and claims.get("ath") != fingerprint(token):
        raise Unverified("ath must be the hash of the access token sent with the proof")
    issued = moments.required(claims, "iat")
    for name in ("iat", "nbf"):
        moments.not_ahead(claims, name, at=at)
    if "exp" in claims:
        moments.not_over(claims, at=at)
    if issued + OLDEST < moments.seconds(at):
        raise Unverified(f"iat lies more than {OLDEST} seconds back: make a new proof for each request")
    nonce = claims.get("nonce")
    return Proof(
        thumbprint=found[0].thumbprint,
        jti=moments.identifier(claims),
        nonce=nonce if isinstance(nonce, str) else None,
        until=issued + OLDEST,
    )


def fingerprint(token: str) -> str:
    """`ath`: base64url of the SHA-256 of the access token."""
    return urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()).rstrip(b"=").decode()


def _key(header: signatures.Claims) -> algorithms.PublicKey:
    try:
        return algorithms.admit(header.get("jwk"))
    except algorithms.KeyRefused as error:
        raise Unverified(f"jwk: {error}") from error
