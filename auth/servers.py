"""The authorization server: Authlib's machinery, wired to our rules.

Promise: a request to the token, introspection or revocation endpoint ends as (status, body, headers); what is refused
is an error of RFC 6749 section 5.2 and no exception.
Rules: the server holds no state of a request (that is `auth.exchanges`), so one serves all tasks. Introspection answers
about a token only to its own client or another client of the same party, and everything else is `active: false`.
Revocation marks the token's row, so a JWT is over with the next request (Authlib's own JWT endpoint declares that
impossible); token type hints are ignored, as RFC 7009 section 2.1 allows. Authlib checks the URL's transport too.
Elsewhere: the transaction and the bytes, `auth.endpoints`.
"""

from typing import Final, TypeAlias

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]  # Authlib has no types
    AuthorizationServer,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.requests import (  # type: ignore[import-untyped]  # Authlib has no types
    BasicOAuth2Payload,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint  # type: ignore[import-untyped]  # Authlib has no types
from authlib.oauth2.rfc7662 import IntrospectionEndpoint  # type: ignore[import-untyped]  # Authlib has no types

from auth import clients, exchanges, scopes, tokens
from auth.assertions import METHOD, PrivateKeyJwt
from auth.exchanges import Exchange
from auth.grants import GRANT, Applicant, ClientCredentials
from auth.refusals import Unverified
from auth.tokens import Token
from database.tables import oauth_client, oauth_token

Answer: TypeAlias = tuple[int, dict[str, object], list[tuple[str, str]]]

TOKEN: Final = "token"  # noqa: S105  # an endpoint's name
INTROSPECTION: Final = "introspection"
REVOCATION: Final = "revocation"


class _Request(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """Authlib's view of a request: the parsed form alone. The Authorization header authenticates no client here."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.call.method, exchange.gate.url(exchange.call.path), headers={})
        self.payload = BasicOAuth2Payload(dict(exchange.form))

    @property
    def form(self) -> dict[str, str]:
        return dict(exchanges.current().form)


class _Introspection(IntrospectionEndpoint):  # type: ignore[misc]  # Authlib has no types
    CLIENT_AUTH_METHODS = [METHOD]  # noqa: RUF012  # Authlib's own attribute

    def create_endpoint_response(self, request: _Request) -> Answer:
        asker = self.authenticate_endpoint_client(request).client
        exchange = exchanges.current()
        try:
            token = tokens.verify(
                _sent(exchange),
                keys=exchange.gate.keys,
                issuer=exchange.gate.issuer,
                at=exchange.at,
                remembered=exchange.gate.remembered,
            )
        except Unverified:
            return 200, {"active": False}, []
        if token.party != asker.party or not _live(exchange, token):
            return 200, {"active": False}, []
        return 200, _told(token, exchange.gate.issuer), []


class _Revocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib has no types
    CLIENT_AUTH_METHODS = [METHOD]  # noqa: RUF012  # Authlib's own attribute

    def create_endpoint_response(self, request: _Request) -> Answer:
        asker = self.authenticate_endpoint_client(request).client
        exchange = exchanges.current()
        text, gate = _sent(exchange), exchange.gate
        try:
            token = tokens.read_ended(text, keys=gate.keys, issuer=gate.issuer, at=exchange.at)
        except Unverified:
            return 200, {}, []  # RFC 7009 section 2.2: an invalid token is as good as revoked
        if token.client_id != asker.client_id:
            raise InvalidGrantError(description="the token belongs to another client")
        is_open = (oauth_token.c.jti == token.jti) & oauth_token.c.revoked_at.is_(None)
        exchange.connection.execute(sa.update(oauth_token).where(is_open).values(revoked_at=exchange.at))
        return 200, {}, []


class Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """Every grant and endpoint there is; what is not registered here does not exist."""

    def __init__(self) -> None:
        super().__init__(scopes_supported=list(scopes.SCOPES))
        self.register_client_auth_method(METHOD, PrivateKeyJwt())
        self.register_grant(ClientCredentials)
        self.register_endpoint(_Introspection)
        self.register_endpoint(_Revocation)

    def answer(self, endpoint: str) -> Answer:
        """The running exchange's answer."""
        form = exchanges.current().form
        if endpoint == TOKEN and "grant_type" not in form:
            return self.refusal(InvalidRequestError(description="grant_type is required"))
        if endpoint == TOKEN and form["grant_type"] != GRANT:
            # Authlib's own error would repeat the caller's text.
            return self.refusal(OAuth2Error(error="unsupported_grant_type", description=f"use {GRANT}"))
        answer: Answer = self.create_token_response() if endpoint == TOKEN else self.create_endpoint_response(endpoint)
        return answer

    def refusal(self, error: OAuth2Error) -> Answer:
        """An error as an answer."""
        status, body, headers = error()
        return status, body, headers

    def query_client(self, client_id: str) -> Applicant:
        row = exchanges.current().connection.execute(clients.chosen(client_id)).one_or_none()
        # Authlib would say that a client does not exist; a signature no key can fit says the same of all, as slowly.
        return Applicant(clients.nobody() if row is None else clients.told(row))

    def create_oauth2_request(self, request: object) -> _Request:
        return request if isinstance(request, _Request) else _Request(exchanges.current())

    def validate_requested_scope(self, scope: object) -> None:
        """Left to the grant, which knows the client and says which scope is wrong."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""


def _answered(self: Server, status: int, body: dict[str, object], headers: list[tuple[str, str]]) -> Answer:
    return status, body, headers


Server.handle_response = _answered  # Authlib's name for it; the answer stays data until auth.endpoints writes it


def _sent(exchange: Exchange) -> str:
    if "token" not in exchange.form:
        raise InvalidRequestError(description="token is required")
    return exchange.form["token"]


def _live(exchange: Exchange, token: Token) -> bool:
    state = (
        sa.select(oauth_client.c.client_id)
        .join_from(oauth_token, oauth_client, oauth_token.c.client_id == oauth_client.c.client_id)
        .where(oauth_token.c.jti == token.jti, oauth_token.c.client_id == token.client_id)
        .where(oauth_token.c.revoked_at.is_(None), oauth_token.c.expires_at > exchange.at)
        .where(oauth_client.c.disabled_at.is_(None), oauth_client.c.party == token.party)
    )
    return exchange.connection.execute(state).first() is not None


def _told(token: Token, issuer: str) -> dict[str, object]:
    return {
        "active": True,
        "iss": issuer,
        "aud": issuer,
        "sub": token.subject,
        "client_id": token.client_id,
        "scope": scopes.written(token.scopes),
        "token_type": "DPoP",
        "jti": token.jti,
        "iat": token.issued_at,
        "exp": token.expires_at,
        "party": token.party,
        "purpose": token.purpose,
        "cnf": {"jkt": token.thumbprint},
    }
