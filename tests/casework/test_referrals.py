"""Stories of a referral's life: who may do what at each stage, and that a refused move changes nothing."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from casework import referrals
from casework.parties import HOST
from casework.reasons import DeclineReason
from casework.referrals import Referral, Status
from casework.refusals import HandoverOpen, NotYetExpired, TimeRunsBackwards, WrongParty, WrongStatus
from tests.casework.stories import (
    ACTS,
    AGREEMENT,
    BALI,
    EAST_JAVA,
    HOUR,
    JAKARTA,
    SECOND,
    STAGES,
    START,
    accept,
    acknowledge,
    decline,
    expire,
    must,
    sent,
    withdraw,
)

# Every legal act, at a time when the certificate is fresh and the window not over. All others are refused.
LEGAL = {
    "sent": {("acknowledge", EAST_JAVA), ("accept", EAST_JAVA), ("decline", EAST_JAVA), ("withdraw", JAKARTA)},
    "acknowledged": {("accept", EAST_JAVA), ("decline", EAST_JAVA), ("withdraw", JAKARTA)},
    "accepted": {("certify", JAKARTA), ("withdraw", JAKARTA)},
    "certified": {("certify", JAKARTA), ("release", JAKARTA), ("withdraw", JAKARTA)},
    "released": {("receive", EAST_JAVA), ("refuse", EAST_JAVA)},
    "refused": {("certify", JAKARTA), ("release", JAKARTA), ("withdraw", JAKARTA)},
    "completed": set(),
    "declined": set(),
    "withdrawn": set(),
    "expired": set(),
}
OWNER = {
    "acknowledge": EAST_JAVA,
    "accept": EAST_JAVA,
    "decline": EAST_JAVA,
    "withdraw": JAKARTA,
    "expire": HOST,
    "certify": JAKARTA,
    "release": JAKARTA,
    "receive": EAST_JAVA,
    "refuse": EAST_JAVA,
}
ANYBODY = (JAKARTA, EAST_JAVA, BALI, HOST, "FORUM", "AUDITOR:bpk", "")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("by", ANYBODY)
def test_at_each_stage_exactly_the_legal_acts_are_made_by_exactly_their_owner(stage: str, act: str, by: str) -> None:
    state = STAGES[stage]
    before = deepcopy(state)
    moved = ACTS[act](state, by, state.latest_at)
    if (act, by) in LEGAL[stage]:
        assert isinstance(moved, Referral)
        assert moved.last != before.last
    else:
        assert not isinstance(moved, Referral)
        if by != OWNER[act]:
            assert moved == WrongParty(by=by, belongs_to=OWNER[act])
    assert state == before


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("act", ACTS)
def test_no_act_is_made_before_the_last_one(stage: str, act: str) -> None:
    state = STAGES[stage]
    moved = ACTS[act](state, OWNER[act], state.latest_at - SECOND)
    assert not isinstance(moved, Referral)
    if any(act == legal for legal, _ in LEGAL[stage]):
        assert moved == TimeRunsBackwards(at=state.latest_at - SECOND, latest=state.latest_at)


def test_two_acts_in_the_same_second_are_two_acts() -> None:
    acknowledged = must(Referral, acknowledge(sent(), EAST_JAVA, START))
    assert must(Referral, accept(acknowledged, EAST_JAVA, START)).decided_at == START


def test_accepting_at_once_acknowledges_too() -> None:
    accepted = must(Referral, accept(sent(), EAST_JAVA, START + HOUR))
    assert (accepted.status, accepted.acknowledged_at, accepted.decided_at) == (
        Status.ACCEPTED,
        START + HOUR,
        START + HOUR,
    )


def test_accepting_later_keeps_the_time_of_acknowledgement() -> None:
    acknowledged = must(Referral, acknowledge(sent(), EAST_JAVA, START + HOUR))
    accepted = must(Referral, accept(acknowledged, EAST_JAVA, START + 2 * HOUR))
    assert (accepted.acknowledged_at, accepted.decided_at) == (START + HOUR, START + 2 * HOUR)


def test_declining_keeps_the_reason_and_implies_acknowledgement() -> None:
    declined = must(Referral, decline(sent(), EAST_JAVA, START + HOUR))
    assert declined.reason is DeclineReason.FAMILY_NOT_FOUND
    assert declined.acknowledged_at == declined.decided_at == START + HOUR
    acknowledged = must(Referral, acknowledge(sent(), EAST_JAVA, START + HOUR))
    later = must(Referral, decline(acknowledged, EAST_JAVA, START + 2 * HOUR))
    assert later.acknowledged_at == START + HOUR


def test_a_person_on_the_way_cannot_be_withdrawn_but_after_a_refusal_can() -> None:
    released = STAGES["released"]
    refusal = withdraw(released, JAKARTA, released.latest_at)
    assert refusal == HandoverOpen(release=released.handovers[0].release)
    refused = STAGES["refused"]
    assert must(Referral, withdraw(refused, JAKARTA, refused.latest_at)).status is Status.WITHDRAWN


@pytest.mark.parametrize("stage", ["sent", "acknowledged"])
def test_the_window_closes_to_the_second(stage: str) -> None:
    state = STAGES[stage]
    end = state.sent_at + AGREEMENT.referral_window
    assert expire(state, HOST, end - SECOND) == NotYetExpired(expires_at=end)
    assert must(Referral, expire(state, HOST, end)).status is Status.EXPIRED


def test_an_accepted_referral_never_expires() -> None:
    state = STAGES["accepted"]
    late = state.sent_at + 10 * AGREEMENT.referral_window
    assert expire(state, HOST, late) == WrongStatus(status="ACCEPTED", allowed=referrals.UNDECIDED)


def test_a_late_answer_counts_until_expiry_is_noted() -> None:
    late = START + AGREEMENT.referral_window + HOUR
    assert must(Referral, accept(sent(), EAST_JAVA, late)).status is Status.ACCEPTED
    expired = must(Referral, expire(sent(), HOST, late))
    assert isinstance(accept(expired, EAST_JAVA, late), WrongStatus)


def test_running_referrals_are_brought_to_their_end_after_the_agreement_has_ended() -> None:
    last_second = datetime(2030, 6, 17, 16, 59, 59, tzinfo=UTC)
    assert AGREEMENT.in_force(last_second)
    assert not AGREEMENT.in_force(last_second + SECOND)
    state = sent(at=last_second)
    assert must(Referral, accept(state, EAST_JAVA, last_second + HOUR)).status is Status.ACCEPTED


def test_custody_is_the_senders_until_received() -> None:
    custodians = {stage: state.custodian for stage, state in STAGES.items()}
    assert {stage for stage, party in custodians.items() if party == EAST_JAVA} == {"completed"}
    assert set(custodians.values()) == {JAKARTA, EAST_JAVA}


def test_open_are_exactly_the_stages_that_lead_on() -> None:
    assert {stage for stage, state in STAGES.items() if state.is_open} == {stage for stage in LEGAL if LEGAL[stage]}


def test_the_latest_instant_is_the_last_acts() -> None:
    completed = STAGES["completed"]
    assert completed.latest_at == completed.completed_at == START + 4 * HOUR
    assert replace(completed, completed_at=None, handovers=()).latest_at == START + 2 * HOUR
