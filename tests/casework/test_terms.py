"""Laws of terms and calendars, and the stories behind them, on both offsets."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

import casework.terms
from casework.calendars import NotCovered, working_day_after
from casework.parties import Party
from casework.terms import Term
from tests.casework.stories import AGREEMENT, BALI, JAKARTA, SECOND

CALENDAR = AGREEMENT.calendars[0]
PROVINCES = st.sampled_from(AGREEMENT.parties)
FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 11, 30, tzinfo=UTC)
INSTANTS = st.integers(0, int((LAST - FIRST).total_seconds())).map(lambda seconds: FIRST + seconds * SECOND)
DAYS = st.dates(CALENDAR.first, CALENDAR.last - timedelta(days=30))
TERMS = st.sampled_from(Term)


def _party(code: str) -> Party:
    party = AGREEMENT.party(code)
    assert party is not None
    return party


@given(TERMS, PROVINCES, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_due_is_monotone(term: Term, party: Party, at: datetime, later: timedelta) -> None:
    assert AGREEMENT.due(party, term, at) <= AGREEMENT.due(party, term, at + later)


@given(TERMS, PROVINCES, INSTANTS)
def test_due_lies_after_the_start_and_is_told_in_utc(term: Term, party: Party, at: datetime) -> None:
    due = AGREEMENT.due(party, term, at)
    assert due > at
    assert due.utcoffset() == timedelta(0)


@given(TERMS, PROVINCES, INSTANTS, st.integers(-12, 14))
def test_due_does_not_depend_on_the_zone_in_which_the_start_is_written(
    term: Term, party: Party, at: datetime, hours: int
) -> None:
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))
    assert AGREEMENT.due(party, term, elsewhere) == AGREEMENT.due(party, term, at)
    assert AGREEMENT.in_force(elsewhere) == AGREEMENT.in_force(at)


@given(PROVINCES, INSTANTS)
def test_working_days_end_with_the_last_second_of_a_working_day_there(party: Party, at: datetime) -> None:
    local = AGREEMENT.due(party, Term.P3WD, at) + party.offset
    assert (local.hour, local.minute, local.second) == (23, 59, 59)
    assert CALENDAR.is_working(local.date())
    start = (at + party.offset).date()
    between = [start + timedelta(days=n) for n in range(1, (local.date() - start).days + 1)]
    assert sum(CALENDAR.is_working(day) for day in between) == 3


@given(DAYS, st.integers(1, 5), st.integers(1, 5))
def test_counting_working_days_can_be_done_in_two_steps(day: date, first: int, then: int) -> None:
    halfway = working_day_after(CALENDAR, day, first)
    assert working_day_after(CALENDAR, halfway, then) == working_day_after(CALENDAR, day, first + then)


@given(DAYS, st.integers(1, 5))
def test_a_counted_working_day_is_neither_weekend_nor_holiday(day: date, count: int) -> None:
    found = working_day_after(CALENDAR, day, count)
    assert found.weekday() < 5
    assert found not in {holiday.day for holiday in CALENDAR.holidays}


@pytest.mark.parametrize("holiday", CALENDAR.holidays, ids=lambda holiday: f"{holiday.day}")
def test_no_listed_day_is_a_working_day(holiday: object) -> None:
    assert holiday in CALENDAR.holidays
    assert not any(CALENDAR.is_working(each.day) for each in CALENDAR.holidays)


@pytest.mark.parametrize(
    ("code", "at", "due"),
    [
        # Monday morning: Tuesday, Wednesday, Thursday.
        (JAKARTA, datetime(2026, 3, 2, 3, 0, tzinfo=UTC), datetime(2026, 3, 5, 16, 59, 59, tzinfo=UTC)),
        (BALI, datetime(2026, 3, 2, 3, 0, tzinfo=UTC), datetime(2026, 3, 5, 15, 59, 59, tzinfo=UTC)),
        # The last second of Monday in Jakarta is already Tuesday in Bali.
        (JAKARTA, datetime(2026, 3, 2, 16, 59, 59, tzinfo=UTC), datetime(2026, 3, 5, 16, 59, 59, tzinfo=UTC)),
        (BALI, datetime(2026, 3, 2, 16, 59, 59, tzinfo=UTC), datetime(2026, 3, 6, 15, 59, 59, tzinfo=UTC)),
        (BALI, datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 5, 15, 59, 59, tzinfo=UTC)),
        # Friday, Saturday and Sunday all end on Wednesday.
        (JAKARTA, datetime(2026, 3, 6, 3, 0, tzinfo=UTC), datetime(2026, 3, 11, 16, 59, 59, tzinfo=UTC)),
        (JAKARTA, datetime(2026, 3, 8, 3, 0, tzinfo=UTC), datetime(2026, 3, 11, 16, 59, 59, tzinfo=UTC)),
        # Across Nyepi, Idulfitri and their joint leave: Tuesday 17 March, then only 25 to 27 March.
        (JAKARTA, datetime(2026, 3, 17, 3, 0, tzinfo=UTC), datetime(2026, 3, 27, 16, 59, 59, tzinfo=UTC)),
    ],
)
def test_three_working_days_in_stories(code: str, at: datetime, due: datetime) -> None:
    assert AGREEMENT.due(_party(code), Term.P3WD, at) == due


@pytest.mark.parametrize(
    ("term", "span"),
    [
        (Term.PT6H, timedelta(hours=6)),
        (Term.PT24H, timedelta(hours=24)),
        (Term.P3D, timedelta(days=3)),
        (Term.P7D, timedelta(days=7)),
        (Term.P14D, timedelta(days=14)),
    ],
)
def test_hours_and_days_are_exact_spans_everywhere(term: Term, span: timedelta) -> None:
    at = datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC)
    assert {AGREEMENT.due(party, term, at) for party in AGREEMENT.parties} == {at + span}
    assert casework.terms.span(term) == span


def test_an_instant_without_offset_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="own zone"):
        casework.terms.due(Term.PT6H, FIRST.replace(tzinfo=None), timedelta(0), CALENDAR)


def test_beyond_the_calendar_nothing_is_guessed() -> None:
    assert CALENDAR.is_working(date(2030, 12, 31))
    for outside in (date(2024, 12, 31), date(2031, 1, 1)):
        with pytest.raises(NotCovered, match="nasional") as told:
            CALENDAR.is_working(outside)
        assert told.value.day == outside
    with pytest.raises(NotCovered):
        AGREEMENT.due(_party(JAKARTA), Term.P3WD, datetime(2030, 12, 30, tzinfo=UTC) + SECOND)
    with pytest.raises(ValueError, match="at least one"):
        working_day_after(CALENDAR, date(2026, 3, 2), 0)


@pytest.mark.parametrize("text", ["", "PT0H", "P3WD", "P1W", "PT72", "pt6h", "PT6H ", "P99999D", "PT٦H"])
def test_anything_else_is_no_exact_span(text: str) -> None:
    assert casework.terms.span(text) is None
    assert casework.terms.is_term(text) is (text == "P3WD")
