"""When something signed counts: the times in assertions, proofs and tokens.

Promise: one judgement of `iat`, `nbf` and `exp` for everything signed, on whole seconds since 1970.
Rules: `iat` and `nbf` up to 10 seconds ahead of us are accepted. FAPI 2.0 leaves 11 to 60 seconds to the server: we
refuse them, so that one figure holds for every client. `exp` is exclusive and gets no grace: the server's clock judges.
Elsewhere: the time itself comes in as `at`, read once per request (`auth.gates`).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from auth.refusals import Unverified

AHEAD: Final = 10  # seconds a caller's clock may be fast
_IDENTIFIER: Final = re.compile(r"[\x21-\x7e]{8,256}", re.ASCII)
_LATEST: Final = 1 << 40


def seconds(at: datetime) -> int:
    """An instant as whole seconds since 1970."""
    return int(at.timestamp())


def instant(second: int) -> datetime:
    """A second since 1970 as an instant."""
    return datetime.fromtimestamp(second, UTC)


def required(claims: Mapping[str, object], name: str) -> int:
    """A time that must be there."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LATEST:
        raise Unverified(f"{name} must be a time in seconds since 1970")
    return int(value)


def not_ahead(claims: Mapping[str, object], name: str, *, at: datetime) -> None:
    """`iat` or `nbf`, where present, may not lie ahead."""
    if name in claims and required(claims, name) > seconds(at) + AHEAD:
        raise Unverified(f"{name} lies more than {AHEAD} seconds ahead of the server's clock")


def not_over(claims: Mapping[str, object], *, at: datetime, at_most: int | None = None) -> int:
    """`exp` is required, still to come, and no further away than `at_most` seconds."""
    end = required(claims, "exp")
    if end <= seconds(at):
        raise Unverified("exp has passed")
    if at_most is not None and end > seconds(at) + at_most:
        raise Unverified(f"exp lies more than {at_most} seconds ahead")
    return end


def identifier(claims: Mapping[str, object]) -> str:
    """`jti`: printable ASCII, long enough to be random."""
    value = claims.get("jti")
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise Unverified("jti must be 8 to 256 printable characters without spaces")
    return value
