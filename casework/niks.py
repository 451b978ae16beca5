"""What a NIK hints at: region of first registration, sex, possible birth dates.

Promise: reading a NIK never refuses anything and never decides anything; it gives hints and warnings to a human.
Rules: 16 digits: 6 of the region of *first registration* (never proof of home), DDMMYY of birth with 40 added to the
day for women, 4 of a serial from 0001. No check digit; wrong dates stay for life and the century is ambiguous.
Elsewhere: the person, `casework.persons`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from casework.persons import Person, Sex

_SHAPE = re.compile(r"([0-9]{2})([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{4})")
_ADDED_FOR_WOMEN = 40
_OLDEST = 120

PROVINCES: Mapping[str, str] = {
    "11": "Aceh",
    "12": "Sumatera Utara",
    "13": "Sumatera Barat",
    "14": "Riau",
    "15": "Jambi",
    "16": "Sumatera Selatan",
    "17": "Bengkulu",
    "18": "Lampung",
    "19": "Kepulauan Bangka Belitung",
    "21": "Kepulauan Riau",
    "31": "DKI Jakarta",
    "32": "Jawa Barat",
    "33": "Jawa Tengah",
    "34": "DI Yogyakarta",
    "35": "Jawa Timur",
    "36": "Banten",
    "51": "Bali",
    "52": "Nusa Tenggara Barat",
    "53": "Nusa Tenggara Timur",
    "61": "Kalimantan Barat",
    "62": "Kalimantan Tengah",
    "63": "Kalimantan Selatan",
    "64": "Kalimantan Timur",
    "65": "Kalimantan Utara",
    "71": "Sulawesi Utara",
    "72": "Sulawesi Tengah",
    "73": "Sulawesi Selatan",
    "74": "Sulawesi Tenggara",
    "75": "Gorontalo",
    "76": "Sulawesi Barat",
    "81": "Maluku",
    "82": "Maluku Utara",
    "91": "Papua",
    "92": "Papua Barat",
    "93": "Papua Selatan",
    "94": "Papua Tengah",
    "95": "Papua Pegunungan",
    "96": "Papua Barat Daya",
}


class Warned(StrEnum):
    NOT_SIXTEEN_DIGITS = "NOT_SIXTEEN_DIGITS"
    PROVINCE_UNKNOWN = "PROVINCE_UNKNOWN"
    DATE_IMPOSSIBLE = "DATE_IMPOSSIBLE"
    SERIAL_ZERO = "SERIAL_ZERO"
    SEX_DIFFERS = "SEX_DIFFERS"
    BIRTH_DATE_DIFFERS = "BIRTH_DATE_DIFFERS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    region: str | None = None  # six digits
    province: str | None = None  # name of the province of first registration
    sex: Sex = Sex.UNKNOWN
    birth_dates: tuple[date, ...] = ()  # latest first: the century is ambiguous
    warnings: tuple[Warned, ...] = ()


def read(nik: str, *, on: date) -> Reading:
    """The hints in a NIK as of a day; anything at all may be handed in."""
    found = _SHAPE.fullmatch(nik)
    if found is None:
        return Reading(warnings=(Warned.NOT_SIXTEEN_DIGITS,))
    province, rest, day, month, year, serial = found.groups()
    female = int(day) > _ADDED_FOR_WOMEN
    dates = _birth_dates(int(year), int(month), int(day) - _ADDED_FOR_WOMEN * female, on)
    doubts = (
        (Warned.PROVINCE_UNKNOWN, province not in PROVINCES),
        (Warned.DATE_IMPOSSIBLE, not dates),
        (Warned.SERIAL_ZERO, serial == "0000"),
    )
    return Reading(
        region=province + rest,
        province=PROVINCES.get(province),
        # An impossible date says nothing about the person, so it does not tell the sex either.
        sex=(Sex.FEMALE if female else Sex.MALE) if dates else Sex.UNKNOWN,
        birth_dates=dates,
        warnings=tuple(warned for warned, holds in doubts if holds),
    )


def compare(person: Person, *, on: date) -> Reading:
    """The same, with warnings where the person's record says something else. No NIK, no hints, no warnings."""
    if person.nik is None:
        return Reading()
    reading = read(person.nik, on=on)
    doubts = (
        (Warned.SEX_DIFFERS, Sex.UNKNOWN not in (person.sex, reading.sex) and person.sex is not reading.sex),
        (Warned.BIRTH_DATE_DIFFERS, _differs(person, reading)),
    )
    return Reading(
        region=reading.region,
        province=reading.province,
        sex=reading.sex,
        birth_dates=reading.birth_dates,
        warnings=reading.warnings + tuple(warned for warned, holds in doubts if holds),
    )


def _differs(person: Person, reading: Reading) -> bool:
    if person.birth_date is None or person.birth_date_estimated or not reading.birth_dates:
        return False
    return person.birth_date not in reading.birth_dates


def _birth_dates(year: int, month: int, day: int, on: date) -> tuple[date, ...]:
    found = []
    for century in range(on.year // 100 * 100, on.year - _OLDEST - 100, -100):
        try:
            born = date(century + year, month, day)
        except ValueError:  # also 29 February in the century that has none
            continue
        if born <= on and on.year - born.year <= _OLDEST:
            found.append(born)
    return tuple(found)
