"""People who do not exist.

Promise: well-formed persons, the same ones in the same order every time.
Rules: surnames mean *example, suppose, fiction*; NIKs are sixteen digits in the right shape (region, birth day with 40
added for women, serial) of region 990000, which no province has.
Elsewhere: who of them is found where, `cli.demo.histories`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

WOMEN: Final = ("Siti", "Dewi", "Ni Luh", "Sri", "Endang", "Maria", "Fatimah", "Ratna", "Yohana", "Lestari")
MEN: Final = ("Agus", "Bambang", "I Wayan", "Slamet", "Joko", "Yosef", "Ahmad", "Rudi", "Petrus", "Sutrisno")
SURNAMES: Final = ("Contoh", "Umpama", "Misal", "Rekaan", "Andaikata", "Fiktif", "Peraga", "Khayalan")
REGION: Final = "990000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fictitious:
    """A person of our own making."""

    full_name: str
    nik: str
    birth_date: date
    sex: str


def person(number: int, born: date, sex: str) -> Fictitious:
    """The n-th invented person."""
    given = WOMEN if sex == "FEMALE" else MEN
    name = f"{given[number % len(given)]} {SURNAMES[(number // len(given) + number) % len(SURNAMES)]}"
    day = born.day + (40 if sex == "FEMALE" else 0)
    nik = f"{REGION}{day:02d}{born.month:02d}{born.year % 100:02d}{number % 9999 + 1:04d}"
    return Fictitious(full_name=name, nik=nik, birth_date=born, sex=sex)
