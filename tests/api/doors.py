"""A partner's software in front of the real application: real tokens, real proofs, GraphQL over HTTP, in one process.

Promise: nothing is faked but the socket; `ask` gives the status and the answer as they came.
Elsewhere: a real server on a real port, `tests.journeys`.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
from nacl.signing import SigningKey
from starlette.applications import Starlette

import auth.clients
import auth.keys
from auth.scopes import SCOPES
from database.engines import Databases
from ledger import envelopes
from tests.auth.partners import Partner

ISSUER = "http://localhost:8000"
PROVINCE = frozenset(SCOPES) - {"ledger:read"}
AUDITOR = frozenset({"ledger:read", "schema:read", "obligations:read", "events:read"})


@dataclass(slots=True, kw_only=True)
class Door:
    """One client at the door, with the key it signs statements with."""

    http: httpx.AsyncClient
    partner: Partner
    signing: SigningKey | None = None
    name: str = ""
    scopes: frozenset[str] = PROVINCE
    _token: str = field(default="", repr=False)

    async def token(self) -> str:
        if not self._token:
            sent = self.partner.token_request(scope=" ".join(sorted(self.scopes)))
            answer = await self.http.post(sent.path, headers=list(sent.headers), content=sent.body)
            assert answer.status_code == 200, answer.text
            self._token = answer.json()["access_token"]
        return self._token

    async def get(self, path: str) -> httpx.Response:
        bare = path.split("?")[0]
        return await self.http.get(path, headers=self.partner.asking("GET", bare, await self.token()))

    async def post(self, content: bytes, **headers: str) -> httpx.Response:
        told = [
            *self.partner.asking("POST", "/graphql", await self.token()),
            (b"content-type", b"application/json"),
            *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
        ]
        return await self.http.post("/graphql", headers=told, content=content)

    async def ask(self, query: str, **variables: object) -> Any:
        """The answer's data; an answer with errors is a failure of the test."""
        answer = await self.post(orjson.dumps({"query": query, "variables": variables}))
        told = answer.json()
        assert answer.status_code == 200, answer.text
        assert "errors" not in told, told
        return told["data"]

    async def asked(self, query: str, **variables: object) -> Any:
        """The whole answer."""
        return (await self.post(orjson.dumps({"query": query, "variables": variables}))).json()

    async def prepare(self, kind: str, **facts: object) -> Any:
        given = {kind: {**facts, "signer": {"key": self.name}}}
        told = await self.ask(PREPARE, input=given)
        assert told["prepareStatement"]["errors"] == [], told
        return told["prepareStatement"]["preparedStatement"]

    def sign(self, prepared: Mapping[str, Any]) -> str:
        assert self.signing is not None
        body = base64.b64decode(prepared["payload"])
        return envelopes.encode(envelopes.seal(prepared["payloadType"], body, [self.signing])).decode()

    def submission(self, prepared: Mapping[str, Any], version: int, key: str) -> dict[str, Any]:
        return {
            "idempotencyKey": key,
            "expectedVersion": version,
            "envelope": self.sign(prepared),
            "openings": prepared["openings"],
        }

    async def act(self, mutation: str, prepared: Mapping[str, Any], version: int, selection: str) -> Any:
        """Sign what was prepared and hand it in; gives the payload, which must be without errors."""
        given = self.submission(prepared, version, f"{mutation}-{prepared['statementId'][:8]}")
        document = f"mutation($input: StatementInput!) {{ {mutation}(input: $input) {{ {selection} {ERRORS} }} }}"
        payload = (await self.ask(document, input=given))[mutation]
        assert payload["errors"] == [], payload
        return payload


ERRORS = "errors { __typename code path message }"
PREPARE = f"""mutation($input: PrepareStatementInput!) {{ prepareStatement(input: $input) {{
  preparedStatement {{ payloadType payload bytesToSign statementId expiresAt sentence openings {{ name value salt }} }}
  {ERRORS} }} }}"""


def client_of(app: Starlette) -> httpx.AsyncClient:
    # An exception must come out as the answer that the server would send, not as the test's own.
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url=ISSUER)


async def registered(
    databases: Databases,
    http: httpx.AsyncClient,
    party: str,
    scopes: frozenset[str],
    purpose: str,
    name: str | None = None,
) -> Door:
    """A client in the register, at the door."""
    client_jwk, dpop_jwk = auth.keys.generate(), auth.keys.generate()
    client_id = name or party.lower().replace(":", "-")
    async with databases.auth.begin() as connection:
        await auth.clients.add(
            connection,
            client_id=client_id,
            party=party,
            name=f"System of {party}",
            keys=[auth.keys.public(client_jwk)],
            scopes=scopes,
            purposes=[purpose],
            at=datetime.now(UTC),
        )
    partner = Partner(issuer=ISSUER, client_id=client_id, client_jwk=client_jwk, dpop_jwk=dpop_jwk)
    return Door(http=http, partner=partner, scopes=scopes)


def with_scopes(door: Door, *scopes: str) -> Door:
    """The same client with a token of fewer scopes."""
    return replace(door, scopes=frozenset(scopes), _token="")


def told(text: str) -> Any:
    """JSON in an answer."""
    return json.loads(text)
