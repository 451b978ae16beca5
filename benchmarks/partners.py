"""A partner's software as the benchmarks need it: one client, its tokens, a proof for each request, made beforehand.

Promise: what it sends is what RFC 7523, 6749 and 9449 ask for; a token is asked for anew before it ends.
Rules: proofs are made before the clock of a measurement starts, and used within the minute for which they are good.
Elsewhere: what the service makes of them, `auth`.
"""

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
from nacl.signing import SigningKey

import auth.algorithms
import auth.clients
from auth.scopes import SCOPES
from benchmarks.houses import House
from database import engines

GOOD_FOR = 200.0  # seconds, of the five minutes that a token lives
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def in_base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(key: SigningKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": in_base64(bytes(key.verify_key))}


@dataclass(slots=True)
class Partner:
    """One client of one province at one service."""

    party: str
    issuer: str
    client_id: str
    key: SigningKey = field(default_factory=SigningKey.generate, repr=False)
    proving: SigningKey = field(default_factory=SigningKey.generate, repr=False)
    _token: str = field(default="", repr=False)
    _since: float = field(default=-GOOD_FOR)

    def signed(self, key: SigningKey, header: dict[str, object], claims: dict[str, object]) -> str:
        content = ".".join(in_base64(json.dumps(part).encode()) for part in ({"alg": "Ed25519", **header}, claims))
        return f"{content}.{in_base64(key.sign(content.encode()).signature)}"

    def proof(self, path: str, token: str | None = None) -> str:
        """For one POST."""
        ath = {} if token is None else {"ath": in_base64(hashlib.sha256(token.encode()).digest())}
        claims = {
            "jti": secrets.token_hex(12),
            "htm": "POST",
            "htu": self.issuer + path,
            "iat": int(time.time()),
            **ath,
        }
        return self.signed(self.proving, {"typ": "dpop+jwt", "jwk": jwk(self.proving)}, claims)

    def token(self, at: str | None = None) -> str:
        """One that has most of its life before it; `at`: where the issuer listens, if not under its own name."""
        if time.monotonic() - self._since >= GOOD_FOR:
            self._token, self._since = self._asked(at or self.issuer), time.monotonic()
        return self._token

    def _asked(self, at: str) -> str:
        now, kid = int(time.time()), auth.algorithms.admit(jwk(self.key)).kid
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "jti": secrets.token_hex(12)}
        assertion = self.signed(self.key, {"typ": "JWT", "kid": kid}, {**claims, "iat": now, "exp": now + 60})
        form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion}
        headers = {"content-type": "application/x-www-form-urlencoded", "dpop": self.proof("/oauth/token")}
        answer = httpx.post(f"{at}/oauth/token", headers=headers, content=urlencode(form), timeout=30)
        if answer.status_code != 200:
            raise SystemExit(f"no token: {answer.text}")
        return str(answer.json()["access_token"])

    def headers(self) -> list[str]:
        """For one request for /graphql."""
        token = self.token()
        return [f"authorization: DPoP {token}", f"dpop: {self.proof('/graphql', token)}"]


async def registered(house: House, issuer: str, *parties: str) -> dict[str, Partner]:
    """A new client of each province, with every scope that a province may hold."""
    databases, made = await engines.open_databases(house.address), {}
    try:
        async with databases.auth.begin() as connection:
            for party in parties:
                partner = Partner(party, issuer, f"bench-{party}-{secrets.token_hex(4)}")
                await auth.clients.add(
                    connection,
                    client_id=partner.client_id,
                    party=party,
                    name="Benchmark",
                    keys=[jwk(partner.key)],
                    scopes=frozenset(SCOPES) - {"ledger:read"},
                    purposes=["case-management"],
                    at=datetime.now(UTC),
                )
                made[party] = partner
    finally:
        await databases.close()
    return made
