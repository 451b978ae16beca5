"""Bodies of what is said beside a referral's acts: remarks on what is owed, papers, and answers to a discrepancy.

Promise: who agrees, or resumes, names the offer that stands at that moment and no other; what is told in words is
sealed, what both ends must be able to hold against each other is in clear.
Rules: where no offer stands none is made up: the body names nothing that there is, and its judge refuses it, after the
rules that come first (whose right, in time).
Elsewhere: acts in the chain, `operations.bodies`; the judge, `ledger.owings`.
"""

from typing import TypeAlias, assert_never

from casework.handovers import Handover, Status
from casework.obligations import Obligation
from casework.papers import PaperOf
from casework.referrals import Referral
from casework.refusals import WrongStatus
from ledger.canonical import JSON
from ledger.statements import (
    BastRecorded,
    DiscrepancyAnswered,
    ObligationResumed,
    Owed,
    PauseAgreed,
    PauseOffered,
    ReferralStatement,
    WaiverAgreed,
    WaiverOffered,
)
from operations.bodies import Built, Common
from operations.preparations import (
    BastRecordedInput,
    DiscrepancyAnsweredInput,
    ObligationResumedInput,
    PauseAgreedInput,
    PauseOfferedInput,
    RemarkInput,
    WaiverAgreedInput,
    WaiverOfferedInput,
)
from operations.refusals import illegal
from operations.sealing import instant, seal, sha256, text

LONGEST_ANSWER = 1_000
_NONE = "0" * 64  # the id of no statement

_Offering: TypeAlias = type[WaiverOffered] | type[PauseOffered]
_Answering: TypeAlias = type[WaiverAgreed] | type[PauseAgreed] | type[ObligationResumed]


def remarked(common: Common, given: RemarkInput, owed: Obligation) -> Built:
    named = Owed(kind=owed.kind, opened_by=owed.opened_by, referral=owed.referral)

    def offering(kind: _Offering) -> ReferralStatement:
        return kind(**common, obligation=named)

    def answering(kind: _Answering, offer: str | None) -> ReferralStatement:
        return kind(**common, obligation=named, offer=offer or _NONE)

    match given:
        case WaiverOfferedInput():
            return _plain(offering(WaiverOffered))
        case WaiverAgreedInput():
            return _plain(answering(WaiverAgreed, owed.waiver_offer))
        case PauseOfferedInput():
            return _plain(offering(PauseOffered))
        case PauseAgreedInput():
            return _plain(answering(PauseAgreed, owed.pause_offer))
        case ObligationResumedInput():
            return _plain(answering(ObligationResumed, owed.pause_offer))
    assert_never(given)


def answered(common: Common, given: DiscrepancyAnsweredInput, state: Referral, handover: Handover) -> Built:
    values: dict[str, JSON] = {
        "answer": text("answer", given.answer, LONGEST_ANSWER),
        "officer": text("officer", given.officer),
    }
    sealed, openings = seal(values)
    statement = DiscrepancyAnswered(
        **common,
        referral=state.id,
        referral_prev=state.last,
        leg=handover.leg,
        receipt=_receipt(handover),
        sealed=sealed,
    )
    return Built(statement=statement, openings=openings, opened=values)


def recorded(common: Common, given: BastRecordedInput, state: Referral, handover: Handover) -> Built:
    values: dict[str, JSON] = {"happened_at": instant("happenedAt", given.happened_at)}
    sealed, openings = seal(values)
    statement = BastRecorded(
        **common,
        referral=state.id,
        handover=handover.release if given.of is PaperOf.RELEASE else _receipt(handover),
        sha256=sha256("sha256", given.sha256),
        sealed=sealed,
    )
    return Built(statement=statement, openings=openings, opened=values)


def _plain(statement: ReferralStatement) -> Built:
    return Built(statement=statement, openings=(), opened={})


def _receipt(handover: Handover) -> str:
    """The statement that received or refused."""
    if handover.receipt is None:
        raise illegal(WrongStatus(status=handover.status, allowed=(Status.RECEIVED, Status.REFUSED)), "handover")
    return handover.receipt
