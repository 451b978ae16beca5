"""The resource server's judgement: a request's headers become a `Principal`, or a 401.

Promise: `admit` returns a principal only when the token is ours and not over, the proof is this request's and made by
the token's key and never seen before, the token was not revoked and its client is not disabled.
Rules: scheme DPoP only: a bound token sent as Bearer is refused, since that is how a stolen one would be used. State is
asked on every request, in one SQL statement on every replica, which also remembers the proof; only a live token's proof
is remembered. Scopes are those that token and client both hold now. Whoever stays on after being admitted, as those who
follow events do, is judged again by `standing`: the same state, without a proof, since there is no new request.
Elsewhere: which scope a field or act needs, `Principal.require` and the plans of `reading`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from auth import headers as lines
from auth import moments, proofs, replays, tokens
from auth.gates import Gate
from auth.principals import Principal
from auth.proofs import Proof
from auth.refusals import INVALID_PROOF, INVALID_TOKEN, Unauthorized, Unverified, challenge, refused
from auth.tokens import Token
from database.tables import oauth_client, oauth_replay, oauth_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Who was let in, and with what."""

    principal: Principal
    token: Token


def _live() -> sa.Select[tuple[str, list[str], bool]]:
    return (
        sa.select(oauth_client.c.party, oauth_client.c.scopes, oauth_client.c.trusted_only)
        .join_from(oauth_token, oauth_client, oauth_token.c.client_id == oauth_client.c.client_id)
        .where(oauth_token.c.jti == sa.bindparam("jti"), oauth_token.c.client_id == sa.bindparam("client_id"))
        .where(oauth_token.c.revoked_at.is_(None), oauth_token.c.expires_at > sa.bindparam("at"))
        .where(oauth_client.c.disabled_at.is_(None), oauth_client.c.party == sa.bindparam("party"))
        .where(sa.bindparam("purpose") == sa.any_(oauth_client.c.purposes))
        .where(oauth_client.c.scopes.op("&&")(sa.bindparam("scopes", type_=sa.ARRAY(sa.Text))))
    )


def _statement() -> sa.Select[tuple[str, list[str], bool, bool]]:
    live = _live().cte("live")
    mark = sa.select(
        sa.literal("dpop"), sa.bindparam("mark", type_=sa.Text), sa.bindparam("minute", type_=sa.BigInteger)
    )
    seen = (
        insert(oauth_replay)
        .from_select(["kind", "value", "minute"], mark.select_from(live))
        .on_conflict_do_nothing()
        .returning(oauth_replay.c.value)
        .cte("seen")
    )
    first = sa.exists(sa.select(seen.c.value)).label("first")
    return sa.select(live.c.party, live.c.scopes, live.c.trusted_only, first)


_STATE: Final = _statement()
_STANDING: Final = _live()


async def admit(method: str, url: str, headers: Iterable[tuple[bytes, bytes]], gate: Gate) -> Principal:
    """Who asks. `url` may be the request's URL or its path: the proof must name that path under the issuer's URL."""
    return (await enter(method, url, headers, gate)).principal


async def enter(method: str, url: str, headers: Iterable[tuple[bytes, bytes]], gate: Gate) -> Admitted:
    """Who asks, and the token, for those who will stay on."""
    at, raw = gate.now(), list(headers)
    text = _token(raw, gate.issuer)
    try:
        token = tokens.verify(text, keys=gate.keys, issuer=gate.issuer, at=at, remembered=gate.remembered)
    except Unverified as error:
        raise refused(gate.issuer, INVALID_TOKEN, str(error)) from error
    # urlsplit would take a path of two slashes for a host.
    target = gate.url(url.partition("?")[0] if url.startswith("/") else urlsplit(url).path)
    try:
        proof = proofs.verify(lines.one(raw, "DPoP"), method=method, url=target, token=text, at=at)
    except (Unverified, lines.Malformed) as error:
        raise refused(gate.issuer, INVALID_PROOF, str(error)) from error
    if proof.thumbprint != token.thumbprint:
        raise refused(gate.issuer, INVALID_TOKEN, "the token is bound to another key than the proof's")
    return Admitted(principal=await _principal(token, proof, gate, at), token=token)


async def standing(token: Token, gate: Gate) -> Principal:
    """Whom this token, admitted before, still stands for; raises `Unauthorized` once it is over or revoked."""
    at = gate.now()
    if token.expires_at <= moments.seconds(at):
        raise refused(gate.issuer, INVALID_TOKEN, "the token has ended")
    async with gate.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        row = (await connection.execute(_STANDING, _asked(token, at))).one_or_none()
    if row is None:
        raise _over(gate)
    return _of(token, row.party, row.scopes, row.trusted_only)


def _token(headers: list[tuple[bytes, bytes]], issuer: str) -> str:
    try:
        sent = lines.credentials(headers)
    except lines.Malformed as error:
        raise refused(issuer, "invalid_request", str(error), status=400) from error
    if sent is None:
        message = "an access token is required, with a DPoP proof"
        raise Unauthorized(status=401, code=INVALID_TOKEN, message=message, www_authenticate=challenge(issuer))
    if sent[0] != "dpop":
        raise refused(issuer, INVALID_TOKEN, "tokens are bound to a key: use the scheme DPoP, with a proof")
    return sent[1]


async def _principal(token: Token, proof: Proof, gate: Gate, at: datetime) -> Principal:
    mark = {"mark": replays.mark(proof.thumbprint, proof.jti), "minute": replays.minute(proof.until)}
    asked = {**_asked(token, at), **mark}
    # One statement is atomic by itself; AUTOCOMMIT saves the two round trips of a transaction around it.
    async with gate.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        row = (await connection.execute(_STATE, asked)).one_or_none()
    if row is None:
        raise _over(gate)
    if not row.first:
        raise refused(gate.issuer, INVALID_PROOF, "this proof was used before: make a new one for each request")
    return _of(token, row.party, row.scopes, row.trusted_only)


def _asked(token: Token, at: datetime) -> dict[str, object]:
    return {
        "jti": token.jti,
        "client_id": token.client_id,
        "at": at,
        "party": token.party,
        "purpose": token.purpose,
        "scopes": sorted(token.scopes),
    }


def _over(gate: Gate) -> Unauthorized:
    return refused(gate.issuer, INVALID_TOKEN, "the token was revoked or its client may no longer use it")


def _of(token: Token, party: str, scopes: Iterable[str], trusted_only: bool) -> Principal:
    return Principal(
        subject=token.subject,
        party=party,
        client_id=token.client_id,
        scopes=token.scopes & frozenset(scopes),
        purpose=token.purpose,
        trusted_only=trusted_only,
    )
