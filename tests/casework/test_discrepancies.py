"""Stories of a discrepancy: found in worse condition, and answered once, by the side that had released."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from casework import discrepancies, referrals
from casework.handovers import Status as HandoverStatus
from casework.objections import AlreadyAnswered, HandoverUnknown, NothingToAnswer
from casework.referrals import Referral, Status
from casework.refusals import Refusal, TimeRunsBackwards, WrongLeg, WrongParty, WrongStatus
from tests.casework.stories import EAST_JAVA, HOUR, JAKARTA, SECOND, STAGES, WEST_JAVA, digest, must

RECEIVED = STAGES["completed"]
RECEIPT = str(RECEIVED.handovers[-1].receipt)
WORSE = replace(RECEIVED, handovers=(replace(RECEIVED.handovers[-1], agrees=False),))
LATER = WORSE.latest_at + HOUR


def answer(
    state: Referral, by: str = JAKARTA, at: datetime = LATER, leg: int = 1, receipt: str = RECEIPT
) -> Referral | Refusal:
    return discrepancies.answer(state, by=by, at=at, statement=digest("answer"), leg=leg, receipt=receipt)


def test_an_answer_is_kept_with_its_handover_and_moves_nobody() -> None:
    answered = must(Referral, answer(WORSE))
    handover = answered.handovers[-1]
    assert (handover.answer, handover.answered_at, answered.last) == (digest("answer"), LATER, digest("answer"))
    assert (answered.status, answered.custodian) == (Status.COMPLETED, EAST_JAVA)
    assert answered.latest_at == LATER
    assert replace(handover, answer=None, answered_at=None) == WORSE.handovers[-1]


def test_a_refusal_in_worse_condition_is_answered_too_and_the_next_release_is_another() -> None:
    first = replace(WORSE.handovers[-1], agrees=False)
    second = replace(first, release=digest("second release"), receipt=digest("second receipt"))
    twice = replace(WORSE, handovers=(first, second))
    answered = must(Referral, answer(twice, receipt=digest("second receipt")))
    assert [each.answer for each in answered.handovers] == [None, digest("answer")]


def test_what_was_refused_is_answered_for_though_the_sender_has_given_up() -> None:
    refused = replace(WORSE.handovers[-1], status=HandoverStatus.REFUSED)
    accepted = replace(WORSE, status=Status.ACCEPTED, completed_at=None, handovers=(refused,))
    withdrawn = must(Referral, referrals.withdraw(accepted, by=JAKARTA, at=LATER, statement=digest("given up")))
    answered = must(Referral, answer(withdrawn, at=LATER + HOUR))
    assert (answered.status, answered.handovers[-1].answer) == (Status.WITHDRAWN, digest("answer"))
    again = answer(answered, at=LATER + 2 * HOUR)
    assert again == AlreadyAnswered(answer=digest("answer"))


REFUSED: dict[str, tuple[Callable[[], Referral | Refusal], Refusal]] = {
    "by the receiver": (lambda: answer(WORSE, by=EAST_JAVA), WrongParty(by=EAST_JAVA, belongs_to=JAKARTA)),
    "by a stranger": (lambda: answer(WORSE, by=WEST_JAVA), WrongParty(by=WEST_JAVA, belongs_to=JAKARTA)),
    "before it was found": (
        lambda: answer(WORSE, at=WORSE.latest_at - SECOND),
        TimeRunsBackwards(at=WORSE.latest_at - SECOND, latest=WORSE.latest_at),
    ),
    "of a referral that nobody has taken": (
        lambda: answer(STAGES["sent"]),
        WrongStatus(status=Status.SENT, allowed=(Status.ACCEPTED, Status.COMPLETED, Status.WITHDRAWN)),
    ),
    "of another statement": (lambda: answer(WORSE, receipt=digest("other")), HandoverUnknown(named=digest("other"))),
    "of another leg": (lambda: answer(WORSE, leg=2), WrongLeg(leg=2, legs=1)),
    "of what agrees": (lambda: answer(RECEIVED), NothingToAnswer(receipt=RECEIPT)),
    "twice": (
        lambda: answer(must(Referral, answer(WORSE)), at=LATER + HOUR),
        AlreadyAnswered(answer=digest("answer")),
    ),
}


@pytest.mark.parametrize("story", REFUSED)
def test_an_answer_is_refused(story: str) -> None:
    move, expected = REFUSED[story]
    before = replace(WORSE)
    assert move() == expected
    assert before == WORSE
