"""What rests on the host's word alone: held against the life in which the host was as silent, and told nothing."""

from collections import defaultdict
from datetime import timedelta

from hypothesis import example, given

from casework.obligations import Obligation, State, state
from ledger import reliances
from ledger.dockets import Docket
from tests.casework.stories import AGREEMENT
from tests.ledger.lives import FULL, Life, Step, lived, steps
from tests.ledger.test_dockets import filled

Named = tuple[str, str, str]
# An answer that is owed within 24 hours, which are over without the first outage.
OVER: list[Step] = [("outage", 23 * 3600, 0, 0, "HOST")]
PAUSED: list[Step] = [
    *OVER,
    ("pause", 2 * 3600, 2, 3, "HOST"),
    ("agree pause", 60, 2, 3, "HOST"),
    ("outage", 3600, 0, 0, "HOST"),
]
MET: list[Step] = [
    *PAUSED,
    ("resume", 0, 2, 3, "HOST"),
    ("outage", 3600, 0, 0, "HOST"),
    ("answered", 60, 2, 3, "HOST"),
]
LET_OFF: list[Step] = [*OVER, ("waiver", 2 * 3600, 2, 3, "HOST"), ("agree waiver", 60, 2, 3, "HOST")]
LET_OFF_IN_TIME: list[Step] = [
    ("outage", 3600, 0, 0, "HOST"),
    ("pause", 60, 2, 3, "HOST"),
    ("agree pause", 60, 2, 3, "HOST"),
    ("waiver", 30 * 3600, 2, 3, "HOST"),
    ("agree waiver", 60, 2, 3, "HOST"),
]


def named(each: Obligation) -> Named:
    return each.kind, each.opened_by, each.referral


def standing(life: Life) -> dict[Named, Obligation]:
    return {named(each): each for told in life.told for each in told.after.obligations}


def quiet(chosen: list[Step]) -> Life:
    """The same, but that the host tells of no outage."""
    return lived([("silence" if verb == "outage" else verb, *rest) for verb, *rest in chosen])  # type: ignore[misc]  # a step has five parts


@given(steps)
@example(FULL)
@example(OVER)
@example(PAUSED)
@example(MET)
@example(LET_OFF)
@example(LET_OFF_IN_TIME)
def test_without_the_hosts_word_it_is_as_if_the_host_had_told_of_no_outage(chosen: list[Step]) -> None:
    life = lived(chosen)
    other = standing(quiet(chosen))
    for row in filled(life, Docket()).rows(life.at):
        alone = other[row.kind, row.opened_by, row.referral]
        became = row.state_without_host or row.state
        if row.state is State.WAIVED and became is State.BREACHED:
            assert alone.due < life.at  # let off too late: what was done later all the same does not count here
        else:
            assert became is state(alone, life.at)
        assert row.due_without_host in (None, alone.due)
        assert (row.due_without_host is None) == (not row.stopped_by_host)
        assert row.state_without_host is not row.state


@given(steps)
@example(FULL)
@example(MET)
def test_every_second_that_a_clock_stood_is_one_words_or_the_others(chosen: list[Step]) -> None:
    life = lived(chosen)
    by_host: defaultdict[Named, timedelta] = defaultdict(timedelta)
    counts = []
    for _, span, changes in life.outages:
        stopped = [
            now
            for told in changes
            if told.before is not None
            for was, now in zip(told.before.obligations, told.after.obligations, strict=True)
            if was != now
        ]
        counts += [len(stopped)] if stopped else []
        for each in stopped:
            by_host[named(each)] += span.length
    docket = filled(life, Docket())
    for row in docket.rows(life.at):
        assert row.stopped_by_host == by_host[row.kind, row.opened_by, row.referral]
        assert row.stopped_by_host + row.stopped_by_pauses == sum((stop.length for stop in row.stops), timedelta(0))
    assert [each.stopped for each in docket.outages] == counts


def answer(chosen: list[Step], later: timedelta = timedelta(0)) -> tuple[State, State | None]:
    """What has become of the answer at the end of a life, and without the host's word."""
    life = lived(chosen)
    (row,) = [each for each in filled(life, Docket()).rows(life.at + later) if each.kind == "discrepancy.answer"]
    return row.state, row.state_without_host


def test_it_is_said_of_each_state_that_only_an_outage_has_made() -> None:
    hours = timedelta(hours=2)
    assert answer(OVER) == (State.OPEN, None)
    assert answer(OVER, hours) == (State.OPEN, State.BREACHED)
    assert answer(PAUSED) == (State.PAUSED, State.BREACHED)
    assert answer(MET) == (State.MET, State.MET_LATE)
    assert answer(LET_OFF) == (State.WAIVED, State.BREACHED)
    assert answer(LET_OFF_IN_TIME) == (State.WAIVED, None)
    assert answer(OVER, 30 * hours) == (State.BREACHED, None)


def test_nothing_rests_on_the_host_where_no_clock_stood_or_only_pauses_stopped_it() -> None:
    life = lived([("pause", 60, 2, 3, "HOST"), ("agree pause", 60, 2, 3, "HOST"), ("resume", 3600, 2, 3, "HOST")])
    rows = list(filled(life, Docket()).rows(life.at))
    assert [row.stopped_by_pauses for row in rows if row.stops] == [timedelta(hours=1)]
    assert {(row.stopped_by_host, row.due_without_host, row.state_without_host) for row in rows} == {
        (timedelta(0), None, None)
    }
    (plain, *_) = standing(lived([])).values()
    assert reliances.of(plain, (), life.at, AGREEMENT) is reliances.NOTHING
