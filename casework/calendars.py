"""Working days, as the agreement's data lists them.

Promise: whether a day is a working day is answered from the data alone, and only for days the data covers.
Rules: Saturday, Sunday and every listed day (national holiday or joint leave) is not a working day. A day outside the
covered years is an error, never a guess: joint leave is decreed year by year.
Elsewhere: how terms count working days, `casework.terms`; the lists, `casework/data`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

_SATURDAY = 5


class NotCovered(LookupError):
    """The calendar does not say whether this day is a working day."""

    def __init__(self, calendar: str, day: date) -> None:
        super().__init__(f"calendar {calendar} does not cover {day.isoformat()}")
        self.calendar = calendar
        self.day = day


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    day: date
    name: str
    joint_leave: bool  # cuti bersama: decreed, not a national holiday, but offices are closed
    basis: str  # published or proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    name: str
    first: date
    last: date
    holidays: tuple[Holiday, ...]
    closed: frozenset[date]  # the days of `holidays`, for looking up

    def is_working(self, day: date) -> bool:
        if not self.first <= day <= self.last:
            raise NotCovered(self.name, day)
        return day.weekday() < _SATURDAY and day not in self.closed


def working_day_after(calendar: Calendar, day: date, count: int) -> date:
    """The `count`-th working day after `day`, which itself is never counted."""
    if count < 1:
        raise ValueError("at least one working day must be counted")
    while count:
        day += timedelta(days=1)
        count -= calendar.is_working(day)
    return day
