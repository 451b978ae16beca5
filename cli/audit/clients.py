"""A client of the service: OAuth 2 with `private_key_jwt`, tokens bound to a key by DPoP, one kept-alive connection.

Promise: `Client.request` sends one authorised request and gives the answer; tokens are fetched, reused and renewed, and
the server's nonces followed, without the caller noticing.
Rules: a token goes to the issuer's origin and nowhere else; nothing secret is ever in a message; a refusal of the
authorization server stops with its own words. Time comes from the machine's clock, as every client's does.
Elsewhere: the files this reads, `cli.audit.credentials`; the endpoints, `auth` and `api`.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from cli.audit import proofs
from cli.audit.connections import Connection, Response, checked
from cli.audit.credentials import Credentials, is_object
from cli.audit.endings import Stopped

METADATA: Final = "/.well-known/oauth-authorization-server"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EARLY: Final = 20  # seconds before its end in which a token is no longer used
PATIENCE: Final = 3  # tries of one request while nonces change or the service asks us to slow down
LONGEST_WAIT: Final = 15  # seconds of Retry-After that we are willing to sit out


@dataclass(slots=True)
class Held:
    """A token in hand and when to stop using it (seconds of the monotonic clock)."""

    token: str
    until: float


class Client:
    """One client talking to its issuer, for one thread."""

    def __init__(self, credentials: Credentials, *, purpose: str | None = None) -> None:
        self.credentials = credentials
        self._purpose = purpose
        self._connection = Connection(credentials.issuer)
        self._token_path: str | None = None
        self._held: Held | None = None
        self._nonces: dict[str, str] = {}  # "token" and "resource": the two servers keep their own

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def request(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """One authorised request to a path of the issuer; any status but a plain 401 is the caller's to judge."""

        def attempt() -> Response:
            token = self._token()
            sent = {"Authorization": f"DPoP {token}", "DPoP": self._proof("resource", method, path, token)}
            return self._connection.request(method, path, headers=dict(headers or {}) | sent, body=body)

        answer = self._until_settled("resource", attempt)
        if answer.status == 401:
            raise Stopped(f"the service did not accept the token: {challenge(answer)}")
        return answer

    def open_request(self, method: str, path: str) -> Response:
        """One request to a public path, without a token."""
        return self._until_settled("open", lambda: self._connection.request(method, path, headers={}))

    def graphql(
        self, query: str, variables: Mapping[str, object] | None = None, *, operation: str | None = None
    ) -> dict[str, object]:
        """One GraphQL call; returns the whole response: `data`, `errors`, `extensions`."""
        asked: dict[str, object] = {"query": query, "variables": dict(variables or {})}
        if operation is not None:
            asked["operationName"] = operation
        headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json, application/json"}
        answer = self.request("POST", "/graphql", body=json.dumps(asked).encode(), headers=headers)
        return as_object(answer, "/graphql")

    def token(self) -> str:
        """A current access token."""
        return self._token()

    def held(self, seconds: float = 0) -> str | None:
        """The token in hand, if it is good for so many seconds yet; nothing is asked."""
        held = self._held
        return held.token if held is not None and time.monotonic() + seconds < held.until else None

    def renew(self) -> str:
        """A fresh token; the one in hand stays there until it has come."""
        return self._fetch()

    def drop(self, token: str) -> None:
        """Forget this token, if it is still the one in hand: the service takes it no longer."""
        if self._held is not None and self._held.token == token:
            self._held = None

    def _until_settled(self, server: str, attempt: Callable[[], Response]) -> Response:
        answer = attempt()
        for _ in range(PATIENCE):
            nonce = answer.headers.get("dpop-nonce")
            if nonce is not None:
                self._nonces[server] = nonce
            if wants_nonce(answer) and nonce is not None:
                answer = attempt()
            elif answer.status == 429 and (wait := waiting(answer)) is not None:
                time.sleep(wait)
                answer = attempt()
            elif answer.status == 401 and server == "resource" and self._held is not None:
                self._held = None  # ended or revoked meanwhile: one fresh token is worth a try
                answer = attempt()
                break
            else:
                break
        if (nonce := answer.headers.get("dpop-nonce")) is not None:
            self._nonces[server] = nonce
        return answer

    def _token(self) -> str:
        return self.held() or self._fetch()

    def _fetch(self) -> str:
        path = self._token_endpoint()
        answer = self._until_settled("token", lambda: self._ask_for_token(path))
        document = as_object(answer, path)
        token, lasts = document.get("access_token"), document.get("expires_in")
        if answer.status != 200 or not isinstance(token, str):
            raise Stopped(f"no token for {self.credentials.client_id}: {refusal(document, answer.status)}")
        if str(document.get("token_type", "")).lower() != "dpop":
            raise Stopped("the authorization server gave a token that is not bound to our key; it is not used")
        seconds = float(lasts) if isinstance(lasts, int | float) else 60.0
        self._held = Held(token, time.monotonic() + max(seconds - EARLY, seconds / 2))
        return token

    def _ask_for_token(self, path: str) -> Response:
        who = self.credentials
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": proofs.assertion(
                who.client_key, kid=who.kid, client_id=who.client_id, issuer=who.issuer, at=self._now()
            ),
            "scope": " ".join(who.scopes),
        }
        if self._purpose is not None:
            form["purpose"] = self._purpose
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "DPoP": self._proof("token", "POST", path, None),
        }
        return self._connection.request("POST", path, headers=headers, body=urlencode(form).encode())

    def _token_endpoint(self) -> str:
        """The token endpoint's path, from RFC 8414 metadata that must be our issuer's own."""
        if self._token_path is None:
            answer = self.open_request("GET", METADATA)
            if answer.status != 200:
                raise Stopped(f"{self.credentials.issuer}{METADATA} answered {answer.status}; is this Estafet?")
            document = as_object(answer, METADATA)
            endpoint = document.get("token_endpoint")
            if document.get("issuer") != self.credentials.issuer or not isinstance(endpoint, str):
                raise Stopped(f"{self.credentials.issuer} describes another issuer; no key is used there")
            if checked(endpoint) != self._connection.origin:
                raise Stopped(f"the token endpoint {endpoint} is not at {self.credentials.issuer}")
            self._token_path = urlsplit(endpoint).path
        return self._token_path

    def _proof(self, server: str, method: str, path: str, token: str | None) -> str:
        return proofs.possession(
            self.credentials.proof_key,
            method=method,
            url=self.credentials.issuer + path,
            at=self._now(),
            token=token,
            nonce=self._nonces.get(server),
        )

    def _now(self) -> int:
        return int(time.time())


