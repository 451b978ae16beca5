"""What a client wants to state: one closed input per kind, and what it gets back to sign.

Promise: an input holds exactly the facts that a person decides; everything that follows from them is filled in here.
Elsewhere: filling in, `operations.bodies`; the transaction around it, `operations.preparing`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from casework.conditions import Condition
from casework.fitness import Fitness
from casework.papers import PaperOf
from casework.reasons import DeclineReason, RefusalReason
from casework.terms import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenInput:
    size: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInput:
    key: str
    key_prev: str | None
    seen: SeenInput | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralSentInput:
    case: UUID | None
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAcknowledgedInput:
    referral: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAcceptedInput:
    referral: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralDeclinedInput:
    referral: UUID | None
    reason: DeclineReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralWithdrawnInput:
    referral: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FitnessCertifiedInput:
    referral: UUID | None
    leg: int
    fitness: Fitness
    examined_at: datetime
    officer: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverReleasedInput:
    referral: UUID | None
    leg: int
    term: Term
    condition: Condition
    carrier: str
    happened_at: datetime
    officer: str
    paper: str | None
    place: str
    planned_arrival: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverReceivedInput:
    handover: UUID | None
    agrees: bool
    condition: Condition
    happened_at: datetime
    officer: str
    paper: str | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRefusedInput:
    handover: UUID | None
    agrees: bool
    condition: Condition | None
    reason: RefusalReason
    happened_at: datetime
    officer: str
    paper: str | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverOfferedInput:
    obligation: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverAgreedInput:
    obligation: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseOfferedInput:
    obligation: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAgreedInput:
    obligation: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationResumedInput:
    obligation: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyAnsweredInput:
    handover: UUID | None
    answer: str
    officer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BastRecordedInput:
    handover: UUID | None
    of: PaperOf
    sha256: str
    happened_at: datetime


AnswerInput: TypeAlias = (
    ReferralAcknowledgedInput | ReferralAcceptedInput | ReferralDeclinedInput | ReferralWithdrawnInput
)
LegInput: TypeAlias = FitnessCertifiedInput | HandoverReleasedInput | HandoverReceivedInput | HandoverRefusedInput
RemarkInput: TypeAlias = (
    WaiverOfferedInput | WaiverAgreedInput | PauseOfferedInput | PauseAgreedInput | ObligationResumedInput
)
AfterwardsInput: TypeAlias = DiscrepancyAnsweredInput | BastRecordedInput
StatementInput: TypeAlias = ReferralSentInput | AnswerInput | LegInput | RemarkInput | AfterwardsInput


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedOpening:
    name: str
    value: str  # JSON
    salt: str  # 64 hex digits


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedStatement:
    payload_type: str
    payload: str  # base64
    bytes_to_sign: str  # base64
    statement_id: str
    expires_at: datetime
    openings: tuple[PreparedOpening, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    statement: PreparedStatement
