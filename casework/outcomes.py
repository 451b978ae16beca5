"""Outcomes: what became of the person when a case is closed.

Promise: a closed case has exactly one outcome of this list. Rules: the list names what happened, never why.
Elsewhere: closing, `casework.cases`.
"""

from enum import StrEnum


class Outcome(StrEnum):
    RETURNED_TO_FAMILY = "RETURNED_TO_FAMILY"
    SUBSTITUTE_FAMILY = "SUBSTITUTE_FAMILY"  # or another responsible party
    PLACED_IN_SHELTER = "PLACED_IN_SHELTER"
    HANDED_TO_REGENCY = "HANDED_TO_REGENCY"
    REFUSED_BY_FAMILY = "REFUSED_BY_FAMILY"
    REFUSED_BY_PROVINCE = "REFUSED_BY_PROVINCE"
    LEFT_AGAINST_ADVICE = "LEFT_AGAINST_ADVICE"  # pulang paksa
    ABSCONDED = "ABSCONDED"
    HOSPITALISED = "HOSPITALISED"
    DIED = "DIED"
    IDENTITY_UNRESOLVED = "IDENTITY_UNRESOLVED"
