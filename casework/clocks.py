"""Clocks: how a due moves when the clock of an obligation stands still.

Promise: whoever had time left when the clock stopped has as much when it runs on, and only time in which it really
ran is counted.
Rules: a clock stands still from the first instant of a stop up to its end. The due moves by as long as all stops
together; where the term counts working days it then ends with the last second of a working day of the obliged party:
the day on which the moved instant falls, or the next working day. So small stops do not give a day each; where that
would come to less than the due before and this stop's own length, it is these (`casework.obligations`).
Elsewhere: terms without stops, `casework.terms`; which stops an obligation has, `casework.obligations`.
"""

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


def added(stops: tuple[Span, ...], stop: Span) -> tuple[Span, ...]:
    """The stops with one more behind them; those that touch are one, and one of no length is none."""
    if stop.from_ == stop.until:
        return stops
    if stops and stops[-1].until == stop.from_:
        return (*stops[:-1], Span(from_=stops[-1].from_, until=stop.until))
    return (*stops, stop)


def due(term: Term, opened_at: datetime, stops: tuple[Span, ...], *, owed_by: str, agreement: Agreement) -> datetime:
    """The last second in time (O3, O4), or `calendars.NotCovered`. Each stop began when the clock had not run out."""
    first = agreement.due(agreement.member(owed_by), term, opened_at)
    stood = sum((stop.length for stop in stops), timedelta(0))
    return _ended(term, first + stood, owed_by, agreement) if stops else first


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
