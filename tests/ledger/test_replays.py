"""Signed statements become moves: the story from Jakarta to East Java, and every illegal way."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict

import pytest

from casework.conditions import ITEMS
from casework.drafts import Draft, Facts, differs
from casework.fitness import Fitness
from casework.parties import HOST
from casework.reasons import DeclineReason, RefusalReason
from casework.referrals import Referral, Status
from casework.refusals import (
    AgreesContradicted,
    AlreadySent,
    FactMissing,
    FactOutOfTime,
    FactUnreadable,
    FitnessMissing,
    NeverSent,
    NotFitToTravel,
    NotYetExpired,
    Refusal,
    StaleStatement,
    TermsNotAgreed,
    WrongParty,
    WrongReferral,
    WrongRelease,
)
from casework.terms import Term
from ledger import replays
from ledger.statements import (
    HOST_KEY,
    FitnessCertified,
    HandoverReceived,
    HandoverRefused,
    HandoverReleased,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralExpired,
    ReferralSent,
    ReferralStatement,
    ReferralWithdrawn,
    Seen,
)
from tests.casework.stories import AGREEMENT, BALI, EAST_JAVA, HOUR, JAKARTA, START, digest, draft

ID = "1" * 32
WELL: dict[str, object] = dict.fromkeys(ITEMS, "GOOD")
WORSE: dict[str, object] = {**WELL, "injury": "POOR"}
TOLD: dict[str, object] = {
    "age_band": "13-17",
    "case": "c" * 32,
    "category": "ANAK_TERLANTAR",
    "risk": "LOW",
    "sex": "FEMALE",
    "vulnerability": ["CHILD"],
}
DEPARTURE: dict[str, object] = {
    "carrier": "Bus dinas",
    "condition": WELL,
    "happened_at": None,
    "officer": None,
    "paper": None,
    "place": "Terminal Kampung Rambutan",
    "planned_arrival": None,
}
ARRIVAL: dict[str, object] = {
    "condition": WORSE,
    "happened_at": None,
    "officer": None,
    "paper": None,
    "place": "Terminal Purabaya",
}
TURNED_AWAY: dict[str, object] = {**ARRIVAL, "condition": None, "reason": "WRONG_PERSON"}
EXAMINED: dict[str, object] = {"examined_at": None, "fitness": "FIT", "officer": None, "place": None}

Opened = Mapping[str, object] | None


class Common(TypedDict):
    log: str
    agreement: str
    key_prev: None
    seen: Seen | None
    claimed_at: datetime


COMMON = Common(log="demo.estafet.invalid/log", agreement=AGREEMENT.sha256, key_prev=None, seen=None, claimed_at=START)


def _key(party: str) -> str:
    return f"{party}/k{'0' * 32}"


def sending(
    *, party: str = JAKARTA, to: str = EAST_JAVA, acknowledge: str = "PT24H", decide: str = "P3WD"
) -> ReferralSent:
    return ReferralSent(
        **COMMON,
        party=party,
        key=_key(party),
        referral=ID,
        to=to,
        term_acknowledge=acknowledge,
        term_decide=decide,
        sealed={},
    )


def acknowledging(prev: str, party: str = EAST_JAVA) -> ReferralAcknowledged:
    return ReferralAcknowledged(**COMMON, party=party, key=_key(party), referral=ID, referral_prev=prev, sealed={})


def accepting(prev: str, party: str = EAST_JAVA) -> ReferralAccepted:
    return ReferralAccepted(**COMMON, party=party, key=_key(party), referral=ID, referral_prev=prev, sealed={})


def declining(prev: str, party: str = EAST_JAVA) -> ReferralDeclined:
    return ReferralDeclined(**COMMON, party=party, key=_key(party), referral=ID, referral_prev=prev, sealed={})


def withdrawing(prev: str, party: str = JAKARTA) -> ReferralWithdrawn:
    return ReferralWithdrawn(**COMMON, party=party, key=_key(party), referral=ID, referral_prev=prev)


def expiring(prev: str) -> ReferralExpired:
    return ReferralExpired(**COMMON, party=HOST, key=HOST_KEY, referral=ID, referral_prev=prev)


def certifying(prev: str, party: str = JAKARTA) -> FitnessCertified:
    return FitnessCertified(**COMMON, party=party, key=_key(party), referral=ID, referral_prev=prev, leg=1, sealed={})


def releasing(prev: str, party: str = JAKARTA) -> HandoverReleased:
    return HandoverReleased(
        **COMMON,
        party=party,
        key=_key(party),
        referral=ID,
        referral_prev=prev,
        leg=1,
        to=EAST_JAVA,
        term="P3D",
        sealed={},
    )


def receiving(
    prev: str, party: str = EAST_JAVA, *, agrees: bool = False, release: str | None = None
) -> HandoverReceived:
    return HandoverReceived(
        **COMMON,
        party=party,
        key=_key(party),
        referral=ID,
        referral_prev=prev,
        leg=1,
        release=prev if release is None else release,
        agrees=agrees,
        sealed={},
    )


def refusing(prev: str, party: str = EAST_JAVA, *, agrees: bool = True) -> HandoverRefused:
    return HandoverRefused(
        **COMMON,
        party=party,
        key=_key(party),
        referral=ID,
        referral_prev=prev,
        leg=1,
        release=prev,
        agrees=agrees,
        sealed={},
    )


def moved(
    state: Referral | None, statement: ReferralStatement, opened: Opened = None, *, at: datetime = START
) -> Referral | Refusal:
    """The move, and the assurance that the state before it stays as it was."""
    before = deepcopy(state)
    result = replays.move(state, statement, id=digest(f"{statement}"), at=at, agreement=AGREEMENT, opened=opened)
    assert state == before
    return result


def made(
    state: Referral | None, statement: ReferralStatement, opened: Opened = None, *, at: datetime = START
) -> Referral:
    result = moved(state, statement, opened, at=at)
    assert isinstance(result, Referral), result
    assert result.last == digest(f"{statement}")
    return result


SENT = made(None, sending(), TOLD)
ACCEPTED = made(SENT, accepting(SENT.last), {"reason": None})
CERTIFIED = made(ACCEPTED, certifying(ACCEPTED.last), EXAMINED)
RELEASED = made(CERTIFIED, releasing(CERTIFIED.last), DEPARTURE)


def test_from_jakarta_to_east_java() -> None:
    acknowledged = made(SENT, acknowledging(SENT.last), {"reason": None}, at=START + HOUR)
    assert (acknowledged.status, acknowledged.acknowledged_at) == (Status.ACKNOWLEDGED, START + HOUR)
    accepted = made(acknowledged, accepting(acknowledged.last), {"reason": None}, at=START + 2 * HOUR)
    certified = made(accepted, certifying(accepted.last), EXAMINED, at=START + 3 * HOUR)
    assert certified.fitness[0].fitness is Fitness.FIT
    assert (certified.fitness[0].statement, certified.fitness[0].certified_at) == (certified.last, START + 3 * HOUR)
    released = made(certified, releasing(certified.last), DEPARTURE, at=START + 4 * HOUR)
    assert (released.handovers[0].release, released.handovers[0].term) == (released.last, Term.P3D)
    completed = made(released, receiving(released.last), ARRIVAL, at=START + 30 * HOUR)
    assert (completed.status, completed.custodian) == (Status.COMPLETED, EAST_JAVA)
    assert (completed.handovers[0].agrees, completed.handovers[0].receipt) == (False, completed.last)


def test_the_same_story_without_openings_differs_only_in_what_is_sealed() -> None:
    state = made(None, sending())
    state = made(state, accepting(state.last))
    state = made(state, certifying(state.last))
    state = made(state, releasing(state.last))
    state = made(state, receiving(state.last))
    assert state.status is Status.COMPLETED
    assert state.fitness[0].fitness is None
    assert (state.handovers[0].condition_at_release, state.handovers[0].condition_at_receipt) == (None, None)
    assert state.handovers[0].agrees is False


def test_a_refused_handover_is_released_again() -> None:
    refused = made(RELEASED, refusing(RELEASED.last), TURNED_AWAY)
    assert refused.status is Status.ACCEPTED
    assert refused.handovers[0].reason is RefusalReason.WRONG_PERSON
    again = made(refused, releasing(refused.last), DEPARTURE)
    first = again.handovers[0].release
    wrong = moved(again, receiving(again.last, release=first), ARRIVAL)
    assert wrong == WrongRelease(named=first, release=again.last)
    assert made(again, receiving(again.last), ARRIVAL).status is Status.COMPLETED


def test_declined_withdrawn_and_expired() -> None:
    declined = made(SENT, declining(SENT.last), {"reason": "NO_CAPACITY"})
    assert (declined.status, declined.reason) == (Status.DECLINED, DeclineReason.NO_CAPACITY)
    assert made(SENT, declining(SENT.last)).reason is None
    assert made(SENT, withdrawing(SENT.last)).status is Status.WITHDRAWN
    end = START + timedelta(days=14)
    assert moved(SENT, expiring(SENT.last), at=end - HOUR) == NotYetExpired(expires_at=end)
    assert made(SENT, expiring(SENT.last), at=end).status is Status.EXPIRED


def test_a_referral_is_sent_once() -> None:
    assert moved(SENT, sending(), TOLD) == AlreadySent(referral=ID)


ACTS: list[tuple[Callable[[str, str], ReferralStatement], str]] = [
    (acknowledging, EAST_JAVA),
    (accepting, EAST_JAVA),
    (declining, EAST_JAVA),
    (withdrawing, JAKARTA),
    (certifying, JAKARTA),
    (releasing, JAKARTA),
    (receiving, EAST_JAVA),
    (refusing, EAST_JAVA),
]


@pytest.mark.parametrize(("act", "owner"), ACTS)
@pytest.mark.parametrize("state", [SENT, ACCEPTED, CERTIFIED, RELEASED])
def test_each_act_must_name_the_last_statement_and_a_stranger_is_not_told_which_that_is(
    act: Callable[[str, str], ReferralStatement], owner: str, state: Referral
) -> None:
    stale, elsewhere = digest("an older one"), replace(state, id="2" * 32)
    assert moved(None, act(stale, owner)) == NeverSent(referral=ID)
    assert moved(state, act(stale, owner)) == StaleStatement(named=stale, last=state.last)
    assert moved(elsewhere, act(state.last, owner)) == WrongReferral(named=ID, referral="2" * 32)
    assert moved(state, act(stale, BALI)) == WrongParty(by=BALI, belongs_to=owner)


def test_the_host_too_must_name_the_last_statement() -> None:
    stale = digest("an older one")
    assert moved(SENT, expiring(stale)) == StaleStatement(named=stale, last=SENT.last)
    assert moved(None, expiring(stale)) == NeverSent(referral=ID)


def test_the_second_of_two_concurrent_acts_is_stale() -> None:
    accepted = made(SENT, accepting(SENT.last), {"reason": None})
    assert moved(accepted, withdrawing(SENT.last)) == StaleStatement(named=SENT.last, last=accepted.last)
    assert made(accepted, withdrawing(accepted.last)).status is Status.WITHDRAWN


def test_whether_or_not_the_risk_is_opened_no_other_terms_than_everybodys_are_named() -> None:
    hurried = sending(acknowledge="PT6H", decide="PT24H")
    refused = TermsNotAgreed(term_acknowledge="PT6H", term_decide="PT24H")
    assert [moved(None, hurried, told) for told in (None, TOLD, {**TOLD, "risk": "EMERGENCY"})] == [refused] * 3
    assert isinstance(moved(None, sending(), {**TOLD, "risk": "EMERGENCY"}), Referral)
    assert moved(None, sending(decide="P14D")) == TermsNotAgreed(term_acknowledge="PT24H", term_decide="P14D")


@pytest.mark.parametrize(
    ("state", "act", "opened", "refusal"),
    [
        (None, sending(), {**TOLD, "risk": None}, FactMissing(name="risk")),
        (None, sending(), {**TOLD, "category": "X"}, FactUnreadable(name="category")),
        (SENT, acknowledging(SENT.last), {"reason": "OTHER"}, FactUnreadable(name="reason")),
        (SENT, accepting(SENT.last), {"reason": "OTHER"}, FactUnreadable(name="reason")),
        (SENT, declining(SENT.last), {"reason": None}, FactMissing(name="reason")),
        (SENT, declining(SENT.last), {"reason": "BECAUSE"}, FactUnreadable(name="reason")),
        (SENT, declining(SENT.last), {"reason": "WRONG_PERSON"}, FactUnreadable(name="reason")),
        (ACCEPTED, certifying(ACCEPTED.last), {**EXAMINED, "fitness": None}, FactMissing(name="fitness")),
        (ACCEPTED, certifying(ACCEPTED.last), {**EXAMINED, "place": 7}, FactUnreadable(name="place")),
        (
            ACCEPTED,
            certifying(ACCEPTED.last),
            {**EXAMINED, "examined_at": "2026-03-02T03:00:01Z"},
            FactOutOfTime(name="examined_at", instant=datetime(2026, 3, 2, 3, 0, 1, tzinfo=UTC)),
        ),
        (ACCEPTED, releasing(ACCEPTED.last), DEPARTURE, FitnessMissing(leg=1)),
        (CERTIFIED, releasing(CERTIFIED.last), {**DEPARTURE, "condition": None}, FactMissing(name="condition")),
        (CERTIFIED, releasing(CERTIFIED.last), {**DEPARTURE, "carrier": ""}, FactUnreadable(name="carrier")),
        (
            CERTIFIED,
            releasing(CERTIFIED.last),
            {**DEPARTURE, "planned_arrival": 1},
            FactUnreadable(name="planned_arrival"),
        ),
        (RELEASED, receiving(RELEASED.last), {**ARRIVAL, "condition": None}, FactMissing(name="condition")),
        (RELEASED, receiving(RELEASED.last), {**ARRIVAL, "paper": []}, FactUnreadable(name="paper")),
        (
            RELEASED,
            receiving(RELEASED.last, agrees=True),
            ARRIVAL,
            AgreesContradicted(agrees=True, worsened=("injury",)),
        ),
        (RELEASED, refusing(RELEASED.last), {**TURNED_AWAY, "reason": None}, FactMissing(name="reason")),
        (RELEASED, refusing(RELEASED.last), {**TURNED_AWAY, "reason": "DUPLICATE"}, FactUnreadable(name="reason")),
        (
            RELEASED,
            refusing(RELEASED.last),
            {**TURNED_AWAY, "condition": WORSE},
            AgreesContradicted(agrees=True, worsened=("injury",)),
        ),
    ],
)
def test_opened_facts_are_judged(
    state: Referral | None, act: ReferralStatement, opened: Mapping[str, object], refusal: Refusal
) -> None:
    assert moved(state, act, opened) == refusal


def test_a_condition_known_at_one_end_only_is_not_compared() -> None:
    sealed = {name: value for name, value in ARRIVAL.items() if name != "condition"}
    assert made(RELEASED, receiving(RELEASED.last, agrees=True), sealed).status is Status.COMPLETED


def test_an_unfit_person_is_not_moved_once_that_is_opened() -> None:
    unfit = made(ACCEPTED, certifying(ACCEPTED.last), {**EXAMINED, "fitness": "UNFIT"})
    assert moved(unfit, releasing(unfit.last), DEPARTURE) == NotFitToTravel(certified_at=START)


def test_what_a_statement_sends_can_be_compared_with_its_case() -> None:
    told = replays.drafted(sending(), TOLD)
    assert isinstance(told, Draft)
    assert differs(draft(), told) is None
    assert replays.drafted(sending(), {**TOLD, "sex": None}) == FactMissing(name="sex")
    assert replays.drafted(sending(), {}) == replace(told, facts=Facts())