def wants_nonce(answer: Response) -> bool:
    """Whether the answer asks for a proof with a (fresh) nonce: 400 at the token endpoint, 401 at a resource."""
    if answer.status == 401:
        return 'error="use_dpop_nonce"' in answer.headers.get("www-authenticate", "")
    return answer.status == 400 and b'"use_dpop_nonce"' in answer.body


def waiting(answer: Response) -> float | None:
    """The seconds of Retry-After, where they are few enough to sit out."""
    text = answer.headers.get("retry-after", "1")
    return float(text) if text.isdigit() and int(text) <= LONGEST_WAIT else None


def challenge(answer: Response) -> str:
    """What a 401 says, without any value of ours."""
    return answer.headers.get("www-authenticate", "no reason was given")


def refusal(document: Mapping[str, object], status: int) -> str:
    """An OAuth error in its own words."""
    error, description = document.get("error"), document.get("error_description")
    return ": ".join(str(part) for part in (error or f"status {status}", description) if part)


def as_object(answer: Response, path: str) -> dict[str, object]:
    """The JSON object of an answer."""
    try:
        document: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Stopped(f"{path} answered {answer.status} with something that is not JSON") from None
    if not is_object(document):
        raise Stopped(f"{path} answered {answer.status} with something that is not a JSON object")
    return document
