"""A handover (serah terima): one side releases a person, the other receives or refuses, each by its own statement.

Promise: a handover is settled once, by the party it was released to, and `agrees` says what the two conditions say.
Rules: `agrees` is true exactly when no item of the condition is worse at receipt than at release; where one of the
two sealed conditions is not known, it stands as signed. Until it is received, custody stays with the releasing side.
Elsewhere: when a person may be released, and what follows for the referral, `casework.legs`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from casework.conditions import Condition, worsened
from casework.reasons import RefusalReason
from casework.refusals import AgreesContradicted, HandoverOpen, Refusal, WrongParty, WrongStatus
from casework.terms import Term


class Status(StrEnum):
    RELEASED = "RELEASED"
    RECEIVED = "RECEIVED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a release or receipt says under seal of itself, where that is known."""

    happened_at: datetime | None
    paper: str | None  # SHA-256 of the signed paper


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverPaper:
    """A paper that one end has recorded."""

    party: str
    of: str  # id of the statement that released, received or refused
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    release: str  # id of the statement that released
    leg: int
    sender: str
    receiver: str
    term: Term
    status: Status
    released_at: datetime
    condition_at_release: Condition | None  # sealed: None where it is not known
    receipt: str | None = None  # id of the statement that received or refused
    settled_at: datetime | None = None
    agrees: bool | None = None
    reason: RefusalReason | None = None
    condition_at_receipt: Condition | None = None
    told_at_release: Told | None = None  # sealed: None where it is not known
    told_at_receipt: Told | None = None
    answer: str | None = None  # id of the statement that answered the discrepancy
    answered_at: datetime | None = None
    papers: tuple[HandoverPaper, ...] = ()  # in the order of the ledger

    @property
    def id(self) -> UUID:
        return UUID(self.release[:32])

    @property
    def custodian(self) -> str:
        return self.receiver if self.status is Status.RECEIVED else self.sender


def open_one(handovers: tuple[Handover, ...]) -> Handover | None:
    """The handover under way; moves never let there be two."""
    return next((handover for handover in handovers if handover.status is Status.RELEASED), None)


def settled_by(handovers: tuple[Handover, ...], receipt: str) -> Handover | None:
    """The one that this statement received or refused."""
    return next((handover for handover in handovers if handover.receipt == receipt), None)


def told_by(handovers: tuple[Handover, ...], statement: str) -> Handover | None:
    """The one that this statement released, received or refused."""
    return next((handover for handover in handovers if statement in (handover.release, handover.receipt)), None)


def replaced(handovers: tuple[Handover, ...], changed: Handover) -> tuple[Handover, ...]:
    """All of them, with this one as it is now: each release is another statement, so exactly one is replaced."""
    return tuple(changed if each.release == changed.release else each for each in handovers)


def none_open(handovers: tuple[Handover, ...]) -> Refusal | None:
    under_way = open_one(handovers)
    return None if under_way is None else HandoverOpen(release=under_way.release)


def settle(
    handover: Handover,
    *,
    by: str,
    at: datetime,
    statement: str,
    received: bool,
    agrees: bool,
    condition: Condition | None,
    told: Told | None = None,
    reason: RefusalReason | None = None,
) -> Handover | Refusal:
    """The receiving side's one answer."""
    if by != handover.receiver:
        return WrongParty(by=by, belongs_to=handover.receiver)
    if handover.status is not Status.RELEASED:
        return WrongStatus(status=handover.status, allowed=(Status.RELEASED,))
    contradicted = _contradicted(handover.condition_at_release, condition, agrees)
    if contradicted is not None:
        return contradicted
    return replace(
        handover,
        status=Status.RECEIVED if received else Status.REFUSED,
        receipt=statement,
        settled_at=at,
        agrees=agrees,
        reason=reason,
        condition_at_receipt=condition,
        told_at_receipt=told,
    )


def _contradicted(before: Condition | None, after: Condition | None, agrees: bool) -> Refusal | None:
    if before is None or after is None:
        return None
    items = worsened(before, after)
    return None if agrees == (not items) else AgreesContradicted(agrees=agrees, worsened=items)
