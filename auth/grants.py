"""`client_credentials`: what a client may ask for, and the token it gets.

Promise: a token is made only for scopes the client holds, one of its purposes, this service as the resource, and a key
that the client proved to hold in the same request; asking for more is an error, never silently less.
Rules: where Authlib narrows a scope we answer `invalid_scope`; where it logs the token at debug level
(`create_token_response`) we do not call it; the token's row is written in its request's transaction, before it leaves.
No refresh tokens: a client that can authenticate needs none.
Elsewhere: the client's authentication, `auth.assertions`; the wiring, `auth.servers`.
"""

import secrets
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]  # Authlib has no types
    ClientCredentialsGrant,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
)

from auth import exchanges, moments, proofs, replays, scopes, tokens
from auth import headers as lines
from auth.assertions import METHOD
from auth.clients import Client
from auth.exchanges import Exchange
from auth.refusals import INVALID_PROOF, Unverified
from auth.tokens import Token
from database.tables import oauth_token

GRANT: Final = "client_credentials"
ANSWER_HEADERS: Final = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]


class InvalidTarget(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    """RFC 8707 section 2."""

    error = "invalid_target"


class InvalidProof(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    """RFC 9449 section 5."""

    error = INVALID_PROOF


@dataclass(frozen=True, slots=True)
class Applicant:
    """A registered client as Authlib asks about it."""

    client: Client

    def get_client_id(self) -> str:
        return self.client.client_id

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == METHOD

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib has no types
    """The grant, with nothing left to Authlib's defaults but the order of steps."""

    TOKEN_ENDPOINT_AUTH_METHODS = [METHOD]  # noqa: RUF012  # Authlib's own attribute

    def create_token_response(self) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
        exchange, client = exchanges.current(), self.request.client.client
        purpose, held = _purpose(exchange, client), _scopes(exchange, client)
        if exchange.form.get("resource", exchange.gate.issuer) != exchange.gate.issuer:
            raise InvalidTarget(description=f"the only resource is {exchange.gate.issuer}")
        issued = moments.seconds(exchange.at)
        token = Token(
            jti=secrets.token_urlsafe(24),
            subject=client.client_id,
            client_id=client.client_id,
            party=client.party,
            purpose=purpose,
            scopes=held,
            thumbprint=_proved(exchange),
            issued_at=issued,
            expires_at=issued + int(tokens.LIFETIME.total_seconds()),
        )
        _save(exchange, token)
        return 200, _answer(exchange, token), ANSWER_HEADERS


def _scopes(exchange: Exchange, client: Client) -> frozenset[str]:
    """The scopes asked for; all of the client's when none are named (RFC 6749 section 3.3)."""
    if "scope" not in exchange.form:
        return client.scopes
    try:
        asked = scopes.parse(exchange.form["scope"])
    except scopes.UnknownScope as error:
        raise InvalidScopeError(description=str(error)) from error
    if beyond := asked - client.scopes:
        raise InvalidScopeError(description="this client does not hold " + scopes.written(beyond))
    return asked


def _purpose(exchange: Exchange, client: Client) -> str:
    """Why the client asks: it may say nothing only where it has but one purpose."""
    said = exchange.form.get("purpose")
    if said is None and len(client.purposes) == 1:
        return client.purposes[0]
    if said is None or said not in client.purposes:
        raise InvalidRequestError(description="purpose must be one of " + " ".join(client.purposes))
    return said


def _proved(exchange: Exchange) -> str:
    """The thumbprint of the key whose possession this request proves."""
    url = exchange.gate.url(exchange.call.path)
    try:
        text = lines.one(exchange.call.headers, "DPoP")
        proof = proofs.verify(text, method=exchange.call.method, url=url, token=None, at=exchange.at)
    except (Unverified, lines.Malformed) as error:
        raise InvalidProof(description=str(error)) from error
    mark = replays.mark(proof.thumbprint, proof.jti)
    if not replays.remember(exchange.connection, "dpop", mark, until=proof.until):
        raise InvalidProof(description="this proof was used before: make a new one for each request")
    return proof.thumbprint


def _save(exchange: Exchange, token: Token) -> None:
    row = {"jti": token.jti, "client_id": token.client_id, "issued_at": moments.instant(token.issued_at)}
    ends = moments.instant(token.expires_at)
    exchange.connection.execute(sa.insert(oauth_token).values(**row, expires_at=ends))


def _answer(exchange: Exchange, token: Token) -> dict[str, object]:
    return {
        "access_token": tokens.issue(token, keys=exchange.gate.keys, issuer=exchange.gate.issuer),
        "token_type": "DPoP",
        "expires_in": token.expires_at - token.issued_at,
        "scope": scopes.written(token.scopes),
    }
