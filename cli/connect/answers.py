"""What the sidecar itself answers: errors in the shape of GraphQL, whoever asked for whatever.

Promise: every refusal of its own says what to do about it, in Indonesian and English, with a code that a program reads;
none repeats what was sent.
Elsewhere: what the service answers goes through as it is, `cli.connect.upstreams`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from starlette.responses import JSONResponse, Response

HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Code(StrEnum):
    """Why the sidecar did not pass something on, or did not act."""

    BAD_REQUEST = "BAD_REQUEST"
    FORBIDDEN_HOST = "FORBIDDEN_HOST"
    FORBIDDEN_ORIGIN = "FORBIDDEN_ORIGIN"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    SERVICE_UNREACHABLE = "SERVICE_UNREACHABLE"
    SERVICE_REFUSED = "SERVICE_REFUSED"
    INTERNAL = "INTERNAL"
    NOT_SIGNED = "NOT_SIGNED"
    POLICY = "POLICY"
    DAILY_CAP = "DAILY_CAP"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"


class Refusal(Exception):
    """Something that is answered here and goes no further."""

    def __init__(self, status: int, code: Code, message: str, **headers: str) -> None:
        super().__init__(message)
        self.told = Told(
            status=status, code=code, message=message, headers={n.replace("_", "-"): v for n, v in headers.items()}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A refusal as its reader gets it."""

    status: int
    code: Code
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """As an answer of HTTP."""
        error = {"message": self.message, "extensions": {"code": self.code.value, "from": "estafet connect"}}
        return JSONResponse({"errors": [error]}, self.status, {**HEADERS, **self.headers})


def not_signed(why: str) -> Refusal:
    """What is not signed, whatever the policy says."""
    return Refusal(422, Code.NOT_SIGNED, f"Tidak ditandatangani. / Not signed: {why}")
