"""The family `handover`: a person leaves one province's care and enters another's."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.shapes import Boolean, Sealed
from ledger.statements.bodies import Act, Commitments, Hash, Leg, Province, Term

RELEASE = ("carrier", "condition", "happened_at", "officer", "paper", "place", "planned_arrival")
RECEIPT = ("condition", "happened_at", "officer", "paper", "place")
REFUSAL = ("condition", "happened_at", "officer", "paper", "place", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverReleased(Act):
    KIND: ClassVar[str] = "handover.released"

    leg: Leg
    to: Province
    term: Term
    sealed: Annotated[Commitments, Sealed(RELEASE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverReceived(Act):
    KIND: ClassVar[str] = "handover.received"

    leg: Leg
    release: Hash
    agrees: Annotated[bool, Boolean()]
    sealed: Annotated[Commitments, Sealed(RECEIPT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRefused(Act):
    KIND: ClassVar[str] = "handover.refused"

    leg: Leg
    release: Hash
    agrees: Annotated[bool, Boolean()]
    sealed: Annotated[Commitments, Sealed(REFUSAL)]
