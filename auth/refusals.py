"""Refusals of this room: what a caller without standing is told.

Promise: a refusal names the rule that was broken and the way to do it right, and nothing about rows or other callers.
Rules: `error` is a code of RFC 6749, 6750, 8707 or 9449; descriptions are ASCII without quotes and backslashes
(RFC 6749 section 5.2); a challenge speaks DPoP and points at the resource's metadata (RFC 9449 section 7.1, RFC 9728
section 5.1).
Elsewhere: the token endpoint's errors travel through Authlib's own classes (`auth.grants`), with the same codes.
"""

import re
from typing import Final

from auth.algorithms import ALGORITHMS

INVALID_TOKEN: Final = "invalid_token"  # noqa: S105  # an error code of RFC 6750, not a secret
INVALID_PROOF: Final = "invalid_dpop_proof"


_UNTELLABLE: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")  # RFC 6749 section 5.2


class Unverified(Exception):
    """Something signed that does not hold; `str()` says why, fit to be told."""


class Unauthorized(Exception):
    """The caller is not known, or not enough: HTTP 401 (400 where the request itself is malformed)."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        message: str,
        www_authenticate: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.www_authenticate = www_authenticate
        self.headers = headers  # more response headers: a later DPoP-Nonce travels here


class Forbidden(Exception):
    """The caller is known and may not do this: HTTP 403, with the scopes that would allow it."""

    def __init__(self, missing: frozenset[str]) -> None:
        super().__init__("insufficient_scope: " + " ".join(sorted(missing)))
        self.missing = missing

    def www_authenticate(self, issuer: str) -> str:
        """The challenge of RFC 6750 section 3.1."""
        return challenge(issuer, "insufficient_scope", "more scopes are needed", scope=" ".join(sorted(self.missing)))


def challenge(issuer: str, code: str | None = None, message: str | None = None, *, scope: str | None = None) -> str:
    """A WWW-Authenticate value. Without any credentials no error is named (RFC 6750 section 3.1)."""
    # A path in a message is the caller's text: what may not stand in a quoted header value is replaced.
    message = None if message is None else _UNTELLABLE.sub("?", message)
    members = [("error", code), ("error_description", message), ("scope", scope)]
    members += [("algs", " ".join(ALGORITHMS)), ("resource_metadata", f"{issuer}/.well-known/oauth-protected-resource")]
    return "DPoP " + ", ".join(f'{name}="{value}"' for name, value in members if value is not None)


def refused(issuer: str, code: str, message: str, *, status: int = 401) -> Unauthorized:
    """A refusal with its challenge."""
    return Unauthorized(status=status, code=code, message=message, www_authenticate=challenge(issuer, code, message))
