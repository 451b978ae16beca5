"""Stories of a leg: fit to travel, released, received or refused, and what both sides say of the person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from casework import legs
from casework.conditions import Condition, Grade
from casework.fitness import Fitness
from casework.handovers import Status as HandoverStatus
from casework.handovers import settle
from casework.parties import HOST
from casework.reasons import RefusalReason
from casework.referrals import Referral, Status
from casework.refusals import (
    AgreesContradicted,
    DueNotCountable,
    FactOutOfTime,
    FitnessMissing,
    FitnessTooOld,
    HandoverOpen,
    NotFitToTravel,
    NothingReleased,
    Refusal,
    WrongLeg,
    WrongParty,
    WrongReceiver,
    WrongRelease,
    WrongStatus,
)
from casework.terms import Term
from tests.casework.stories import (
    AGREEMENT,
    BALI,
    DAY,
    EAST_JAVA,
    GOOD,
    HOUR,
    HURT,
    JAKARTA,
    SECOND,
    STAGES,
    START,
    accept,
    certify,
    digest,
    must,
    newest_release,
    receive,
    refuse,
    release,
    sent,
)

ACCEPTED, CERTIFIED, RELEASED = STAGES["accepted"], STAGES["certified"], STAGES["released"]


def _certify(state: Referral, at: datetime, *, leg: int = 1, examined_at: datetime | None = None) -> Referral | Refusal:
    return legs.certify(
        state,
        by=JAKARTA,
        at=at,
        statement=digest("certified"),
        leg=leg,
        fitness=None,
        examined_at=examined_at,
        agreement=AGREEMENT,
    )


def test_nobody_leaves_without_a_certificate() -> None:
    assert release(ACCEPTED, JAKARTA, ACCEPTED.latest_at) == FitnessMissing(leg=1)
    assert ACCEPTED.handovers == ()


def test_a_certificate_of_another_leg_does_not_count() -> None:
    other = replace(CERTIFIED, fitness=(replace(CERTIFIED.fitness[0], leg=2),))
    assert release(other, JAKARTA, other.latest_at) == FitnessMissing(leg=1)


def test_a_certificate_is_usable_for_72_hours_to_the_second() -> None:
    certified_at = CERTIFIED.fitness[0].certified_at
    end = certified_at + timedelta(hours=72)
    assert isinstance(release(CERTIFIED, JAKARTA, end), Referral)
    refusal = release(CERTIFIED, JAKARTA, end + SECOND)
    assert refusal == FitnessTooOld(certified_at=certified_at, usable_until=end)


def test_the_newest_certificate_counts_whatever_an_older_one_said() -> None:
    unfit = must(Referral, certify(CERTIFIED, JAKARTA, START + 3 * HOUR, Fitness.UNFIT))
    assert release(unfit, JAKARTA, START + 4 * HOUR) == NotFitToTravel(certified_at=START + 3 * HOUR)
    again = must(Referral, certify(unfit, JAKARTA, START + 5 * HOUR, Fitness.FIT_WITH_ESCORT))
    assert isinstance(release(again, JAKARTA, START + 5 * HOUR), Referral)


def test_a_sealed_fitness_is_not_judged() -> None:
    sealed = must(Referral, certify(ACCEPTED, JAKARTA, ACCEPTED.latest_at, None))
    assert isinstance(release(sealed, JAKARTA, sealed.latest_at), Referral)


@pytest.mark.parametrize(
    ("before", "lawful"),
    [
        (timedelta(0), True),
        (timedelta(hours=72), True),
        (timedelta(hours=72, seconds=1), False),
        (timedelta(seconds=-1), False),
    ],
)
def test_an_examination_is_neither_in_the_future_nor_older_than_72_hours(before: timedelta, lawful: bool) -> None:
    at = ACCEPTED.latest_at
    moved = _certify(ACCEPTED, at, examined_at=at - before)
    assert isinstance(moved, Referral) is lawful
    if not lawful:
        assert moved == FactOutOfTime(name="examined_at", instant=at - before)


@pytest.mark.parametrize("leg", [-1, 0, 2])
def test_there_is_one_leg(leg: int) -> None:
    refusal = WrongLeg(leg=leg, legs=1)
    assert _certify(ACCEPTED, ACCEPTED.latest_at, leg=leg) == refusal
    assert release(CERTIFIED, JAKARTA, CERTIFIED.latest_at, leg=leg) == refusal
    assert receive(RELEASED, EAST_JAVA, RELEASED.latest_at, leg=leg) == refusal


def test_a_release_goes_to_the_referrals_receiver() -> None:
    refusal = release(CERTIFIED, JAKARTA, CERTIFIED.latest_at, to=BALI)
    assert refusal == WrongReceiver(to=BALI, receiver=EAST_JAVA)
    assert CERTIFIED.handovers == ()


def test_a_person_under_way_is_not_released_or_examined_again() -> None:
    under_way = HandoverOpen(release=RELEASED.handovers[0].release)
    assert release(RELEASED, JAKARTA, RELEASED.latest_at) == under_way
    assert certify(RELEASED, JAKARTA, RELEASED.latest_at) == under_way
    assert len(RELEASED.handovers) == 1


def test_a_departure_is_told_after_it_happened_and_before_the_arrival() -> None:
    at = CERTIFIED.latest_at
    assert release(CERTIFIED, JAKARTA, at, happened_at=at + SECOND) == FactOutOfTime(
        name="happened_at", instant=at + SECOND
    )
    early = release(CERTIFIED, JAKARTA, at, happened_at=at, planned_arrival=at - SECOND)
    assert early == FactOutOfTime(name="planned_arrival", instant=at - SECOND)
    assert isinstance(release(CERTIFIED, JAKARTA, at, happened_at=at, planned_arrival=at), Referral)
    assert isinstance(release(CERTIFIED, JAKARTA, at, planned_arrival=at - SECOND), Referral)


def test_a_term_beyond_the_calendar_is_refused_before_it_starts() -> None:
    late = datetime(2030, 12, 30, 1, tzinfo=UTC)
    accepted = must(Referral, accept(sent(at=datetime(2030, 6, 17, tzinfo=UTC)), EAST_JAVA, late - HOUR))
    certified = must(Referral, certify(accepted, JAKARTA, late))
    refusal = release(certified, JAKARTA, late, term=Term.P3WD)
    assert isinstance(refusal, DueNotCountable)
    assert refusal.day.year == 2031
    assert isinstance(release(certified, JAKARTA, late, term=Term.P14D), Referral)


def test_a_receipt_completes_the_referral_and_passes_custody() -> None:
    at = RELEASED.latest_at + DAY
    completed = must(Referral, receive(RELEASED, EAST_JAVA, at, agrees=False, condition=HURT))
    handover = completed.handovers[0]
    assert (completed.status, completed.completed_at, completed.custodian) == (Status.COMPLETED, at, EAST_JAVA)
    assert (handover.status, handover.agrees, handover.settled_at) == (HandoverStatus.RECEIVED, False, at)
    assert (handover.condition_at_release, handover.condition_at_receipt) == (GOOD, HURT)
    assert handover.custodian == EAST_JAVA


def test_a_refusal_leaves_the_person_with_the_sender_who_may_release_again() -> None:
    at = RELEASED.latest_at + DAY
    refused = must(Referral, refuse(RELEASED, EAST_JAVA, at))
    assert (refused.status, refused.completed_at, refused.custodian) == (Status.ACCEPTED, None, JAKARTA)
    assert refused.handovers[0].reason is RefusalReason.WRONG_PERSON
    assert refused.handovers[0].custodian == JAKARTA
    second = must(Referral, release(refused, JAKARTA, at))
    assert [handover.status for handover in second.handovers] == [HandoverStatus.REFUSED, HandoverStatus.RELEASED]
    first, newest = second.handovers
    stale = receive(second, EAST_JAVA, at, release=first.release)
    assert stale == WrongRelease(named=first.release, release=newest.release)
    completed = must(Referral, receive(second, EAST_JAVA, at))
    assert completed.handovers[0] == first
    assert completed.handovers[1].status is HandoverStatus.RECEIVED


def test_nothing_is_received_where_nothing_was_released() -> None:
    for state in (CERTIFIED, STAGES["refused"]):
        refusal = receive(state, EAST_JAVA, state.latest_at)
        assert refusal == NothingReleased(referral=state.id)
        assert refuse(state, EAST_JAVA, state.latest_at) == refusal


@pytest.mark.parametrize("act", [receive, refuse])
@pytest.mark.parametrize(
    ("condition", "agrees", "worse"),
    [(GOOD, False, ()), (HURT, True, ("injury",)), (replace(HURT, nutrition=Grade.GOOD), True, ("injury",))],
)
def test_agrees_must_be_what_the_two_conditions_say(
    act: object, condition: Condition, agrees: bool, worse: tuple[str, ...]
) -> None:
    moved = (receive if act is receive else refuse)(
        RELEASED, EAST_JAVA, RELEASED.latest_at, agrees=agrees, condition=condition
    )
    assert moved == AgreesContradicted(agrees=agrees, worsened=worse)
    assert RELEASED.handovers[0].status is HandoverStatus.RELEASED


@pytest.mark.parametrize("agrees", [True, False])
def test_where_a_condition_is_sealed_agrees_stands_as_signed(agrees: bool) -> None:
    at = RELEASED.latest_at
    unknown_after = must(Referral, receive(RELEASED, EAST_JAVA, at, agrees=agrees, condition=None))
    sealed = must(Referral, release(CERTIFIED, JAKARTA, at, condition=None))
    unknown_before = must(Referral, receive(sealed, EAST_JAVA, at, agrees=agrees, condition=HURT))
    assert unknown_after.handovers[0].agrees is unknown_before.handovers[0].agrees is agrees


def test_a_receipt_is_not_told_before_it_happens() -> None:
    at = RELEASED.latest_at
    refusal = receive(RELEASED, EAST_JAVA, at, happened_at=at + SECOND)
    assert refusal == FactOutOfTime(name="happened_at", instant=at + SECOND)
    assert isinstance(receive(RELEASED, EAST_JAVA, at, happened_at=at - DAY), Referral)


def test_a_handover_is_settled_once_and_by_its_receiver() -> None:
    open_one, settled = RELEASED.handovers[0], STAGES["completed"].handovers[0]
    stranger = settle(open_one, by=BALI, at=START, statement="x", received=True, agrees=True, condition=None)
    assert stranger == WrongParty(by=BALI, belongs_to=EAST_JAVA)
    twice = settle(settled, by=EAST_JAVA, at=START, statement="x", received=True, agrees=True, condition=None)
    assert twice == WrongStatus(status="RECEIVED", allowed=("RELEASED",))


def test_the_host_cannot_receive_for_a_province() -> None:
    assert receive(RELEASED, HOST, RELEASED.latest_at) == WrongParty(by=HOST, belongs_to=EAST_JAVA)


def test_a_handovers_id_is_the_first_half_of_its_statements() -> None:
    assert RELEASED.handovers[0].id == UUID(newest_release(RELEASED)[:32])
