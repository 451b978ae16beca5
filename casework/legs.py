"""The leg of an accepted referral: fitness certified, person released, received or refused (A3).

Promise: the referral is completed by a receipt and by nothing else; at most one release is open; custody never hangs
between two parties.
Rules: only the sender certifies and releases, only the receiver answers, only while the referral is accepted. A
referral has one leg. After a refusal the sender still has the person, and may certify and release again on the same
leg. Told instants (`happened_at`) lie before their entry: paper may be late, never early.
Elsewhere: the rules of one certificate, `casework.fitness`, and of one handover, `casework.handovers`.
"""

from dataclasses import replace
from datetime import datetime

from casework.agreements import Agreement
from casework.conditions import Condition
from casework.drafts import countable
from casework.fitness import Certificate, Fitness, examined_in_time, fit_to_travel
from casework.handovers import Handover, Told, none_open, open_one, replaced, settle
from casework.handovers import Status as HandoverStatus
from casework.reasons import RefusalReason
from casework.referrals import Referral, Status, may_move
from casework.refusals import (
    FactOutOfTime,
    NothingReleased,
    Refusal,
    WrongLeg,
    WrongReceiver,
    WrongRelease,
)
from casework.terms import Term

LEGS = 1
_ACCEPTED = (Status.ACCEPTED,)


def certify(
    referral: Referral,
    *,
    by: str,
    at: datetime,
    statement: str,
    leg: int,
    fitness: Fitness | None,
    examined_at: datetime | None,
    agreement: Agreement,
) -> Referral | Refusal:
    refused = (
        may_move(referral, by=by, belongs_to=referral.sender, at=at, allowed=_ACCEPTED)
        or _no_such_leg(leg)
        or none_open(referral.handovers)
        or examined_in_time(examined_at, at=at, max_age=agreement.fitness_max_age)
    )
    if refused is not None:
        return refused
    certificate = Certificate(statement=statement, leg=leg, party=by, certified_at=at, fitness=fitness)
    return replace(referral, fitness=(*referral.fitness, certificate), last=statement)


def release(
    referral: Referral,
    *,
    by: str,
    at: datetime,
    statement: str,
    leg: int,
    to: str,
    term: Term,
    condition: Condition | None,
    happened_at: datetime | None,
    planned_arrival: datetime | None,
    agreement: Agreement,
    told: Told | None = None,
) -> Referral | Refusal:
    refused = (
        may_move(referral, by=by, belongs_to=referral.sender, at=at, allowed=_ACCEPTED)
        or _no_such_leg(leg)
        or (WrongReceiver(to=to, receiver=referral.receiver) if to != referral.receiver else None)
        or none_open(referral.handovers)
        or fit_to_travel(referral.fitness, leg=leg, at=at, max_age=agreement.fitness_max_age)
        or countable(agreement, to, term, at)
        or _too_early("happened_at", happened_at, at)
        or _arrives_before(happened_at, planned_arrival)
    )
    if refused is not None:
        return refused
    handover = Handover(
        release=statement,
        leg=leg,
        sender=by,
        receiver=to,
        term=term,
        status=HandoverStatus.RELEASED,
        released_at=at,
        condition_at_release=condition,
        told_at_release=told,
    )
    return replace(referral, handovers=(*referral.handovers, handover), last=statement)


def receive(
    referral: Referral,
    *,
    by: str,
    at: datetime,
    statement: str,
    leg: int,
    release: str,
    agrees: bool,
    condition: Condition | None,
    happened_at: datetime | None,
    told: Told | None = None,
) -> Referral | Refusal:
    under_way = _under_way(referral, by=by, at=at, leg=leg, release=release, happened_at=happened_at)
    if not isinstance(under_way, Handover):
        return under_way
    settled = settle(
        under_way, by=by, at=at, statement=statement, received=True, agrees=agrees, condition=condition, told=told
    )
    if not isinstance(settled, Handover):
        return settled
    return replace(_settled(referral, settled), status=Status.COMPLETED, completed_at=at, last=statement)


def refuse(
    referral: Referral,
    *,
    by: str,
    at: datetime,
    statement: str,
    leg: int,
    release: str,
    agrees: bool,
    condition: Condition | None,
    happened_at: datetime | None,
    reason: RefusalReason | None,
    told: Told | None = None,
) -> Referral | Refusal:
    """The receiver does not take the person over: the referral stays accepted, the person with the sender."""
    under_way = _under_way(referral, by=by, at=at, leg=leg, release=release, happened_at=happened_at)
    if not isinstance(under_way, Handover):
        return under_way
    settled = settle(
        under_way,
        by=by,
        at=at,
        statement=statement,
        received=False,
        agrees=agrees,
        condition=condition,
        told=told,
        reason=reason,
    )
    if not isinstance(settled, Handover):
        return settled
    return replace(_settled(referral, settled), last=statement)


def _under_way(
    referral: Referral, *, by: str, at: datetime, leg: int, release: str, happened_at: datetime | None
) -> Handover | Refusal:
    refused = (
        may_move(referral, by=by, belongs_to=referral.receiver, at=at, allowed=_ACCEPTED)
        or _no_such_leg(leg)
        or _too_early("happened_at", happened_at, at)
    )
    if refused is not None:
        return refused
    handover = open_one(referral.handovers)
    if handover is None:
        return NothingReleased(referral=referral.id)
    if release != handover.release:
        return WrongRelease(named=release, release=handover.release)
    return handover


def _settled(referral: Referral, settled: Handover) -> Referral:
    return replace(referral, handovers=replaced(referral.handovers, settled))


def _no_such_leg(leg: int) -> Refusal | None:
    return None if 1 <= leg <= LEGS else WrongLeg(leg=leg, legs=LEGS)


def _too_early(name: str, told: datetime | None, at: datetime) -> Refusal | None:
    return FactOutOfTime(name=name, instant=told) if told is not None and told > at else None


def _arrives_before(departed: datetime | None, arrival: datetime | None) -> Refusal | None:
    if departed is not None and arrival is not None and arrival < departed:
        return FactOutOfTime(name="planned_arrival", instant=arrival)
    return None
