"""What is owed at the sealed risk: never less than what the log tells, and judged by the same instants."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import obligations, urgencies
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Ending, Obligation, State
from casework.risks import Risk
from casework.terms import Term
from tests.casework.stories import AGREEMENT, BEFORE, DAY, EAST_JAVA, HOUR, JAKARTA, SECOND, START, digest

KINDS = (Kind.REFERRAL_ACKNOWLEDGE, Kind.REFERRAL_DECIDE)
IN_CLEAR = {Kind.REFERRAL_ACKNOWLEDGE: Term.PT24H, Kind.REFERRAL_DECIDE: Term.P3WD, Kind.HANDOVER_RECEIPT: Term.PT24H}


def owed(kind: Kind = Kind.REFERRAL_DECIDE, opened_at: datetime = START) -> Obligation:
    term = IN_CLEAR[kind]
    return Obligation(
        kind=kind,
        opened_by=digest("sent"),
        referral="1" * 32,
        debtor=EAST_JAVA,
        creditor=JAKARTA,
        term=term,
        opened_at=opened_at,
        due=AGREEMENT.due(AGREEMENT.member(EAST_JAVA), term, opened_at),
    )


def hastened(obligation: Obligation, risk: Risk = Risk.HIGH) -> Obligation:
    found = urgencies.hastened(obligation, risk, AGREEMENT)
    assert found is not None
    return found


def settled(obligation: Obligation, at: datetime, ending: Ending = Ending.SETTLED) -> Obligation:
    return obligations.ended(obligation, ending, at=at, by="ab" * 32, kind="referral.accepted", agreement=AGREEMENT)


@pytest.mark.parametrize(
    ("risk", "acknowledge", "decide"),
    [
        (Risk.LOW, DAY, None),
        (Risk.MEDIUM, DAY, None),
        (Risk.HIGH, DAY, DAY),
        (Risk.EMERGENCY, 6 * HOUR, DAY),
    ],
)
def test_the_risk_decides_how_soon(risk: Risk, acknowledge: timedelta, decide: timedelta | None) -> None:
    first, then = (hastened(owed(kind), risk) for kind in KINDS)
    assert first.due == START + acknowledge
    assert then.due == (owed().due if decide is None else START + decide)


def test_no_risk_hastens_what_is_owed_on_the_way() -> None:
    assert urgencies.hastened(owed(Kind.HANDOVER_RECEIPT), Risk.EMERGENCY, AGREEMENT) is None


def test_where_the_terms_in_clear_are_the_risks_own_there_is_nothing_to_hasten() -> None:
    """Data of the format before: what the log tells is what is owed."""
    told = replace(owed(), term=Term.PT24H, due=START + DAY)
    assert urgencies.hastened(told, Risk.HIGH, BEFORE) == told


@pytest.mark.parametrize(
    ("late", "strict", "in_clear"),
    [
        (timedelta(0), State.MET, State.MET),
        (SECOND, State.MET_LATE, State.MET),
        (5 * DAY, State.MET_LATE, State.MET_LATE),
    ],
)
def test_who_answers_an_urgent_one_after_its_own_due_is_late_though_the_log_says_met(
    late: timedelta, strict: State, in_clear: State
) -> None:
    answered = settled(owed(), START + DAY + late)
    at = START + 9 * DAY
    assert (obligations.state(hastened(answered), at), obligations.state(answered, at)) == (strict, in_clear)


def test_who_does_not_answer_an_urgent_one_in_time_has_broken_it_before_the_log_says_so() -> None:
    at = START + DAY + SECOND
    assert obligations.state(hastened(owed()), at - SECOND) is State.OPEN
    assert obligations.state(hastened(owed()), at) is State.BREACHED
    assert obligations.state(owed(), at) is State.OPEN


def test_a_pause_in_time_moves_both_dues_and_one_that_came_too_late_only_the_one_in_clear() -> None:
    def paused(from_: datetime) -> Obligation:
        waiting = obligations.paused(owed(), at=from_)
        return obligations.resumed(waiting, at=from_ + 5 * HOUR, agreement=AGREEMENT)

    in_time, too_late = paused(START + HOUR), paused(START + 30 * HOUR)
    assert hastened(in_time).due == START + DAY + 5 * HOUR
    assert hastened(too_late).due == START + DAY
    assert min(in_time.due, too_late.due) > owed().due - SECOND


def test_while_a_pause_that_came_in_time_runs_the_urgent_one_waits_too() -> None:
    at = START + 40 * HOUR
    assert obligations.state(hastened(obligations.paused(owed(), at=START + HOUR)), at) is State.PAUSED
    assert obligations.state(hastened(obligations.paused(owed(), at=START + 30 * HOUR)), at) is State.BREACHED


def test_who_is_let_off_after_the_urgent_due_was_late_already() -> None:
    in_time, too_late = (settled(owed(), at, Ending.WAIVED) for at in (START + DAY, START + DAY + SECOND))
    at = START + 2 * DAY
    assert obligations.state(hastened(in_time), at) is State.WAIVED
    assert obligations.state(hastened(too_late), at) is State.BREACHED
    assert obligations.state(too_late, at) is State.WAIVED


spans = st.lists(st.tuples(st.integers(1, 40 * 3600), st.integers(1, 40 * 3600)), max_size=4)


@given(kind=st.sampled_from(KINDS), risk=st.sampled_from(Risk), spans=spans, start=st.integers(0, 14 * 24 * 3600))
def test_the_urgent_due_is_never_later_and_never_leaves_less_than_its_term(
    kind: Kind, risk: Risk, spans: list[tuple[int, int]], start: int
) -> None:
    obligation = owed(kind, START + timedelta(seconds=start))
    at = obligation.opened_at
    for until, length in spans:
        at += timedelta(seconds=until)
        span = Span(from_=at, until=at + timedelta(seconds=length))
        obligation, at = obligations.stopped(obligation, span, agreement=AGREEMENT), span.until
    strict = hastened(obligation, risk)
    assert strict.due <= obligation.due
    term = urgencies.term_of(kind, risk, AGREEMENT)
    assert term is not None
    first = AGREEMENT.due(AGREEMENT.member(EAST_JAVA), term, obligation.opened_at)
    stood = sum((stop.length for stop in obligation.stops if stop.from_ <= strict.due), timedelta(0))
    assert strict.due >= min(first + stood, obligation.due)
