"""How an act is refused to the one who asked for it: the closed union behind the interface's user errors.

Promise: each says what to do better; none tells whether something exists that the asker may not see.
Rules: inside a transaction a refusal is raised (`Refuse`), so that nothing of the act can remain; outside it is a
value. Messages are Indonesian, then English.
Elsewhere: the host's signature on one, `operations.vouching`; the rules that refuse, `casework.refusals` and
`ledger.rules`; the same as GraphQL types, `schema.errors`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import ClassVar, ParamSpec, TypeVar, assert_never

import casework.messages
import ledger.rules
from casework.refusals import Refusal
from ledger.commitments import Mismatch

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidInput:
    typename: ClassVar[str] = "InvalidInput"
    code: ClassVar[str] = "INVALID_INPUT"
    path: Path
    message: str
    signed_refusal: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    typename: ClassVar[str] = "NotFound"
    code: ClassVar[str] = "NOT_FOUND"
    path: Path
    message: str = "Tidak ada, atau bukan untuk Anda. / Not there, or not yours."
    signed_refusal: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IllegalMove:
    typename: ClassVar[str] = "IllegalMove"
    code: ClassVar[str] = "ILLEGAL_MOVE"
    path: Path
    message: str
    refusal: str
    signed_refusal: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleVersion:
    typename: ClassVar[str] = "StaleVersion"
    code: ClassVar[str] = "STALE_VERSION"
    path: Path = ("input", "expectedVersion")
    message: str = "Sudah berubah; muat ulang lalu putuskan lagi. / It has changed; load it again and decide anew."
    current_version: int
    signed_refusal: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKeyReused:
    typename: ClassVar[str] = "IdempotencyKeyReused"
    code: ClassVar[str] = "IDEMPOTENCY_KEY_REUSED"
    path: Path = ("input", "idempotencyKey")
    message: str = "Kunci ini sudah dipakai untuk isi yang lain. / This key was used before, for other content."
    signed_refusal: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentMismatch:
    typename: ClassVar[str] = "CommitmentMismatch"
    code: ClassVar[str] = "COMMITMENT_MISMATCH"
    path: Path = ("input", "openings")
    message: str
    name: str
    signed_refusal: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRefused:
    typename: ClassVar[str] = "StatementRefused"
    code: ClassVar[str] = "STATEMENT_REFUSED"
    path: Path = ("input", "envelope")
    message: str
    rule: str
    signed_refusal: str | None = field(default=None, compare=False)


UserError = (
    InvalidInput | NotFound | IllegalMove | StaleVersion | IdempotencyKeyReused | CommitmentMismatch | StatementRefused
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The answer of an operation that did nothing."""

    errors: tuple[UserError, ...]


class Refuse(Exception):
    """Leave the transaction and undo what the act has done so far."""

    def __init__(self, *errors: UserError) -> None:
        super().__init__(*(error.code for error in errors))
        self.rejected = Rejected(errors=errors)


Result = TypeVar("Result")
Given = ParamSpec("Given")


def told(operation: Callable[Given, Awaitable[Result]]) -> Callable[Given, Awaitable[Result | Rejected]]:
    """An operation that raises its refusals, as one that answers with them."""

    @wraps(operation)
    async def answering(*args: Given.args, **kwargs: Given.kwargs) -> Result | Rejected:
        try:
            return await operation(*args, **kwargs)
        except Refuse as refuse:
            return refuse.rejected

    return answering


def invalid(*path: str, id: str, en: str) -> Refuse:
    return Refuse(InvalidInput(path=("input", *path), message=f"{id} / {en}"))


def not_found(*path: str) -> Refuse:
    return Refuse(NotFound(path=("input", *path)))


def erased(*path: str) -> Refuse:
    return invalid(*path, id="Data orang ini sudah dihapus.", en="What was known of this person is erased.")


def illegal(refusal: Refusal, *path: str) -> Refuse:
    message = casework.messages.message(refusal)
    return Refuse(IllegalMove(path=("input", *path), message=message, refusal=refusal.code))


def mismatch(found: Mismatch) -> Refuse:
    message = "Pembukaan ini tidak membuka komitmennya. / This opening does not open its commitment."
    return Refuse(CommitmentMismatch(message=f"{found.name[:64]}: {message}", name=found.name[:64]))


def refused(found: ledger.rules.Refused, *path: str) -> Refuse:
    words = f"Pernyataan ditolak menurut aturan {found.rule} ({found.code}). / The statement is refused by rule"
    message = f"{words} {found.rule} ({found.code}): {found.message}"
    return Refuse(StatementRefused(path=("input", *(path or ("envelope",))), message=message, rule=found.rule))


def rule_of(error: UserError) -> str:
    """What a signed refusal names: a number of the log's rules, or one of the words beside them (F18)."""
    match error:
        case StatementRefused(rule=rule):
            return rule
        case IllegalMove():
            return ledger.rules.RULE_OF[ledger.rules.Code.ACT_ILLEGAL]
        case InvalidInput() | NotFound() | StaleVersion() | IdempotencyKeyReused() | CommitmentMismatch():
            return error.code
        case _:
            assert_never(error)


def signed(refuse: Refuse, sign: Callable[[str], str]) -> Refuse:
    """The same refusal with the host's word on each of its errors."""
    return Refuse(*(replace(error, signed_refusal=sign(rule_of(error))) for error in refuse.rejected.errors))
