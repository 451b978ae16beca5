"""Preparing a statement: one member of the input per kind, and what comes back to be signed.

Promise: preparing writes nothing; it tells what would be signed, and refuses at once what would be refused later.
Elsewhere: the statement's kinds and bodies, `ledger.statements`; the act that takes the envelope, `schema.mutations`.
"""

import datetime

import strawberry

from schema.enums import ConditionGrade, DeclineReason, Fitness, PaperOf, RefusalReason, TermLength


@strawberry.input
class SeenInput:
    size: int
    root: str


@strawberry.input
class SignerInput:
    key: str
    key_prev: str | None = None
    seen: SeenInput | None = None


@strawberry.input
class ConditionInput:
    consciousness: ConditionGrade
    mobility: ConditionGrade
    injury: ConditionGrade
    illness: ConditionGrade
    nutrition: ConditionGrade
    mental: ConditionGrade


@strawberry.input
class ReferralSentInput:
    case: strawberry.ID
    to: str
    signer: SignerInput


@strawberry.input
class ReferralAcknowledgedInput:
    referral: strawberry.ID
    signer: SignerInput


@strawberry.input
class ReferralAcceptedInput:
    referral: strawberry.ID
    signer: SignerInput


@strawberry.input
class ReferralDeclinedInput:
    referral: strawberry.ID
    reason: DeclineReason
    signer: SignerInput


@strawberry.input
class ReferralWithdrawnInput:
    referral: strawberry.ID
    signer: SignerInput


@strawberry.input
class FitnessCertifiedInput:
    referral: strawberry.ID
    leg: int
    fitness: Fitness
    examined_at: datetime.datetime
    officer: str
    place: str
    signer: SignerInput


@strawberry.input
class HandoverReleasedInput:
    referral: strawberry.ID
    leg: int
    term: TermLength
    condition: ConditionInput
    carrier: str
    happened_at: datetime.datetime
    officer: str
    paper: str | None = None
    place: str
    planned_arrival: datetime.datetime
    signer: SignerInput


@strawberry.input
class HandoverReceivedInput:
    handover: strawberry.ID
    agrees: bool
    condition: ConditionInput
    happened_at: datetime.datetime
    officer: str
    paper: str | None = None
    place: str
    signer: SignerInput


@strawberry.input
class HandoverRefusedInput:
    handover: strawberry.ID
    agrees: bool
    condition: ConditionInput | None = None
    reason: RefusalReason
    happened_at: datetime.datetime
    officer: str
    paper: str | None = None
    place: str
    signer: SignerInput


@strawberry.input
class WaiverOfferedInput:
    obligation: strawberry.ID
    signer: SignerInput


@strawberry.input
class WaiverAgreedInput:
    obligation: strawberry.ID
    signer: SignerInput


@strawberry.input
class PauseOfferedInput:
    obligation: strawberry.ID
    signer: SignerInput


@strawberry.input
class PauseAgreedInput:
    obligation: strawberry.ID
    signer: SignerInput


@strawberry.input
class ObligationResumedInput:
    obligation: strawberry.ID
    signer: SignerInput


@strawberry.input
class DiscrepancyAnsweredInput:
    handover: strawberry.ID
    answer: str
    officer: str
    signer: SignerInput


@strawberry.input
class BastRecordedInput:
    handover: strawberry.ID
    of: PaperOf
    sha256: str
    happened_at: datetime.datetime
    signer: SignerInput


@strawberry.input(one_of=True)
class PrepareStatementInput:
    referral_sent: strawberry.Maybe[ReferralSentInput]
    referral_acknowledged: strawberry.Maybe[ReferralAcknowledgedInput]
    referral_accepted: strawberry.Maybe[ReferralAcceptedInput]
    referral_declined: strawberry.Maybe[ReferralDeclinedInput]
    referral_withdrawn: strawberry.Maybe[ReferralWithdrawnInput]
    fitness_certified: strawberry.Maybe[FitnessCertifiedInput]
    handover_released: strawberry.Maybe[HandoverReleasedInput]
    handover_received: strawberry.Maybe[HandoverReceivedInput]
    handover_refused: strawberry.Maybe[HandoverRefusedInput]
    waiver_offered: strawberry.Maybe[WaiverOfferedInput]
    waiver_agreed: strawberry.Maybe[WaiverAgreedInput]
    pause_offered: strawberry.Maybe[PauseOfferedInput]
    pause_agreed: strawberry.Maybe[PauseAgreedInput]
    obligation_resumed: strawberry.Maybe[ObligationResumedInput]
    discrepancy_answered: strawberry.Maybe[DiscrepancyAnsweredInput]
    bast_recorded: strawberry.Maybe[BastRecordedInput]


@strawberry.type
class Opening:
    name: str
    value: str
    salt: str


@strawberry.type
class PreparedStatement:
    payload_type: str
    payload: str
    bytes_to_sign: str
    statement_id: str
    expires_at: datetime.datetime
    openings: list[Opening]
    sentence: str
