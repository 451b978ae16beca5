"""Client authentication: `private_key_jwt` (RFC 7523) and no other way.

Promise: a client is authenticated by one assertion, signed with a key registered for it, meant for this server alone,
used once. Of many requests with one assertion, at most one goes on.
Rules: `iss` and `sub` are the client; `aud` is the issuer's URL as one string: a token endpoint or a list would let
another server's assertion work here; `exp` at most five minutes ahead. Authlib would accept any time ahead, its leeway
of 60 seconds and joserfc's default algorithms: `process_assertion_claims` and `extract_assertion` replace all that.
An unknown client, an unknown key and a bad signature are told alike, after the same work. Only what was proved is
remembered or counted.
Elsewhere: replay marks, `auth.replays`; the limits, `auth.limits`; failures per address, `auth.endpoints`.
"""

from typing import Final, NoReturn

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]  # Authlib has no types
    InvalidClientError,
    InvalidRequestError,
    OAuth2Error,
)
from authlib.oauth2.rfc7523 import (  # type: ignore[import-untyped]  # Authlib has no types
    JWTBearerClientAssertion,
)

from auth import clients, exchanges, moments, replays, signatures
from auth.algorithms import PublicKey
from auth.clients import Client
from auth.exchanges import Exchange
from auth.refusals import Unverified

METHOD: Final = "private_key_jwt"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE: Final = 300  # seconds exp may lie ahead
UNKNOWN: Final = "no client of this id with this key is known here"
_TYP: Final = frozenset({None, "JWT", "client-authentication+jwt"})
_MEMBERS: Final = frozenset({"typ", "alg", "kid"})
_SECRETS: Final = frozenset({"client_secret", "code_verifier", "password"})


class TooManyRequests(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    """HTTP 429, with the seconds to wait."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(description=f"too many requests of this client: wait {seconds} seconds")
        self.seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", str(self.seconds))]


class PrivateKeyJwt(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib has no types
    """Authlib's assertion check with our rules in place of its own."""

    CLIENT_AUTH_METHOD = METHOD

    def __call__(self, query_client: object, request: object) -> object:
        form = exchanges.current().form
        if _SECRETS & form.keys():
            raise InvalidRequestError(description="clients have no secrets here: use private_key_jwt alone")
        if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
            raise InvalidClientError(description="a client_assertion of type jwt-bearer is required")
        return super().__call__(query_client, request)

    def extract_assertion(self, assertion: str) -> tuple[dict[str, object], dict[str, object]]:
        """What the assertion says of itself, to find whose keys to try. Authlib ignores the header."""
        try:
            claims = signatures.peeked(assertion, typ=_TYP, members=_MEMBERS)
        except Unverified as error:
            _refuse(f"client_assertion: {error}")
        if not clients.identifiable(claims.get("sub")):
            _refuse(UNKNOWN)
        return {}, dict(claims)

    def resolve_client_public_key(self, client: object) -> object:
        """Authlib hands this to `process_assertion_claims`: the client itself, whose key the header's kid picks."""
        return getattr(client, "client")  # noqa: B009  # the adapter's type is of auth.grants, which imports us

    def judge(self, assertion: str, resolve_key: Client) -> dict[str, object]:
        exchange = exchanges.current()
        try:
            claims = _verified(assertion, resolve_key)
            until = _judged(claims, resolve_key, exchange)
            jti = moments.identifier(claims)
        except Unverified as error:
            _refuse(str(error))
        if resolve_key.disabled:
            _refuse("the client is disabled")
        mark = replays.mark(resolve_key.client_id, jti)
        if not replays.remember(exchange.connection, "assertion", mark, until=until):
            _refuse("this assertion was used before: make a new one for each request")
        asker = f"{exchange.call.path} {resolve_key.client_id}"
        if seconds := exchange.gate.clients.count(asker, at=exchange.at):
            raise TooManyRequests(seconds)
        return dict(claims)

    process_assertion_claims = judge  # Authlib's name for it


def _verified(assertion: str, client: Client) -> signatures.Claims:
    def key_of(header: signatures.Claims) -> PublicKey:
        kid = header.get("kid")
        fitting = [key for key in client.keys if kid is None or key.kid == kid]
        if len(fitting) != 1:
            raise Unverified(UNKNOWN)
        return fitting[0]

    return signatures.verified(assertion, typ=_TYP, members=_MEMBERS, key_of=key_of, bad=UNKNOWN)


def _judged(claims: signatures.Claims, client: Client, exchange: Exchange) -> int:
    """Until when the assertion could be used."""
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise Unverified("iss and sub must both be the client's id")
    if exchange.form.get("client_id", client.client_id) != client.client_id:
        raise Unverified("client_id is another than the assertion's")
    if claims.get("aud") != exchange.gate.issuer:
        raise Unverified(f"aud must be {exchange.gate.issuer} as one string")
    for name in ("iat", "nbf"):
        moments.not_ahead(claims, name, at=exchange.at)
    return moments.not_over(claims, at=exchange.at, at_most=LONGEST_LIFE)


def _refuse(message: str) -> NoReturn:
    raise InvalidClientError(description=message)
