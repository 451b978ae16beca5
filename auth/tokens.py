"""Access tokens: RFC 9068 JWTs, five minutes, bound to a key, of one party and one purpose.

Promise: `verify` returns what a token says only if this server signed it, for itself, and it is not over; `issue` makes
no other kind.
Rules: header of exactly typ `at+jwt`, alg and kid of a key in use; `aud` is the issuer's URL as one string; every claim
is required. A token whose signature held once is remembered by its hash until it ends: the signature is then not
checked again (286 microseconds), but its end is, here, and its state is, in `auth.resources`, every time.
Elsewhere: revocation and the client's state are rows, never part of the token.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from joserfc import jwt

from auth import moments, scopes, signatures
from auth.algorithms import ALGORITHMS, PublicKey
from auth.keys import SigningKeys
from auth.refusals import Unverified

LIFETIME: Final = timedelta(minutes=5)
LONGEST: Final = 4_096
_MOST_REMEMBERED: Final = 10_000
_TYP: Final = frozenset({"at+jwt"})
_MEMBERS: Final = frozenset({"typ", "alg", "kid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an access token says."""

    jti: str
    subject: str
    client_id: str
    party: str
    purpose: str
    scopes: frozenset[str]
    thumbprint: str  # cnf.jkt: the key that must prove itself
    issued_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """Tokens whose signature held, by hash."""

    _tokens: OrderedDict[bytes, Token] = field(default_factory=OrderedDict)

    def find(self, mark: bytes) -> Token | None:
        return self._tokens.get(mark)

    def keep(self, mark: bytes, token: Token) -> None:
        self._tokens[mark] = token
        if len(self._tokens) > _MOST_REMEMBERED:
            self._tokens.popitem(last=False)

    def drop(self, mark: bytes) -> None:
        self._tokens.pop(mark, None)


def issue(token: Token, *, keys: SigningKeys, issuer: str) -> str:
    """The signed text of a token."""
    newest = keys.public[0]
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": token.subject,
        "client_id": token.client_id,
        "scope": scopes.written(token.scopes),
        "jti": token.jti,
        "iat": token.issued_at,
        "exp": token.expires_at,
        "party": token.party,
        "purpose": token.purpose,
        "cnf": {"jkt": token.thumbprint},
    }
    header = {"alg": newest.alg, "typ": "at+jwt", "kid": newest.kid}
    return jwt.encode(header, claims, keys.signing, algorithms=list(ALGORITHMS))


def verify(text: str, *, keys: SigningKeys, issuer: str, at: datetime, remembered: Remembered) -> Token:
    """A token that was issued here and is not over, or `Unverified`."""
    if len(text) > LONGEST:
        raise Unverified("the token is too long")
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    token = remembered.find(mark)
    if token is None:
        token = _read(text, keys=keys, issuer=issuer, at=at)
        remembered.keep(mark, token)
    if token.expires_at <= moments.seconds(at):
        remembered.drop(mark)
        raise Unverified("the token has ended")
    return token


def read_ended(text: str, *, keys: SigningKeys, issuer: str, at: datetime) -> Token:
    """A token that was issued here, over or not: enough to revoke it."""
    return _read(text, keys=keys, issuer=issuer, at=at, ended_too=True)


def _read(text: str, *, keys: SigningKeys, issuer: str, at: datetime, ended_too: bool = False) -> Token:
    def key_of(header: signatures.Claims) -> PublicKey:
        key = keys.by_kid(header.get("kid"))
        if key is None:
            raise Unverified("the token names no key that is in use here")
        return key

    claims = signatures.verified(text, typ=_TYP, members=_MEMBERS, key_of=key_of)
    if claims.get("iss") != issuer or claims.get("aud") != issuer:
        raise Unverified("the token was not issued by and for this service")
    for name in ("iat", "nbf"):
        moments.not_ahead(claims, name, at=at)
    ends = moments.required(claims, "exp") if ended_too else moments.not_over(claims, at=at)
    bound = claims.get("cnf")
    return Token(
        jti=moments.identifier(claims),
        subject=_text(claims, "sub"),
        client_id=_text(claims, "client_id"),
        party=_text(claims, "party"),
        purpose=_text(claims, "purpose"),
        scopes=_scopes(claims),
        thumbprint=_text(bound if isinstance(bound, dict) else {}, "jkt"),
        issued_at=moments.required(claims, "iat"),
        expires_at=ends,
    )


def _text(claims: signatures.Claims, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise Unverified(f"the token lacks {name}")
    return value


def _scopes(claims: signatures.Claims) -> frozenset[str]:
    try:
        return scopes.parse(_text(claims, "scope"))
    except scopes.UnknownScope as error:
        raise Unverified("the token holds a scope that does not exist") from error
