"""Clocks: how a due moves when the clock of an obligation stands still.

Promise: a due never moves to an earlier instant, and only time in which the clock really ran is counted.
Rules: a clock stands still from the first instant of a stop up to its end. The due moves by as long as it stood; where
the term counts working days it still ends with the last second of a working day of the obliged party: the day on which
the moved instant falls, or the next working day. What begins after the due stops nothing: that clock has run out.
Elsewhere: terms without stops, `casework.terms`; which stops an obligation has, `casework.obligations`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from casework.agreements import Agreement
from casework.calendars import NotCovered
from casework.terms import Term, counts_working_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From an instant up to another, which is no longer part of it."""

    from_: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.from_


def overlap(one: Span, other: Span) -> bool:
    return one.from_ < other.until and other.from_ < one.until


def joined(stops: Iterable[Span]) -> tuple[Span, ...]:
    """The same stops in order, those that touch as one; one of no length is none."""
    spans: list[Span] = []
    for stop in sorted(stops, key=lambda each: each.from_):
        if spans and stop.from_ <= spans[-1].until:
            spans[-1] = Span(from_=spans[-1].from_, until=max(spans[-1].until, stop.until))
        elif stop.from_ < stop.until:
            spans.append(stop)
    return tuple(spans)


def due(term: Term, opened_at: datetime, stops: tuple[Span, ...], *, owed_by: str, agreement: Agreement) -> datetime:
    """The last second in time. `stops` are in order and apart from each other; raises `calendars.NotCovered`."""
    first = agreement.due(agreement.member(owed_by), term, opened_at)
    latest, stood = first, timedelta(0)
    for stop in stops:
        if stop.from_ > latest:
            break
        stood += stop.length
        latest = _ended(term, first + stood, owed_by, agreement)
    return latest


def _ended(term: Term, moved: datetime, owed_by: str, agreement: Agreement) -> datetime:
    if not counts_working_days(term):
        return moved
    party = agreement.member(owed_by)
    day = agreement.local_date(party, moved)
    try:
        while not agreement.calendar(party).is_working(day):
            day += timedelta(days=1)
    except NotCovered:
        return moved  # beyond the years that were decreed: the instant itself, rather than a guess
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC) - party.offset
