"""What a mutation hands to `reading`: keys of the objects its payload speaks of, and what it tells itself.

Promise: a resolver never loads the objects of its payload; it names them, and `reading` reads them for the asker.
Rules: keys are key texts (32 hex digits; an entry's is its statement id); errors and what was prepared are told whole.
Elsewhere: how handed keys become an answer, `reading`; who puts `Acting` together, `api`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import strawberry


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    case_id: str | None = None
    referral_id: str | None = None
    handover_id: str | None = None
    certificate_id: str | None = None
    entry_id: str | None = None
    prepared_statement: object | None = None
    errors: Sequence[object] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """The context of one request's acts. `handed` is filled by response key, in the order of the root fields."""

    handed: dict[str, Handed] = field(default_factory=dict)


Info: TypeAlias = strawberry.Info[Acting, None]


def hand(info: Info, handed: Handed) -> Any:
    """Any, because what is returned stands for a payload whose fields the executor never asks for."""
    info.context.handed[str(info.path.key)] = handed
    return handed
