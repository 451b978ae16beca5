"""Discrepancies: a receipt or refusal that found a person in worse condition, and the answer to it (A4).

Promise: what did not agree is answered once, by the side that had released, and by nobody else.
Rules: an answer names the receipt or refusal. It may come after the referral is completed, as it mostly does, and after
it is withdrawn, for what was refused is still to be answered for; it moves nobody and takes nothing back.
Elsewhere: within what time, `casework.duties`; whether the conditions agree, `casework.handovers`.
"""

from dataclasses import replace
from datetime import datetime

from casework import handovers
from casework.objections import AlreadyAnswered, HandoverUnknown, NothingToAnswer
from casework.referrals import Referral, Status, may_move
from casework.refusals import Refusal, WrongLeg

_ANSWERABLE = (Status.ACCEPTED, Status.COMPLETED, Status.WITHDRAWN)


def answer(referral: Referral, *, by: str, at: datetime, statement: str, leg: int, receipt: str) -> Referral | Refusal:
    refused = may_move(referral, by=by, belongs_to=referral.sender, at=at, allowed=_ANSWERABLE)
    if refused is not None:
        return refused
    found = handovers.settled_by(referral.handovers, receipt)
    if found is None:
        return HandoverUnknown(named=receipt)
    if leg != found.leg:
        return WrongLeg(leg=leg, legs=found.leg)
    if found.agrees:
        return NothingToAnswer(receipt=receipt)
    if found.answer is not None:
        return AlreadyAnswered(answer=found.answer)
    answered = replace(found, answer=statement, answered_at=at)
    return replace(referral, handovers=handovers.replaced(referral.handovers, answered), last=statement)
