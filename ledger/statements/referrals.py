"""The family `referral`: one province asks another to take a person over."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.shapes import Sealed
from ledger.statements.bodies import Act, Body, Commitments, Hash, Province, ProvinceBody, RandomId, Signer, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralSent(ProvinceBody):
    KIND: ClassVar[str] = "referral.sent"

    referral: RandomId
    to: Province
    term_acknowledge: Term
    term_decide: Term
    sealed: Annotated[Commitments, Sealed(("age_band", "case", "category", "risk", "sex", "vulnerability"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAcknowledged(Act):
    KIND: ClassVar[str] = "referral.acknowledged"

    sealed: Annotated[Commitments, Sealed(("reason",))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAccepted(Act):
    KIND: ClassVar[str] = "referral.accepted"

    sealed: Annotated[Commitments, Sealed(("reason",))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralDeclined(Act):
    KIND: ClassVar[str] = "referral.declined"

    sealed: Annotated[Commitments, Sealed(("reason",))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralWithdrawn(Act):
    KIND: ClassVar[str] = "referral.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralExpired(Body):
    """The host's notice that nobody decided in time."""

    KIND: ClassVar[str] = "referral.expired"
    SIGNER: ClassVar[Signer] = Signer.HOST

    referral: RandomId
    referral_prev: Hash
