"""A person: names, NIK, birth date and sex, as far as known.

Promise: what others see of a person is derived here: an age band before acceptance, initials in lists, never more.
Rules: nearly everything may be unknown; what is recorded is never in the future, nor before 1900; names can be read.
Age is counted in whole years on a given day; born on 29 February, one is a year older on 1 March where there is no
29th.
Elsewhere: hints and warnings from the NIK, `casework.niks`; who may read an identity, `database` and `reading`.
"""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from casework import texts
from casework.refusals import BornInFuture, FactOutOfTime, FactUnreadable, Refusal, TextMissing

_MOST_INITIALS = 3
_FIRST_BIRTH_DATE = date(1900, 1, 1)


class Sex(StrEnum):
    FEMALE = "FEMALE"
    MALE = "MALE"
    UNKNOWN = "UNKNOWN"


class AgeBand(StrEnum):
    AGE_0_5 = "0-5"
    AGE_6_12 = "6-12"
    AGE_13_17 = "13-17"
    AGE_18_59 = "18-59"
    AGE_60_UP = "60+"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str
    party: str
    full_name: str
    aliases: tuple[str, ...]
    nik: str | None
    birth_date: date | None
    birth_date_estimated: bool
    sex: Sex


def record(
    *,
    id: str,
    by: str,
    on: date,
    full_name: str,
    aliases: tuple[str, ...] = (),
    nik: str | None = None,
    birth_date: date | None = None,
    birth_date_estimated: bool = False,
    sex: Sex = Sex.UNKNOWN,
) -> Person | Refusal:
    """A person as told on a day; someone who cannot say a name is recorded under a working name, not under none."""
    named = tuple(dict.fromkeys(alias.strip() for alias in aliases if not texts.is_blank(alias)))
    refused = _unreadable(full_name.strip(), named) or _untimely(birth_date, on)
    if refused is not None:
        return refused
    return Person(
        id=id,
        party=by,
        full_name=full_name.strip(),
        aliases=named,
        nik=nik.strip() or None if nik is not None else None,
        birth_date=birth_date,
        birth_date_estimated=birth_date_estimated,
        sex=sex,
    )


def _unreadable(full_name: str, aliases: tuple[str, ...]) -> Refusal | None:
    if texts.is_blank(full_name):
        return TextMissing(name="full_name")
    if texts.has_control(full_name):
        return FactUnreadable(name="full_name")
    if any(texts.has_control(alias) for alias in aliases):
        return FactUnreadable(name="aliases")
    return None


def _untimely(birth_date: date | None, on: date) -> Refusal | None:
    if birth_date is None:
        return None
    if birth_date > on:
        return BornInFuture(birth_date=birth_date)
    if birth_date < _FIRST_BIRTH_DATE:
        midnight = datetime(birth_date.year, birth_date.month, birth_date.day, tzinfo=UTC)
        return FactOutOfTime(name="birth_date", instant=midnight)
    return None


def age(birth_date: date, on: date) -> int:
    """Whole years on that day; negative before birth."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def age_band(birth_date: date | None, on: date) -> AgeBand:
    if birth_date is None or birth_date > on:
        return AgeBand.UNKNOWN
    years = age(birth_date, on)
    for below, band in (
        (6, AgeBand.AGE_0_5),
        (13, AgeBand.AGE_6_12),
        (18, AgeBand.AGE_13_17),
        (60, AgeBand.AGE_18_59),
    ):
        if years < below:
            return band
    return AgeBand.AGE_60_UP


def initials(full_name: str) -> str:
    """At most three first letters, `S.A.`; `?` where a name has no letter. The only form of a name in lists."""
    words = unicodedata.normalize("NFC", full_name).split()
    firsts = (next((letter for letter in word if letter.isalpha()), "") for word in words)
    letters = [letter.upper()[0] for letter in firsts if letter][:_MOST_INITIALS]
    return "".join(f"{letter}." for letter in letters) or "?"
