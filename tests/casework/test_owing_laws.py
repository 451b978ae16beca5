"""Laws of what is owed, over random lives of one referral: acts, offers, pauses, outages, papers, notices."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from casework import clocks, counts, obligations, waivers
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Obligation, Paper, State, state
from casework.parties import HOST
from casework.terms import Term
from tests.casework.owing import TERMS, act
from tests.casework.stories import AGREEMENT, EAST_JAVA, HOUR, JAKARTA, SECOND, START, digest

Lives = list[tuple[datetime, tuple[Obligation, ...]]]
FINAL = (State.MET, State.WAIVED)
ACTS = ("referral.acknowledged", "referral.accepted", "referral.declined", "referral.withdrawn", "referral.expired")
steps = st.lists(
    st.tuples(
        st.sampled_from((*ACTS, "waiver", "agree waiver", "pause", "agree pause", "resume", "outage", "note", "paper")),
        st.integers(0, 40 * 3600),  # seconds since the step before
        st.integers(0, 1),  # which obligation
        st.sampled_from((JAKARTA, EAST_JAVA, HOST)),
    ),
    max_size=14,
)


def moved(each: Obligation, verb: str, by: str, at: datetime) -> Obligation:
    """The obligation after this move, or as it was where the move is refused."""
    said = digest(f"{verb} {at.isoformat()} {each.kind}")
    offer = (each.waiver_offer if verb == "agree waiver" else each.pause_offer) or said
    found = {
        "waiver": lambda: waivers.offer_waiver(each, by=by, at=at, statement=said),
        "pause": lambda: waivers.offer_pause(each, by=by, at=at, statement=said),
        "agree waiver": lambda: waivers.agree_waiver(
            each, by=by, at=at, statement=said, offer=offer, kind="obligation.waiver_agreed", agreement=AGREEMENT
        ),
        "agree pause": lambda: waivers.agree_pause(each, by=by, at=at, offer=offer),
        "resume": lambda: waivers.resume(each, by=by, at=at, offer=offer, agreement=AGREEMENT),
        "note": lambda: waivers.note_breach(each, by=by, at=at, statement=said),
    }[verb]()
    return found if isinstance(found, Obligation) else each


def lived(chosen: list[tuple[str, int, int, str]]) -> Lives:
    at = START
    opening = act("referral.sent", at, terms=TERMS)
    standing = counts.advance((), opening, referral="c" * 32, sender=JAKARTA, receiver=EAST_JAVA, agreement=AGREEMENT)
    lives = [(at, standing)]
    for verb, seconds, which, by in chosen:
        before, at = at, at + timedelta(seconds=seconds)
        if verb in ACTS:
            standing = counts.advance(
                standing, act(verb, at), referral="c" * 32, sender=JAKARTA, receiver=EAST_JAVA, agreement=AGREEMENT
            )
        elif verb == "outage" and before < at:
            span = Span(from_=before, until=at)
            standing = tuple(obligations.stopped(each, span, agreement=AGREEMENT) for each in standing)
        elif verb == "paper":
            told = standing[which].ended_by or digest("none")
            standing = counts.recorded(standing, handover=told, paper=Paper(party=by, sha256=digest("paper")))
        elif verb != "outage":
            standing = obligations.replaced(standing, moved(standing[which], verb, by, at))
        lives.append((at, standing))
    return lives


@given(steps)
def test_each_obligation_has_one_debtor_for_ever_and_its_due_never_comes_nearer(
    chosen: list[tuple[str, int, int, str]],
) -> None:
    lives = lived(chosen)
    for (_, before), (_, after) in pairwise(lives):
        for one, other in zip(before, after, strict=True):
            assert (other.debtor, other.creditor) == (one.debtor, one.creditor) == (EAST_JAVA, JAKARTA)
            assert (other.id, other.term, other.opened_at) == (one.id, one.term, one.opened_at)
            assert other.due >= one.due


@given(steps)
def test_what_is_met_or_waived_stays_so_and_what_has_ended_is_open_no_more(
    chosen: list[tuple[str, int, int, str]],
) -> None:
    lives = lived(chosen)
    for (at, before), (later, after) in pairwise(lives):
        for one, other in zip(before, after, strict=True):
            if state(one, at) in FINAL:
                assert state(other, later) is state(one, at)
            assert not one.is_ended or (other.ending, other.ended_at) == (one.ending, one.ended_at)
            assert not other.is_ended or state(other, later) not in (State.OPEN, State.PAUSED)


@given(steps)
def test_stops_are_apart_in_order_and_account_for_the_due(chosen: list[tuple[str, int, int, str]]) -> None:
    for _, standing in lived(chosen):
        for each in standing:
            assert all(one.until < other.from_ for one, other in pairwise(each.stops))
            assert all(stop.from_ < stop.until for stop in each.stops)
            assert each.due >= clocks.due(
                each.term, each.opened_at, each.stops, owed_by=each.debtor, agreement=AGREEMENT
            )
            first = clocks.due(each.term, each.opened_at, (), owed_by=each.debtor, agreement=AGREEMENT)
            stood = sum((stop.length for stop in each.stops), timedelta(0))
            assert first <= each.due
            assert each.term is not Term.PT24H or each.due <= first + stood


@given(steps)
def test_a_clock_that_stood_leaves_as_much_time_as_there_was(chosen: list[tuple[str, int, int, str]]) -> None:
    for (before, standing), (at, later) in pairwise(lived(chosen)):
        for one, other in zip(standing, later, strict=True):
            since = one.paused_since or before
            if other.stops != one.stops:
                assert other.due - at >= one.due - since
                assert one.paused_since is None or not other.is_late  # what is done while it waits is in time


@given(steps, st.integers(0, 400))
def test_without_another_entry_only_the_due_changes_what_has_become_of_it(
    chosen: list[tuple[str, int, int, str]], hours: int
) -> None:
    at, standing = lived(chosen)[-1]
    for each in standing:
        now, then = state(each, at), state(each, at + hours * HOUR)
        if now is State.OPEN:
            assert then is (State.BREACHED if at + hours * HOUR > each.due else State.OPEN)
            assert state(each, each.due) is State.OPEN
            assert state(each, each.due + SECOND) is State.BREACHED
        else:
            assert then is now


def test_a_working_day_that_no_calendar_tells_is_not_guessed() -> None:
    late = START.replace(year=2030, month=12, day=24)
    standing = counts.advance(
        (), act("referral.sent", late, terms={Kind.REFERRAL_ACKNOWLEDGE: Term.PT24H, Kind.REFERRAL_DECIDE: Term.P3WD}),
        referral="c" * 32, sender=JAKARTA, receiver=EAST_JAVA, agreement=AGREEMENT,
    )  # fmt: skip
    decide = standing[1]
    span = Span(from_=late + HOUR, until=late + 9 * 24 * HOUR)
    assert obligations.stopped(decide, span, agreement=AGREEMENT).due == decide.due + span.length


def test_stops_that_touch_are_one_and_those_of_no_length_are_none() -> None:
    """As PostgreSQL keeps them (a multirange), so that the service tells the same stops as the log."""
    stops: tuple[Span, ...] = ()
    for one, other in [(0, 2), (2, 4), (4, 4), (5, 7), (7, 8), (10, 11)]:
        stops = clocks.added(stops, Span(from_=START + one * HOUR, until=START + other * HOUR))
    assert [(stop.from_ - START) / HOUR for stop in stops] == [0, 5, 10]
    assert [(stop.until - START) / HOUR for stop in stops] == [4, 8, 11]
