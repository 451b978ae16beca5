"""Fitness to travel: certified by the sending province before departure.

Promise: nobody is moved on a certificate that is missing, too old, of another leg, or says no.
Rules: the newest certificate of a leg counts, so an UNFIT of today overrules a FIT of yesterday. Its age is counted
from its ledger entry, which every auditor sees; an examination may not be older than that when it is certified.
A sealed fitness that is not known is not judged.
Elsewhere: when a certificate may be written, `casework.legs`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from casework.refusals import FactOutOfTime, FitnessMissing, FitnessTooOld, NotFitToTravel, Refusal


class Fitness(StrEnum):
    FIT = "FIT"
    FIT_WITH_ESCORT = "FIT_WITH_ESCORT"
    UNFIT = "UNFIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    statement: str
    leg: int
    party: str
    certified_at: datetime
    fitness: Fitness | None  # sealed: None where it is not known


def examined_in_time(examined_at: datetime | None, *, at: datetime, max_age: timedelta) -> Refusal | None:
    if examined_at is not None and not at - max_age <= examined_at <= at:
        return FactOutOfTime(name="examined_at", instant=examined_at)
    return None


def fit_to_travel(
    certificates: tuple[Certificate, ...], *, leg: int, at: datetime, max_age: timedelta
) -> Refusal | None:
    """None where the person may travel this leg now. `certificates` stand in the order of the ledger."""
    of_leg = [certificate for certificate in certificates if certificate.leg == leg]
    if not of_leg:
        return FitnessMissing(leg=leg)
    newest = of_leg[-1]
    if newest.fitness is Fitness.UNFIT:
        return NotFitToTravel(certified_at=newest.certified_at)
    usable_until = newest.certified_at + max_age
    if at > usable_until:
        return FitnessTooOld(certified_at=newest.certified_at, usable_until=usable_until)
    return None
