"""To the service and back over HTTP: each request with a token and a fresh proof of its own.

Promise: a request is sent a second time only when the first was answered 401, which means that it was not begun: with a
new nonce, or once with a new token. Answers come back as streams, byte by byte as the service sent them.
Rules: TLS is verified against this machine's authorities, http goes to loopback alone; no redirect is followed, and no
proxy nor .netrc of the environment is asked. A request's body is short enough to be kept for the second try.
Elsewhere: what may go on, `cli.connect.roads`; websockets, `cli.connect.sockets`.
"""

import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx

from cli.audit import proofs
from cli.audit.clients import PATIENCE, Client
from cli.audit.connections import Unreachable
from cli.audit.credentials import Credentials
from cli.audit.endings import Stopped
from cli.connect.answers import Code, Refusal
from cli.connect.tokens import Tokens

TIMES: Final = httpx.Timeout(connect=10.0, read=60.0, write=30.0, pool=10.0)  # streams beat every 15 s
LINES: Final = httpx.Limits(max_connections=128, max_keepalive_connections=16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request to the service."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    guarded: bool = True
    seconds: float = 0  # for which its token should be good yet


@dataclass(slots=True, kw_only=True)
class Upstream:
    """The service, for one client."""

    credentials: Credentials
    tokens: Tokens
    http: httpx.AsyncClient
    trust: ssl.SSLContext
    nonces: dict[str, str] = field(default_factory=dict)

    async def ask(self, asked: Asked) -> httpx.Response:
        """The answer, its body not read yet; raises `Refusal` where there is none to pass on."""
        renewed, challenge = False, ""
        for _ in range(PATIENCE):
            token = await self.token(asked.seconds) if asked.guarded else None
            answer = await self._sent(asked, token)
            if token is None or answer.status_code != 401:
                return await redirected_nowhere(answer)
            challenge = answer.headers.get("www-authenticate", "")
            await answer.aclose()
            if self.noted_nonce(challenge, answer.headers.get("dpop-nonce")):
                continue
            if renewed:
                break
            self.tokens.drop(token)
            renewed = True
        raise refused(f"the service did not accept our token: {challenge or 'no reason was given'}")

    async def token(self, seconds: float = 0) -> str:
        """A token; a service that gives none is told as such."""
        try:
            return await self.tokens.current(seconds)
        except Unreachable as stopped:
            raise unreachable(stopped.message) from None
        except Stopped as stopped:
            raise refused(stopped.message) from None

    def noted_nonce(self, challenge: str, nonce: str | None) -> bool:
        """Whether a proof with this nonce is what is wanted."""
        if nonce is not None:
            self.nonces["resource"] = nonce
        return nonce is not None and 'error="use_dpop_nonce"' in challenge

    def credentials_for(self, method: str, path: str, token: str) -> list[tuple[str, str]]:
        """Token and proof, as headers of one request."""
        proof = proofs.possession(
            self.credentials.proof_key,
            method=method,
            url=self.credentials.issuer + path,
            at=int(time.time()),
            token=token,
            nonce=self.nonces.get("resource"),
        )
        return [("authorization", f"DPoP {token}"), ("dpop", proof)]

    async def _sent(self, asked: Asked, token: str | None) -> httpx.Response:
        target = asked.path.encode() + (b"?" + asked.query if asked.query else b"")
        url = httpx.URL(self.credentials.issuer).copy_with(raw_path=target)
        own = [] if token is None else self.credentials_for(asked.method, asked.path, token)
        headers = [*asked.headers, ("accept-encoding", "identity"), ("user-agent", "estafet-connect"), *own]
        request = httpx.Request(asked.method, url, headers=headers, content=asked.body or None)
        if "content-length" not in request.headers and asked.method not in ("GET", "HEAD"):
            request.headers["content-length"] = "0"
        request.extensions["timeout"] = TIMES.as_dict()
        try:
            return await self.http.send(request, stream=True)
        except httpx.HTTPError as fault:
            raise unreachable(f"{self.credentials.issuer}: {type(fault).__name__}") from None


@asynccontextmanager
async def opened(credentials: Credentials, *, purpose: str | None = None) -> AsyncIterator[Upstream]:
    """The service, reached when it is asked first."""
    trust = ssl.create_default_context()
    lines = httpx.AsyncClient(verify=trust, trust_env=False, follow_redirects=False, limits=LINES, timeout=TIMES)
    with Client(credentials, purpose=purpose) as client:
        async with lines as http:
            yield Upstream(credentials=credentials, tokens=Tokens(client), http=http, trust=trust)


async def redirected_nowhere(answer: httpx.Response) -> httpx.Response:
    """The service sends nobody elsewhere; whoever does is not the service."""
    if answer.status_code in (301, 302, 303, 307, 308):
        await answer.aclose()
        raise refused("the service sent us elsewhere; a token goes to its own address alone")
    return answer


def unreachable(message: str) -> Refusal:
    """Nobody is there: the same may be tried again."""
    words = "Layanan tidak dapat dijangkau. / The service cannot be reached:"
    return Refusal(503, Code.SERVICE_UNREACHABLE, f"{words} {message}", Retry_After="5")


def refused(message: str) -> Refusal:
    """Somebody is there and does not want us."""
    return Refusal(502, Code.SERVICE_REFUSED, f"Layanan menolak. / The service refused: {message}")
