"""A referral: one province asks another to take a person over, and what became of that.

Promise: exactly the parties named in it move it, each in its turn; once declined, withdrawn, expired or completed it is
frozen. At most one referral is open per case and target.
Rules: the risk decides the terms. Accepting and declining imply acknowledgement. A late answer still counts (it is late
in the obligations, not void) until the host has noted expiry, which it may do from the window's end on. The sender may
take the referral back until the person has left; after a refused handover it may do so again.
Elsewhere: fitness, release and receipt of an accepted referral, `casework.legs`; what the acts look like when signed,
`ledger.statements`, and which move each of them is, `ledger.replays`.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import casework.cases
from casework import parties
from casework.agreements import Agreement, ReferralTerms
from casework.calendars import NotCovered
from casework.cases import Case, is_protected
from casework.categories import Category
from casework.fitness import Certificate
from casework.handovers import Handover, none_open
from casework.handovers import Status as HandoverStatus
from casework.persons import AgeBand, Person, Sex, age_band
from casework.reasons import DeclineReason
from casework.refusals import (
    AgreementNotInForce,
    DueNotCountable,
    FactDiffers,
    FactMissing,
    NotAParty,
    NotYetExpired,
    OwnProvince,
    ReferralOpen,
    Refusal,
    TermsNotAgreed,
    TimeRunsBackwards,
    WrongParty,
    WrongStatus,
)
from casework.risks import Risk
from casework.terms import Term
from casework.vulnerabilities import Vulnerability


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
class Facts:
    """What a referral tells under seal; None is a fact that is not known here."""

    age_band: AgeBand | None = None
    case: str | None = None
    category: Category | None = None
    risk: Risk | None = None
    sex: Sex | None = None
    vulnerabilities: tuple[Vulnerability, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the receiver sees before it accepts."""

    age_band: AgeBand
    sex: Sex
    category: Category | None  # None for a protection case
    protection: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A referral that nobody has signed yet."""

    id: str
    sender: str
    receiver: str
    term_acknowledge: Term
    term_decide: Term
    facts: Facts

    @property
    def status(self) -> Status:
        return Status.DRAFT


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
        told += [instant for handover in self.handovers for instant in (handover.released_at, handover.settled_at)]
        return max(instant for instant in told if instant is not None)


def draft(
    case: Case,
    person: Person,
    *,
    id: str,
    to: str,
    by: str,
    at: datetime,
    agreement: Agreement,
    open_targets: Collection[str],
) -> Draft | Refusal:
    """The referral that this case would make now. `open_targets`: parties to which it has an open referral."""
    if by != case.party:
        return WrongParty(by=by, belongs_to=case.party)
    party = agreement.party(by)
    if party is None:
        return NotAParty(party=by)
    if case.status is not casework.cases.Status.ASSESSED or case.risk is None:
        return WrongStatus(status=case.status, allowed=(casework.cases.Status.ASSESSED,))
    if case.assessed_at is not None and at < case.assessed_at:
        return TimeRunsBackwards(at=at, latest=case.assessed_at)
    if to in open_targets:
        return ReferralOpen(to=to)
    terms = agreement.terms_for(case.risk)
    drafted = Draft(
        id=id,
        sender=by,
        receiver=to,
        term_acknowledge=terms.acknowledge,
        term_decide=terms.decide,
        facts=Facts(
            age_band=age_band(person.birth_date, agreement.local_date(party, at)),
            case=case.id,
            category=case.category,
            risk=case.risk,
            sex=person.sex,
            vulnerabilities=case.vulnerabilities,
        ),
    )
    return _unlawful(drafted, by=by, at=at, agreement=agreement) or drafted


def differs(drafted: Draft, told: Draft) -> Refusal | None:
    """Whether what a signed statement tells is what the case says now; every fact must be told."""
    if (drafted.sender, drafted.receiver) != (told.sender, told.receiver):
        return FactDiffers(name="to")
    if (drafted.term_acknowledge, drafted.term_decide) != (told.term_acknowledge, told.term_decide):
        return TermsNotAgreed(term_acknowledge=told.term_acknowledge, term_decide=told.term_decide)
    ours, theirs = drafted.facts, told.facts
    for name, said, meant in (
        ("age_band", theirs.age_band, ours.age_band),
        ("case", theirs.case, ours.case),
        ("category", theirs.category, ours.category),
        ("risk", theirs.risk, ours.risk),
        ("sex", theirs.sex, ours.sex),
        ("vulnerability", theirs.vulnerabilities, ours.vulnerabilities),
    ):
        if said != meant:
            return FactDiffers(name=name)
    return None


def preview(facts: Facts) -> Preview | Refusal:
    """What a referral with these facts shows to its receiver; all four must be known."""
    if facts.category is None:
        return FactMissing(name="category")
    if facts.vulnerabilities is None:
        return FactMissing(name="vulnerability")
    protection = is_protected(facts.category, facts.vulnerabilities)
    return Preview(
        age_band=facts.age_band or AgeBand.UNKNOWN,
        sex=facts.sex or Sex.UNKNOWN,
        category=None if protection else facts.category,
        protection=protection,
    )


def send(drafted: Draft, *, by: str, at: datetime, statement: str, agreement: Agreement) -> Referral | Refusal:
    refused = _unlawful(drafted, by=by, at=at, agreement=agreement)
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
    """Who, where in its life, when: in this order, so that a stranger learns nothing but that it is one."""
    if by != belongs_to:
        return WrongParty(by=by, belongs_to=belongs_to)
    if referral.status not in allowed:
        return WrongStatus(status=referral.status, allowed=allowed)
    latest = referral.latest_at
    return TimeRunsBackwards(at=at, latest=latest) if at < latest else None


def _unlawful(drafted: Draft, *, by: str, at: datetime, agreement: Agreement) -> Refusal | None:
    if by != drafted.sender:
        return WrongParty(by=by, belongs_to=drafted.sender)
    for code in (drafted.sender, drafted.receiver):
        if agreement.party(code) is None:
            return NotAParty(party=code)
    if drafted.sender == drafted.receiver:
        return OwnProvince(party=by)
    if not agreement.in_force(at):
        return AgreementNotInForce(at=at)
    terms = ReferralTerms(acknowledge=drafted.term_acknowledge, decide=drafted.term_decide)
    risk = drafted.facts.risk
    # Where the risk is sealed from us, any pair that some risk would give is lawful.
    agreed = {agreement.terms_for(each) for each in (Risk if risk is None else (risk,))}
    if terms not in agreed:
        return TermsNotAgreed(term_acknowledge=terms.acknowledge, term_decide=terms.decide)
    uncountable = (countable(agreement, drafted.receiver, term, at) for term in (terms.acknowledge, terms.decide))
    return next((refused for refused in uncountable if refused is not None), None)


def countable(agreement: Agreement, owed_by: str, term: Term, at: datetime) -> Refusal | None:
    """A term whose end no calendar can tell is refused when it is named, or it could never be judged."""
    party = agreement.party(owed_by)
    if party is None:
        return NotAParty(party=owed_by)
    try:
        agreement.due(party, term, at)
    except NotCovered as error:
        return DueNotCountable(term=term, day=error.day)
    return None
