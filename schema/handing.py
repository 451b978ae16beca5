"""What a mutation hands to `reading`: keys of the objects its payload speaks of, and what it tells itself.

Promise: a resolver never loads the objects of its payload; it names them, and `reading` reads them for the asker.
Rules: keys are key texts (32 hex digits; an entry's is its statement id); errors and what was prepared are told whole.
Elsewhere: how handed keys become an answer, `reading`; who puts `Acting` together, `api`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeAlias, TypeVar, cast
from uuid import UUID

import strawberry

import reading.ids
from auth.principals import Principal
from operations.desks import Desk
from operations.preparations import Prepared, PreparedStatement
from operations.refusals import Rejected, UserError
from operations.results import Done


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    case_id: str | None = None
    referral_id: str | None = None
    certificate_id: str | None = None
    handover_id: str | None = None
    obligation_id: str | None = None
    entry_id: str | None = None
    prepared_statement: PreparedStatement | None = None
    errors: Sequence[UserError] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """The context of one request's acts. `handed` is filled by response key, in the order of the root fields."""

    desk: Desk
    by: Principal
    handed: dict[str, Handed] = field(default_factory=dict)


Payload = TypeVar("Payload")
Info: TypeAlias = strawberry.Info[Acting, None]


def hand(info: Info, answer: Done | Prepared | Rejected, payload: type[Payload]) -> Payload:
    handed = _handed(answer)
    info.context.handed[str(info.path.key)] = handed
    # It stands for the payload: the executor asks for no field of it but its name (`schema.execution`).
    return cast(Payload, handed)


def key_of(kind: str, id: str) -> UUID | None:
    """The key in an opaque id; None for whatever is not an id of that kind: such an object is not there."""
    named = reading.ids.opened(id)
    key = None if named is None or named.kind != kind else reading.ids.typed(named.key, UUID)
    return key if isinstance(key, UUID) else None


def _handed(answer: Done | Prepared | Rejected) -> Handed:
    match answer:
        case Done():
            return Handed(**asdict(answer))
        case Prepared():
            return Handed(prepared_statement=answer.statement)
        case Rejected():
            return Handed(errors=answer.errors)
