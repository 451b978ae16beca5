"""The header lines that carry credentials, counted before they are believed.

Promise: a credential is read only from exactly one header line; a second line is an error, never a choice.
Rules: raw lines are looked at, since Starlette's `headers.get` shows only the first of two; two lines joined by a
proxy hold a comma and fail as malformed. Only the scheme `DPoP` is spoken.
Elsewhere: what the credentials mean, `auth.proofs` and `auth.tokens`.
"""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

_CREDENTIALS: Final = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+) +([A-Za-z0-9._~+/-]+=*)", re.ASCII)


class Malformed(ValueError):
    """A header that is missing, doubled or unreadable; `str()` says which."""


def lines(headers: Headers, name: str) -> list[str]:
    """Every line of this name, as text."""
    wanted = name.lower().encode()
    return [value.decode("latin-1").strip() for key, value in headers if key.lower() == wanted]


def one(headers: Headers, name: str) -> str:
    """The only line of this name."""
    found = lines(headers, name)
    if len(found) != 1:
        raise Malformed(f"exactly one {name} header is required")
    return found[0]


def credentials(headers: Headers) -> tuple[str, str] | None:
    """Scheme, in lower case, and token of the Authorization header; None if there is none."""
    found = lines(headers, "Authorization")
    if not found:
        return None
    if len(found) > 1:
        raise Malformed("only one Authorization header may be sent")
    read = _CREDENTIALS.fullmatch(found[0])
    if read is None:
        raise Malformed("the Authorization header must be the scheme DPoP and one token")
    return read[1].lower(), read[2]
