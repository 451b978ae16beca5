"""Indonesian and English: words, numbers, shares, days, and what a suppressed count is written as.

Promise: the same page in both languages; a number that is not shown is written the same way everywhere.
Rules: instants are told by the clock of the place of signature, with its offset.
Elsewhere: the words, `cli.audit.obligations.words`.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cli.audit.obligations.markup import Markup, tag
from cli.audit.obligations.suppression import FEW, SMALL, Shown
from cli.audit.obligations.words import WORDS

MONTHS: Final = (
    "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "January February March April May June July August September October November December",
)
TERM: Final = re.compile(r"(?:PT(?P<hours>\d+)H|P(?P<days>\d+)D|P(?P<working_days>\d+)WD)", re.ASCII)
FEW_SIGN, HELD_SIGN = "<5", "*"
WIDEST: Final = 0.25  # a range of shares wider than this tells nothing


@dataclass(frozen=True, slots=True)
class Language:
    """One of the two."""

    code: str
    place: int  # in pairs of texts

    def say(self, name: str, /, **values: object) -> str:
        """A text by its name."""
        return WORDS[name][self.place].format(**values)

    def pick(self, indonesian: str, english: str) -> str:
        """The one of two texts of the agreement's."""
        return (indonesian, english)[self.place]

    def number(self, number: int) -> str:
        """With its thousands apart."""
        return f"{number:,}".replace(",", (".", ",")[self.place])

    def percent(self, tenths: int) -> str:
        """Tenths of a percent."""
        whole, tenth = divmod(tenths, 10)
        return f"{whole}{(',', '.')[self.place]}{tenth}%" if tenth else f"{whole}%"

    def count(self, shown: Shown) -> str:
        """A count as far as it is shown, as plain text."""
        if shown.exact is not None:
            return self.number(shown.exact)
        return FEW_SIGN if shown == FEW else HELD_SIGN

    def cell(self, shown: Shown) -> Markup:
        """The same for a page: what is not shown says why."""
        if shown.exact is not None:
            return tag("span", self.number(shown.exact), class_="zero" if not shown.exact else None)
        why = self.say("few" if shown == FEW else "held")
        return tag("abbr", self.count(shown), title=why, class_="held")

    def step(self, shown: Shown) -> Markup:
        """A count as the five numbers that it is among."""
        if not shown.exact:
            return self.cell(shown)
        low = shown.exact - shown.exact % SMALL
        return tag("span", f"{self.number(low)}–{self.number(low + SMALL - 1)}")

    def lasting(self, length: timedelta) -> str:
        """A length of time, in hours and minutes."""
        hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
        return self.say("lasting", hours=self.number(hours), minutes=minutes)

    def share(self, bounds: tuple[float, float] | None) -> str:
        """A share or its range, in tenths of a percent rounded down: 100% is all."""
        if bounds is None or bounds[1] - bounds[0] > WIDEST:
            return HELD_SIGN
        low, high = math.floor(bounds[0] * 1000 + 1e-9), math.floor(bounds[1] * 1000 + 1e-9)
        return self.percent(low) if low == high else f"{self.percent(low)}–{self.percent(high)}"

    def instant(self, at: datetime | None, offset: timedelta) -> str:
        """A day and a time of day, with the offset."""
        if at is None:
            return "?"
        try:
            there = at.astimezone(UTC) + offset
        except OverflowError:  # in the last hours of the last year, or the first of the first
            there, offset = at.astimezone(UTC), timedelta()
        hours, minutes = divmod(int(offset.total_seconds()) // 60, 60)
        zone = f"UTC{hours:+d}" + (f":{minutes:02}" if minutes else "")
        time = there.strftime(("%H.%M.%S", "%H:%M:%S")[self.place])
        return f"{there.day} {self.month_name(there.month)} {there.year}, {time} ({zone})"

    def month_name(self, number: int) -> str:
        """A month by its number."""
        return MONTHS[self.place].split()[number - 1]

    def month(self, month: str) -> str:
        """A month (`YYYY-MM`) in words."""
        year, number = month.split("-")
        return f"{self.month_name(int(number))} {year}"

    def month_short(self, month: str) -> str:
        """Its first three letters."""
        return self.month_name(int(month[5:]))[:3]

    def term(self, term: str) -> str:
        """A term of the agreement in words."""
        form = TERM.fullmatch(term)
        name = None if form is None else form.lastgroup
        return term if form is None or name is None else self.say(name, n=form[name])


INDONESIAN: Final = Language("id", 0)
ENGLISH: Final = Language("en", 1)


def bounds(met: Shown, late: Shown, judged: Shown) -> tuple[float, float] | None:
    """The share met in time, as far as it follows from what is shown: its least and its greatest."""
    n = judged.exact
    if not n:
        return None
    low = max(met.low, 0 if late.high is None else n - late.high)
    high = min(n if met.high is None else met.high, n - late.low)
    return low / n, high / n
