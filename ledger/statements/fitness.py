"""The family `fitness`: the sending province certifies that a person is fit to travel."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.shapes import Sealed
from ledger.statements.bodies import Act, Commitments, Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class FitnessCertified(Act):
    KIND: ClassVar[str] = "fitness.certified"

    leg: Leg
    sealed: Annotated[Commitments, Sealed(("examined_at", "fitness", "officer", "place"))]
