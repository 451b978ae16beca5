"""A small world for this room's stories: three registered clients, a clock that can be set, and what is kept."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import auth.clients
import auth.endpoints
import auth.gates
import auth.keys
import auth.resources
from auth.endpoints import Reply
from auth.forms import Call
from auth.gates import Gate
from auth.principals import Principal
from auth.refusals import Unauthorized
from database.engines import Databases
from tests.auth.partners import Partner, Sent

ISSUER = "http://localhost:8000"
PROVINCE = ("cases:read", "identity:read", "referrals:read", "referrals:write", "schema:read")
ENDPOINTS = {
    "/oauth/token": auth.endpoints.token,
    "/oauth/introspect": auth.endpoints.introspect,
    "/oauth/revoke": auth.endpoints.revoke,
}
# Making a key costs more than a test: these open nothing, and each is used by one client alone.
KEYS = {name: auth.keys.generate() for name in ("jakarta", "jawa-barat", "auditor", "stranger", "proof", "other-proof")}


@dataclass
class Clock:
    """The time, until it is set anew."""

    at: datetime = datetime(2026, 3, 2, 1, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Kept:
    """What the tables of access hold: tokens, tokens revoked, assertions seen, proofs seen."""

    tokens: int = 0
    revoked: int = 0
    assertions: int = 0
    proofs: int = 0


@dataclass
class World:
    """The server's gate and its partners."""

    gate: Gate
    databases: Databases
    clock: Clock
    superuser: Any
    jakarta: Partner
    jawa_barat: Partner
    auditor: Partner
    stranger: Partner
    told: list[Reply] = field(default_factory=list)

    async def send(self, sent: Sent, *, address: str = "192.0.2.1") -> Reply:
        call = Call(method="POST", path=sent.path, query=b"", headers=sent.headers, body=sent.body, address=address)
        reply = await ENDPOINTS[sent.path](call, self.gate)
        self.told.append(reply)
        return reply

    async def token(self, partner: Partner, **parameters: object) -> str:
        reply = await self.send(partner.token_request(**parameters))  # type: ignore[arg-type]  # bends parameters
        assert reply.status == 200, reply.body
        return str(told(reply)["access_token"])

    async def admit(
        self, headers: Iterable[tuple[bytes, bytes]], *, method: str = "POST", url: str = "/graphql"
    ) -> Principal:
        return await auth.resources.admit(method, url, headers, self.gate)

    async def refused(
        self, headers: Iterable[tuple[bytes, bytes]], *, method: str = "POST", url: str = "/graphql"
    ) -> Unauthorized:
        """The refusal of a request that must be refused."""
        try:
            principal = await self.admit(headers, method=method, url=url)
        except Unauthorized as refusal:
            return refusal
        raise AssertionError(f"admitted as {principal}")

    async def kept(self) -> Kept:
        row = await self.superuser.fetchrow(
            "select (select count(*) from oauth_token) t, (select count(revoked_at) from oauth_token) r,"
            " (select count(*) from oauth_replay where kind = 'assertion') a,"
            " (select count(*) from oauth_replay where kind = 'dpop') d"
        )
        return Kept(tokens=row["t"], revoked=row["r"], assertions=row["a"], proofs=row["d"])


def told(reply: Reply) -> dict[str, Any]:
    """A reply's JSON."""
    document = json.loads(reply.body)
    assert isinstance(document, dict)
    return document


async def register(
    world_engine: Any, client_id: str, party: str, key: dict[str, str], scopes: Iterable[str], *purposes: str
) -> None:
    """A client in the register."""
    async with world_engine.begin() as connection:
        await auth.clients.add(
            connection,
            client_id=client_id,
            party=party,
            name=f"Software of {party}",
            keys=[auth.keys.public(key)],
            scopes=scopes,
            purposes=purposes,
            at=datetime(2026, 1, 1, tzinfo=UTC),
        )
