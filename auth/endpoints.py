"""The OAuth endpoints, free of any web framework: a `Call` in, a `Reply` out.

Promise: one request is one transaction: the token's row, the replay marks and the answer become true together. A
refusal is an answer too and commits, so that an assertion proved once stays used; a fault rolls back and is raised.
Rules: the clock is read here, once. Failures of authentication count for the caller's address, and only failures, so
that a neighbour behind the same address is never kept out. No answer may be cached.
Elsewhere: the routes, `api.oauth`; the rules, `auth.assertions` and `auth.grants`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from auth import exchanges, forms, headers, replays
from auth.assertions import TooManyRequests
from auth.exchanges import Exchange
from auth.forms import Call
from auth.gates import Gate
from auth.servers import INTROSPECTION, REVOCATION, TOKEN, Answer, Server

_NO_STORE: Final = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
_SERVER: Final = Server()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP response."""

    status: int
    body: bytes
    headers: Mapping[str, str]


async def token(call: Call, gate: Gate) -> Reply:
    """RFC 6749 section 3.2."""
    return await _exchanged(TOKEN, call, gate)


async def introspect(call: Call, gate: Gate) -> Reply:
    """RFC 7662."""
    return await _exchanged(INTROSPECTION, call, gate)


async def revoke(call: Call, gate: Gate) -> Reply:
    """RFC 7009."""
    return await _exchanged(REVOCATION, call, gate)


async def _exchanged(endpoint: str, call: Call, gate: Gate) -> Reply:
    at = gate.now()
    try:
        form = forms.parse(call)
    except forms.FormRefused as error:
        return _refused_form(error)
    if headers.lines(call.headers, "Authorization"):
        return _refused_scheme()

    def work(connection: sa.Connection) -> Answer:
        if gate.sweeps.due(at):
            replays.forget(connection, at=at)
        exchange = Exchange(call=call, form=form, gate=gate, connection=connection, at=at)
        with exchanges.during(exchange):
            return _SERVER.answer(endpoint)

    # Leaving the block commits. The settings of database.transaction are about rows of parties; these have none.
    async with gate.engine.begin() as connection:
        answer = await connection.run_sync(work)
    return _written(_counted(answer, call, gate, at))


def _counted(answer: Answer, call: Call, gate: Gate, at: datetime) -> Answer:
    """A failed authentication counts for its address; one too many is told so instead."""
    if answer[1].get("error") != "invalid_client":
        return answer
    seconds = gate.addresses.count(call.address, at=at)
    return _SERVER.refusal(TooManyRequests(seconds)) if seconds else answer


def _written(answer: Answer) -> Reply:
    status, body, told = answer
    return Reply(status=status, body=json.dumps(body, separators=(",", ":")).encode(), headers=_NO_STORE | dict(told))


def _refused_form(error: forms.FormRefused) -> Reply:
    more = [("Allow", "POST")] if error.status == 405 else []
    return _written((error.status, {"error": "invalid_request", "error_description": str(error)}, more))


def _refused_scheme() -> Reply:
    """RFC 6749 section 5.2: whoever tries the Authorization header gets 401 and a challenge."""
    message = "clients authenticate by client_assertion (private_key_jwt), not by the Authorization header"
    body: dict[str, object] = {"error": "invalid_client", "error_description": message}
    return _written((401, body, [("WWW-Authenticate", 'PrivateKeyJwt realm="estafet"')]))
