"""The families `bast` and `discrepancy`: a handover's signed paper, and the answer to a receipt that did not agree."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.shapes import Sealed
from ledger.statements.bodies import Act, Commitments, Hash, Leg, ProvinceBody, RandomId

PAPER = ("happened_at",)
ANSWER = ("answer", "officer")


@dataclass(frozen=True, slots=True, kw_only=True)
class BastRecorded(ProvinceBody):
    """One end records the paper of a release or a receipt: in clear, so that the other end's can be held against it."""

    KIND: ClassVar[str] = "bast.recorded"

    referral: RandomId
    handover: Hash
    sha256: Hash
    sealed: Annotated[Commitments, Sealed(PAPER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyAnswered(Act):
    KIND: ClassVar[str] = "discrepancy.answered"

    leg: Leg
    receipt: Hash
    sealed: Annotated[Commitments, Sealed(ANSWER)]
