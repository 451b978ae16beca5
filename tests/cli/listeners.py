"""A small service on loopback, to meet the auditor's client: OAuth with nonces, and a folder of log files.

Promise: real sockets and real checks (joserfc reads every assertion and proof), so that a client that signs the wrong
thing is refused here as it would be there.
Elsewhere: the real one, `auth` and `api`.
"""

import hashlib
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from joserfc import jwk, jws
from nacl.signing import SigningKey

from cli.audit import proofs
from cli.audit.credentials import Credentials


@dataclass
class Service:
    """What the service knows and what it was asked."""

    files: Path
    public: dict[str, str]
    issuer: str = ""
    nonce: str = "nonce-1"
    tokens: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    scopes: frozenset[str] = frozenset({"ledger:read"})
    failing: set[str] = field(default_factory=set)
    metadata: dict[str, object] = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    """One request at a time, on a line that is kept."""

    protocol_version = "HTTP/1.1"
    service: Service

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: tests read stderr."""

    def do_GET(self) -> None:
        here, asked = self.service, urlsplit(self.path)
        here.asked.append(f"GET {self.path}")
        if self.path in here.failing:
            self.answer(503, b"")
        elif asked.path == "/.well-known/oauth-authorization-server":
            document = {"issuer": here.issuer, "token_endpoint": here.issuer + "/oauth/token"} | here.metadata
            self.answer(200, json.dumps(document).encode())
        elif asked.path == "/ledger/checkpoints":
            after = int(parse_qs(asked.query)["after"][0])
            sizes = sorted(int(file.name) for file in (here.files / "checkpoints").iterdir())
            self.answer(200, "".join(f"{size}\n" for size in sizes if size > after)[:1000].encode())
        elif asked.path.startswith("/ledger/"):
            if "/entries/" in asked.path and not self.allowed("GET"):
                return
            file = here.files / asked.path.removeprefix("/ledger/")
            self.answer(*((200, file.read_bytes()) if file.is_file() else (404, b"")))
        else:
            self.answer(404, b"")

    def do_POST(self) -> None:
        self.service.asked.append(f"POST {self.path}")
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/oauth/token":
            self.token({name: values[0] for name, values in parse_qs(body.decode()).items()})
        elif self.path == "/graphql" and self.allowed("POST"):
            self.answer(200, json.dumps({"data": {"echo": json.loads(body)}}).encode())

    def token(self, form: dict[str, str]) -> None:
        here = self.service
        assertion = jws.deserialize_compact(
            form["client_assertion"], jwk.import_key({**here.public}), algorithms=["Ed25519"]
        )
        claims = json.loads(assertion.payload)
        if not self.proof_holds("POST", None, 400):
            return None
        fresh = claims["jti"] not in here.seen and claims["exp"] - claims["iat"] <= 300
        if claims["aud"] != here.issuer or claims["iss"] != claims["sub"] or not fresh:
            return self.answer(401, b'{"error": "invalid_client", "error_description": "who are you?"}')
        if not set(form["scope"].split()) <= here.scopes:
            return self.answer(400, b'{"error": "invalid_scope"}')
        here.seen.add(claims["jti"])
        token = f"token-{len(here.tokens)}"
        here.tokens.add(token)
        return self.answer(200, json.dumps({"access_token": token, "token_type": "DPoP", "expires_in": 300}).encode())

    def allowed(self, method: str) -> bool:
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        if kind != "DPoP" or token not in self.service.tokens:
            self.answer(401, b"", {"WWW-Authenticate": 'DPoP error="invalid_token"'})
            return False
        return self.proof_holds(method, token, 401)

    def proof_holds(self, method: str, token: str | None, status: int) -> bool:
        here = self.service
        held = jws.extract_compact(self.headers["dpop"].encode())
        header = held.headers()
        proof = jws.deserialize_compact(self.headers["dpop"], jwk.import_key(header["jwk"]), algorithms=["Ed25519"])
        claims = json.loads(proof.payload)
        digest = None if token is None else hashlib.sha256(token.encode()).digest()
        right = (
            header["typ"] == "dpop+jwt"
            and "d" not in header["jwk"]
            and claims["htm"] == method
            and claims["htu"] == here.issuer + urlsplit(self.path).path
            and claims.get("ath") == (digest and urlsafe_b64encode(digest).rstrip(b"=").decode())
            and claims["jti"] not in here.seen
        )
        here.seen.add(claims["jti"])
        if claims.get("nonce") != here.nonce or not right:
            error = "use_dpop_nonce" if right else "invalid_dpop_proof"
            challenge = {"DPoP-Nonce": here.nonce, "WWW-Authenticate": f'DPoP error="{error}"'}
            self.answer(status, json.dumps({"error": error}).encode(), challenge)
            return False
        return True

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(files: Path, credentials_key: SigningKey) -> Iterator[Service]:
    """The service on a free port, until the test is over."""
    service = Service(files=files, public=proofs.public_jwk(credentials_key))
    handler = type("Bound", (Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def credentials_for(service: Service, key: SigningKey) -> Credentials:
    """A client of this service."""
    return Credentials(
        issuer=service.issuer,
        client_id="auditor-1",
        party="AUDITOR:test",
        scopes=("ledger:read",),
        kid=None,
        client_key=key,
        proof_key=SigningKey.generate(),
    )
