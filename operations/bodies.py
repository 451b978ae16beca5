"""Bodies built for signing: from what a person decided to the statement that says it, and what it seals.

Promise: every name that the kind seals is committed to, an absent value as null; salts are fresh and random.
Rules: sealed values are plain JSON in the spelling of `casework.facts`; instants in whole seconds of UTC.
Elsewhere: what is said beside the chain, `operations.remarks`; checking and sealing one value, `operations.sealing`;
padding and bytes, `ledger.statements`; the state that it must suit, `operations.preparing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, assert_never

from casework.conditions import Condition, grades
from casework.drafts import Draft
from casework.handovers import Handover
from casework.referrals import Referral
from ledger.canonical import JSON
from ledger.commitments import Opening
from ledger.statements import (
    FitnessCertified,
    HandoverReceived,
    HandoverRefused,
    HandoverReleased,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralSent,
    ReferralStatement,
    ReferralWithdrawn,
    Seen,
)
from operations.preparations import (
    AnswerInput,
    FitnessCertifiedInput,
    HandoverReceivedInput,
    HandoverRefusedInput,
    HandoverReleasedInput,
    LegInput,
    ReferralAcceptedInput,
    ReferralAcknowledgedInput,
    ReferralDeclinedInput,
    ReferralWithdrawnInput,
)
from operations.refusals import invalid
from operations.sealing import instant, paper, seal, text


class Common(TypedDict):
    """The fields that every statement has."""

    log: str
    agreement: str
    party: str
    key: str
    key_prev: str | None
    seen: Seen | None
    claimed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    statement: ReferralStatement
    openings: tuple[Opening, ...]
    opened: Mapping[str, JSON]


def sent(common: Common, drafted: Draft) -> Built:
    facts = drafted.facts
    values: dict[str, JSON] = {
        "age_band": facts.age_band,
        "case": facts.case,
        "category": facts.category,
        "risk": facts.risk,
        "sex": facts.sex,
        "vulnerability": [str(each) for each in facts.vulnerabilities or ()],
    }
    sealed, openings = seal(values)
    statement = ReferralSent(
        **common,
        referral=drafted.id,
        to=drafted.receiver,
        term_acknowledge=drafted.term_acknowledge,
        term_decide=drafted.term_decide,
        sealed=sealed,
    )
    return Built(statement=statement, openings=openings, opened=values)


def answered(common: Common, given: AnswerInput, state: Referral) -> Built:
    reason = given.reason if isinstance(given, ReferralDeclinedInput) else None
    values: dict[str, JSON] = {"reason": reason}
    sealed, openings = seal(values)
    statement: ReferralStatement
    match given:
        case ReferralAcknowledgedInput():
            statement = ReferralAcknowledged(**common, referral=state.id, referral_prev=state.last, sealed=sealed)
        case ReferralAcceptedInput():
            statement = ReferralAccepted(**common, referral=state.id, referral_prev=state.last, sealed=sealed)
        case ReferralDeclinedInput():
            statement = ReferralDeclined(**common, referral=state.id, referral_prev=state.last, sealed=sealed)
        case ReferralWithdrawnInput():
            statement = ReferralWithdrawn(**common, referral=state.id, referral_prev=state.last)
            return Built(statement=statement, openings=(), opened={})
        case _:
            assert_never(given)
    return Built(statement=statement, openings=openings, opened=values)


def of_leg(common: Common, given: LegInput, state: Referral, handover: Handover | None) -> Built:
    values = _leg_values(given)
    sealed, openings = seal(values)
    statement: ReferralStatement
    match given:
        case FitnessCertifiedInput():
            statement = FitnessCertified(
                **common, referral=state.id, referral_prev=state.last, leg=_leg(given.leg), sealed=sealed
            )
        case HandoverReleasedInput():
            statement = HandoverReleased(
                **common,
                referral=state.id,
                referral_prev=state.last,
                leg=_leg(given.leg),
                to=state.receiver,
                term=given.term,
                sealed=sealed,
            )
        case HandoverReceivedInput() | HandoverRefusedInput():
            if handover is None:
                raise ValueError("an answer needs the handover that it answers")
            kind = HandoverReceived if isinstance(given, HandoverReceivedInput) else HandoverRefused
            statement = kind(
                **common,
                referral=state.id,
                referral_prev=state.last,
                leg=handover.leg,
                release=handover.release,
                agrees=given.agrees,
                sealed=sealed,
            )
        case _:
            assert_never(given)
    return Built(statement=statement, openings=openings, opened=values)


def _leg_values(given: LegInput) -> dict[str, JSON]:
    told: dict[str, JSON] = {"officer": text("officer", given.officer), "place": text("place", given.place)}
    match given:
        case FitnessCertifiedInput():
            return {**told, "examined_at": instant("examinedAt", given.examined_at), "fitness": given.fitness}
        case HandoverReleasedInput():
            return {
                **told,
                **_met(given),
                "carrier": text("carrier", given.carrier),
                "planned_arrival": instant("plannedArrival", given.planned_arrival),
            }
        case HandoverReceivedInput():
            return {**told, **_met(given)}
        case HandoverRefusedInput():
            return {**told, **_met(given), "reason": given.reason}
    assert_never(given)


def _met(given: HandoverReleasedInput | HandoverReceivedInput | HandoverRefusedInput) -> dict[str, JSON]:
    return {
        "condition": _condition(given.condition),
        "happened_at": instant("happenedAt", given.happened_at),
        "paper": paper(given.paper),
    }


def _condition(told: Condition | None) -> JSON:
    return None if told is None else {item: str(grade) for item, grade in grades(told).items()}


def _leg(number: int) -> int:
    if number < 1:
        raise invalid("leg", id="Etape dihitung dari 1.", en="Legs count from 1.")
    return number
