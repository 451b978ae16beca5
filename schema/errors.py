"""What a mutation answers when it does not do what it was asked: errors as data.

Promise: every refusal that a caller can act upon is one of these types; the message is Indonesian first, then English.
Rules: an unknown id and an id of somebody else's object give the same `NotFound`.
Elsewhere: the values behind them, `operations.refusals`; unexpected errors are masked at the door, `api`.
"""

import strawberry

from schema.enums import ErrorCode


@strawberry.interface
class UserError:
    code: ErrorCode
    path: list[str]
    message: str
    signed_refusal: str | None


@strawberry.type
class InvalidInput(UserError):
    pass


@strawberry.type
class NotFound(UserError):
    pass


@strawberry.type
class IllegalMove(UserError):
    refusal: str


@strawberry.type
class StaleVersion(UserError):
    current_version: int


@strawberry.type
class IdempotencyKeyReused(UserError):
    pass


@strawberry.type
class CommitmentMismatch(UserError):
    name: str


@strawberry.type
class StatementRefused(UserError):
    rule: str


KINDS = (
    InvalidInput,
    NotFound,
    IllegalMove,
    StaleVersion,
    IdempotencyKeyReused,
    CommitmentMismatch,
    StatementRefused,
)
