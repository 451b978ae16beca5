"""A partner's software, as small as it can be: assertions, proofs and token requests, built with joserfc.

Every claim and header can be bent, since most tests are about what must be refused. Other rooms' tests may use it too:
`Partner(issuer, client_id, client_jwk, dpop_jwk)`, then `.token_request(...)` and `.proof(method, url, token)`.
"""

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from joserfc import jwk, jws

import auth.keys

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SHOWN: Final = frozenset({"kty", "crv", "x", "y", "n", "e"})
LEFT_OUT: Final = object()  # bends a claim, header or parameter into not being there

Jwk = Mapping[str, str]
Bent = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A POST to an OAuth endpoint."""

    path: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def signed(key: Jwk, header: Bent, claims: Bent) -> str:
    """A compact JWS by joserfc's algorithms, without joserfc's own objections to bent headers."""
    parts = ({name: value for name, value in bent.items() if value is not LEFT_OUT} for bent in (header, claims))
    content = ".".join(in_base64(json.dumps(part).encode()) for part in parts)
    algorithm = jws.JWSRegistry.algorithms[str(header["alg"])]
    return content + "." + in_base64(algorithm.sign(content.encode(), jwk.import_key({**key})))


def in_base64(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Partner:
    """One OAuth client of one party."""

    issuer: str
    client_id: str
    client_jwk: Jwk
    dpop_jwk: Jwk
    now: Callable[[], float] = time.time

    def assertion(self, *, header: Bent | None = None, key: Jwk | None = None, **claims: object) -> str:
        """A client assertion."""
        signer, at = key or self.client_jwk, int(self.now())
        usual = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": at,
            "exp": at + 60,
        }
        head = {"alg": signer["alg"], "typ": "JWT", "kid": signer["kid"]}
        return signed(signer, {**head, **(header or {})}, {**usual, **claims})

    def proof(
        self,
        method: str,
        url: str,
        token: str | None = None,
        *,
        header: Bent | None = None,
        key: Jwk | None = None,
        **claims: object,
    ) -> str:
        """A DPoP proof."""
        signer = key or self.dpop_jwk
        usual = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(self.now())}
        if token is not None:
            usual["ath"] = in_base64(hashlib.sha256(token.encode()).digest())
        shown = {name: value for name, value in auth.keys.public(signer).items() if name in _SHOWN}
        head = {"alg": signer["alg"], "typ": "dpop+jwt", "jwk": shown}
        return signed(signer, {**head, **(header or {})}, {**usual, **claims})

    def token_request(
        self, *, assertion: str | None = None, proofs: tuple[str, ...] | None = None, **parameters: object
    ) -> Sent:
        """A request for a token; `parameters` are added or bent."""
        if proofs is None:
            proofs = (self.proof("POST", self.issuer + "/oauth/token"),)
        usual = {"grant_type": "client_credentials", **parameters}
        return self.post("/oauth/token", assertion=assertion, proofs=proofs, **usual)

    def post(
        self, path: str, *, assertion: str | None = None, proofs: tuple[str, ...] = (), **parameters: object
    ) -> Sent:
        """A request to an OAuth endpoint, with the client's authentication."""
        usual = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion or self.assertion()}
        form = {name: value for name, value in {**usual, **parameters}.items() if value is not LEFT_OUT}
        headers = [(b"content-type", b"application/x-www-form-urlencoded")]
        headers += [(b"dpop", proof.encode()) for proof in proofs]
        return Sent(path=path, headers=tuple(headers), body=urlencode(form).encode())

    def asking(self, method: str, path: str, token: str, **bent: object) -> list[tuple[bytes, bytes]]:
        """The headers of a request for a resource."""
        proof = self.proof(method, self.issuer + path, token, **bent)  # type: ignore[arg-type]  # bends claims
        return [(b"authorization", b"DPoP " + token.encode()), (b"dpop", proof.encode())]
