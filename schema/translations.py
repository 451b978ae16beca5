"""From the inputs of the public language to the inputs of the operations.

Promise: nothing is decided here: ids become keys, and every word keeps its meaning.
Elsewhere: the inputs, `schema.inputs` and `schema.preparations`; what they are for, `operations`.
"""

from dataclasses import fields
from typing import assert_never

import strawberry

import operations.preparations as wanted
import schema.preparations as given
from casework.conditions import ITEMS, Condition
from operations.cases import PersonInput
from operations.submissions import OpeningInput, SubmissionInput
from schema import inputs
from schema.handing import key_of


def person(told: inputs.PersonInput) -> PersonInput:
    return PersonInput(
        full_name=told.full_name,
        aliases=tuple(told.aliases),
        nik=told.nik,
        birth_date=told.birth_date,
        birth_date_estimated=told.birth_date_estimated,
        sex=told.sex,
    )


def submission(told: inputs.StatementInput) -> SubmissionInput:
    return SubmissionInput(
        idempotency_key=told.idempotency_key,
        expected_version=told.expected_version,
        envelope=told.envelope,
        openings=tuple(OpeningInput(name=each.name, value=each.value, salt=each.salt) for each in told.openings),
    )


def signer(told: given.SignerInput) -> wanted.SignerInput:
    seen = None if told.seen is None else wanted.SeenInput(size=told.seen.size, root=told.seen.root)
    return wanted.SignerInput(key=told.key, key_prev=told.key_prev, seen=seen)


Member = (
    given.ReferralSentInput
    | given.ReferralAcknowledgedInput
    | given.ReferralAcceptedInput
    | given.ReferralDeclinedInput
    | given.ReferralWithdrawnInput
    | given.FitnessCertifiedInput
    | given.HandoverReleasedInput
    | given.HandoverReceivedInput
    | given.HandoverRefusedInput
    | given.WaiverOfferedInput
    | given.WaiverAgreedInput
    | given.PauseOfferedInput
    | given.PauseAgreedInput
    | given.ObligationResumedInput
    | given.DiscrepancyAnsweredInput
    | given.BastRecordedInput
)
Remark = (
    given.WaiverOfferedInput
    | given.WaiverAgreedInput
    | given.PauseOfferedInput
    | given.PauseAgreedInput
    | given.ObligationResumedInput
)


def member(told: given.PrepareStatementInput) -> Member:
    """The one member that was given; GraphQL has made sure that it is exactly one."""
    for each in fields(told):
        value = getattr(told, each.name)
        if isinstance(value, strawberry.Some):
            found: Member = value.value
            return found
    raise ValueError("@oneOf lets exactly one member through")


def statement(told: Member) -> wanted.StatementInput:
    match told:
        case given.ReferralSentInput():
            return wanted.ReferralSentInput(case=key_of("Case", told.case), to=told.to)
        case given.ReferralAcknowledgedInput():
            return wanted.ReferralAcknowledgedInput(referral=key_of("Referral", told.referral))
        case given.ReferralAcceptedInput():
            return wanted.ReferralAcceptedInput(referral=key_of("Referral", told.referral))
        case given.ReferralDeclinedInput():
            return wanted.ReferralDeclinedInput(referral=key_of("Referral", told.referral), reason=told.reason)
        case given.ReferralWithdrawnInput():
            return wanted.ReferralWithdrawnInput(referral=key_of("Referral", told.referral))
        case (
            given.FitnessCertifiedInput()
            | given.HandoverReleasedInput()
            | given.HandoverReceivedInput()
            | given.HandoverRefusedInput()
        ):
            return _of_leg(told)
        case given.DiscrepancyAnsweredInput():
            handover = key_of("Handover", told.handover)
            return wanted.DiscrepancyAnsweredInput(handover=handover, answer=told.answer, officer=told.officer)
        case given.BastRecordedInput():
            handover = key_of("Handover", told.handover)
            return wanted.BastRecordedInput(
                handover=handover, of=told.of, sha256=told.sha256, happened_at=told.happened_at
            )
        case _:
            return _remark(told)


def _remark(told: Remark) -> wanted.RemarkInput:
    obligation = key_of("Obligation", told.obligation)
    match told:
        case given.WaiverOfferedInput():
            return wanted.WaiverOfferedInput(obligation=obligation)
        case given.WaiverAgreedInput():
            return wanted.WaiverAgreedInput(obligation=obligation)
        case given.PauseOfferedInput():
            return wanted.PauseOfferedInput(obligation=obligation)
        case given.PauseAgreedInput():
            return wanted.PauseAgreedInput(obligation=obligation)
        case given.ObligationResumedInput():
            return wanted.ObligationResumedInput(obligation=obligation)
    assert_never(told)


def _of_leg(
    told: given.FitnessCertifiedInput
    | given.HandoverReleasedInput
    | given.HandoverReceivedInput
    | given.HandoverRefusedInput,
) -> wanted.LegInput:
    match told:
        case given.FitnessCertifiedInput():
            return wanted.FitnessCertifiedInput(
                referral=key_of("Referral", told.referral),
                leg=told.leg,
                fitness=told.fitness,
                examined_at=told.examined_at,
                officer=told.officer,
                place=told.place,
            )
        case given.HandoverReleasedInput():
            return _release(told)
        case given.HandoverReceivedInput() | given.HandoverRefusedInput():
            return _answer(told)
    assert_never(told)


def _release(told: given.HandoverReleasedInput) -> wanted.HandoverReleasedInput:
    return wanted.HandoverReleasedInput(
        referral=key_of("Referral", told.referral),
        leg=told.leg,
        term=told.term,
        condition=_condition(told.condition),
        carrier=told.carrier,
        happened_at=told.happened_at,
        officer=told.officer,
        paper=told.paper,
        place=told.place,
        planned_arrival=told.planned_arrival,
    )


def _answer(
    told: given.HandoverReceivedInput | given.HandoverRefusedInput,
) -> wanted.HandoverReceivedInput | wanted.HandoverRefusedInput:
    if isinstance(told, given.HandoverReceivedInput):
        return wanted.HandoverReceivedInput(
            handover=key_of("Handover", told.handover),
            agrees=told.agrees,
            condition=_condition(told.condition),
            happened_at=told.happened_at,
            officer=told.officer,
            paper=told.paper,
            place=told.place,
        )
    return wanted.HandoverRefusedInput(
        handover=key_of("Handover", told.handover),
        agrees=told.agrees,
        condition=None if told.condition is None else _condition(told.condition),
        reason=told.reason,
        happened_at=told.happened_at,
        officer=told.officer,
        paper=told.paper,
        place=told.place,
    )


def _condition(told: given.ConditionInput) -> Condition:
    return Condition(**{item: getattr(told, item) for item in ITEMS})
