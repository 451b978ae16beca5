"""Terms: how long a party has, and the instant at which that is over.

Promise: `due` is the last second in which the obliged party is still in time; an act at `due` is met, one second
later is late. Later starts never give earlier dues.
Rules: hours and days are exact spans (`P3D` is 3 x 24 h). Working days are whole days of the obliged party: the day of
the act is not counted, and the term ends with the last second of the last working day, local time, so that an act
late on a Friday costs nobody a day.
A party without a reachable due (the calendar ends before) is told so when it acts, not when it is judged.
Elsewhere: which obligation has which term, `casework.agreements`.
"""

import re
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import assert_never

from casework.calendars import Calendar, working_day_after


class Term(StrEnum):
    """The short list used for every class of person, so that a term in a statement names none."""

    PT6H = "PT6H"
    PT24H = "PT24H"
    P3D = "P3D"
    P7D = "P7D"
    P14D = "P14D"
    P3WD = "P3WD"


_EXACT = re.compile(r"PT([1-9][0-9]{0,3})H|P([1-9][0-9]{0,3})D")
_WORKING_DAYS = re.compile(r"P[1-9][0-9]?WD")


def span(text: str) -> timedelta | None:
    """An exact span of hours or days; None for anything else, working days included."""
    found = _EXACT.fullmatch(text)
    if found is None:
        return None
    hours, days = found.groups()
    return timedelta(hours=int(hours)) if hours else timedelta(days=int(days))


def is_term(text: str) -> bool:
    return span(text) is not None or _WORKING_DAYS.fullmatch(text) is not None


def counts_working_days(term: Term) -> bool:
    return _WORKING_DAYS.fullmatch(term) is not None


def due(term: Term, at: datetime, offset: timedelta, calendar: Calendar) -> datetime:
    """The last instant, in UTC, at which an obligation that began at `at` is met in time (O3)."""
    if at.utcoffset() is None:
        raise ValueError("an instant without its offset would be read in the machine's own zone")
    start = at.astimezone(UTC)
    match term:
        case Term.PT6H:
            return start + timedelta(hours=6)
        case Term.PT24H:
            return start + timedelta(hours=24)
        case Term.P3D:
            return start + timedelta(days=3)
        case Term.P7D:
            return start + timedelta(days=7)
        case Term.P14D:
            return start + timedelta(days=14)
        case Term.P3WD:
            last_day = working_day_after(calendar, (start + offset).date(), 3)
            return datetime.combine(last_day, time(23, 59, 59), tzinfo=UTC) - offset
    assert_never(term)
