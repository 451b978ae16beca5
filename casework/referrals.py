"""A referral: one province asks another to take a person over, and what became of that.

Promise: exactly the parties named in it move it, each in its turn; once declined, withdrawn, expired or completed it is
frozen. At most one referral is open per case and target.
Rules: the agreement decides the terms. Accepting and declining imply acknowledgement. A late answer still counts (it is
late in the obligations, not void) until the host has noted expiry, which it may do from the window's end on. The sender
may take the referral back until the person has left; after a refused handover it may do so again.
Elsewhere: fitness, release and receipt of an accepted referral, `casework.legs`; what the acts look like when signed,
`ledger.statements`, and which move each of them is, `ledger.replays`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from casework import drafts, parties
from casework.agreements import Agreement
from casework.drafts import Draft
from casework.fitness import Certificate
from casework.handovers import Handover, none_open
from casework.handovers import Status as HandoverStatus
from casework.obligations import Obligation
from casework.reasons import DeclineReason
from casework.refusals import (
    NotYetExpired,
    Refusal,
    TimeRunsBackwards,
    WrongParty,
    WrongStatus,
)
from casework.terms import Term


class Status(StrEnum):
    DRAFT = "DRAFT"
    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    COMPLETED = "COMPLETED"


UNDECIDED = (Status.SENT, Status.ACKNOWLEDGED)
OPEN = (Status.SENT, Status.ACKNOWLEDGED, Status.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """All that the ledger tells of a referral, with the sealed facts that are known here."""

    id: str
    sender: str
    receiver: str
    status: Status
    sent_at: datetime
    last: str  # id of the last logged statement that names it
    term_acknowledge: Term
    term_decide: Term
    acknowledged_at: datetime | None = None
    decided_at: datetime | None = None  # accepted, declined, withdrawn or expired
    completed_at: datetime | None = None
    reason: DeclineReason | None = None
    fitness: tuple[Certificate, ...] = ()  # in the order of the ledger
    handovers: tuple[Handover, ...] = ()  # in the order of the ledger
    obligations: tuple[Obligation, ...] = ()  # in the order of their opening

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def custodian(self) -> str:
        """The one party that has the person: the sender until a receipt says otherwise, on the way too."""
        received = any(handover.status is HandoverStatus.RECEIVED for handover in self.handovers)
        return self.receiver if received else self.sender

    @property
    def latest_at(self) -> datetime:
        told = [self.sent_at, self.acknowledged_at, self.decided_at, self.completed_at]
        told += [certificate.certified_at for certificate in self.fitness]
        told += [instant for handover in self.handovers for instant in _instants(handover)]
        return max(instant for instant in told if instant is not None)


def _instants(handover: Handover) -> tuple[datetime | None, ...]:
    return handover.released_at, handover.settled_at, handover.answered_at


def send(drafted: Draft, *, by: str, at: datetime, statement: str, agreement: Agreement) -> Referral | Refusal:
    refused = drafts.unlawful(drafted, by=by, at=at, agreement=agreement)
    if refused is not None:
        return refused
    return Referral(
        id=drafted.id,
        sender=drafted.sender,
        receiver=drafted.receiver,
        status=Status.SENT,
        sent_at=at,
        last=statement,
        term_acknowledge=drafted.term_acknowledge,
        term_decide=drafted.term_decide,
    )


def acknowledge(referral: Referral, *, by: str, at: datetime, statement: str) -> Referral | Refusal:
    refused = may_move(referral, by=by, belongs_to=referral.receiver, at=at, allowed=(Status.SENT,))
    if refused is not None:
        return refused
    return replace(referral, status=Status.ACKNOWLEDGED, acknowledged_at=at, last=statement)


def accept(referral: Referral, *, by: str, at: datetime, statement: str) -> Referral | Refusal:
    refused = may_move(referral, by=by, belongs_to=referral.receiver, at=at, allowed=UNDECIDED)
    if refused is not None:
        return refused
    acknowledged_at = referral.acknowledged_at or at
    return replace(referral, status=Status.ACCEPTED, acknowledged_at=acknowledged_at, decided_at=at, last=statement)


def decline(
    referral: Referral, *, by: str, at: datetime, statement: str, reason: DeclineReason | None
) -> Referral | Refusal:
    """`reason` None: sealed and not known here. That a known one is not missing is for `casework.facts` to see to."""
    refused = may_move(referral, by=by, belongs_to=referral.receiver, at=at, allowed=UNDECIDED)
    if refused is not None:
        return refused
    acknowledged_at = referral.acknowledged_at or at
    return replace(
        referral,
        status=Status.DECLINED,
        acknowledged_at=acknowledged_at,
        decided_at=at,
        reason=reason,
        last=statement,
    )


def withdraw(referral: Referral, *, by: str, at: datetime, statement: str) -> Referral | Refusal:
    refused = may_move(referral, by=by, belongs_to=referral.sender, at=at, allowed=OPEN)
    refused = refused or none_open(referral.handovers)  # a received one has completed the referral already
    if refused is not None:
        return refused
    return replace(referral, status=Status.WITHDRAWN, decided_at=at, last=statement)


def expire(referral: Referral, *, by: str, at: datetime, statement: str, agreement: Agreement) -> Referral | Refusal:
    refused = may_move(referral, by=by, belongs_to=parties.HOST, at=at, allowed=UNDECIDED)
    if refused is not None:
        return refused
    expires_at = referral.sent_at + agreement.referral_window
    if at < expires_at:
        return NotYetExpired(expires_at=expires_at)
    return replace(referral, status=Status.EXPIRED, decided_at=at, last=statement)


def may_move(
    referral: Referral, *, by: str, belongs_to: str, at: datetime, allowed: tuple[Status, ...]
) -> Refusal | None:
    """Who, where in its life (A1), when: in this order, so that a stranger learns nothing but that it is one."""
    if by != belongs_to:
        return WrongParty(by=by, belongs_to=belongs_to)
    if referral.status not in allowed:
        return WrongStatus(status=referral.status, allowed=allowed)
    latest = referral.latest_at
    return TimeRunsBackwards(at=at, latest=latest) if at < latest else None
