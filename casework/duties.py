"""The table of duties: which statement opens which obligation, whose it is, and what settles it.

Promise: nothing else counts obligations. A new duty is a row here, its name in `Kind`, a row of the agreement's data
and a test; who only keeps or shows obligations (the database's checks, the glossary, the auditor's page) has tests
that fail until it follows.
Rules: a statement first ends what it ends and then opens what it opens, at its entry's own `at`. Acknowledging,
accepting and declining are the receiver's to owe, and so is the receipt; the answer to a discrepancy is the sender's.
A receipt or refusal that agrees has nothing to answer: that duty is opened and met by the same entry, so that good
condition is counted for every handover and not only for the bad ones. An expired referral settles nothing.
Elsewhere: what an obligation is, `casework.obligations`; terms, clauses and their basis, `casework.agreements`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from casework import clocks, obligations
from casework.agreements import Agreement
from casework.obligations import Ending, Kind, Obligation, Paper
from casework.terms import Term


class Side(Enum):
    """An end of the referral."""

    SENDER = "SENDER"
    RECEIVER = "RECEIVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A row: kinds of statements, and which side owes."""

    kind: Kind
    owed_by: Side
    opened_by: tuple[str, ...]
    settled_by: tuple[str, ...]
    released_by: tuple[str, ...] = ()
    met_if_agreed: bool = False


DUTIES = (
    Duty(
        kind=Kind.REFERRAL_ACKNOWLEDGE,
        owed_by=Side.RECEIVER,
        opened_by=("referral.sent",),
        settled_by=("referral.acknowledged", "referral.accepted", "referral.declined"),
        released_by=("referral.withdrawn",),
    ),
    Duty(
        kind=Kind.REFERRAL_DECIDE,
        owed_by=Side.RECEIVER,
        opened_by=("referral.sent",),
        settled_by=("referral.accepted", "referral.declined"),
        released_by=("referral.withdrawn",),
    ),
    Duty(
        kind=Kind.HANDOVER_RECEIPT,
        owed_by=Side.RECEIVER,
        opened_by=("handover.released",),
        settled_by=("handover.received", "handover.refused"),
    ),
    Duty(
        kind=Kind.DISCREPANCY_ANSWER,
        owed_by=Side.SENDER,
        opened_by=("handover.received", "handover.refused"),
        settled_by=("discrepancy.answered",),
        met_if_agreed=True,
    ),
)
RESUMING = ("referral.expired",)  # nobody can act on the referral any more: no clock of it waits for that
_BY_KIND = {duty.kind: duty for duty in DUTIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a legal act says, as far as obligations are concerned."""

    kind: str  # of the statement
    statement: str
    at: datetime  # of its entry
    terms: Mapping[Kind, Term] = field(default_factory=dict)  # those that its body names
    about: str | None = None  # the statement that it answers, where it answers one
    agrees: bool | None = None


def advance(
    standing: tuple[Obligation, ...], act: Act, *, referral: str, sender: str, receiver: str, agreement: Agreement
) -> tuple[Obligation, ...]:
    """A referral's obligations after this act."""
    ends = {Side.SENDER: sender, Side.RECEIVER: receiver}
    opened = tuple(
        _opened(duty, act, referral=referral, ends=ends, agreement=agreement)
        for duty in DUTIES
        if act.kind in duty.opened_by
    )
    return (*(_answered(each, act, agreement) for each in standing), *opened)


def ends(obligation: Obligation) -> tuple[str, str]:
    """Sender and receiver of the referral on which it is owed."""
    owed, due = obligation.debtor, obligation.creditor
    return (owed, due) if _BY_KIND[obligation.kind].owed_by is Side.SENDER else (due, owed)


def recorded(standing: tuple[Obligation, ...], *, handover: str, paper: Paper) -> tuple[Obligation, ...]:
    """The obligations after one end has recorded the paper of what the statement `handover` tells."""
    return tuple(
        replace(each, papers=(*each.papers, paper)) if each.ended_by == handover else each for each in standing
    )


def _answered(obligation: Obligation, act: Act, agreement: Agreement) -> Obligation:
    duty = _BY_KIND[obligation.kind]
    if obligation.is_ended or act.about not in (None, obligation.opened_by):
        return obligation
    if act.kind in RESUMING:
        return obligations.resumed(obligation, at=act.at, agreement=agreement)
    if act.kind in duty.settled_by:
        return _ended(obligation, Ending.SETTLED, act, agreement)
    return _ended(obligation, Ending.RELEASED, act, agreement) if act.kind in duty.released_by else obligation


def _ended(obligation: Obligation, ending: Ending, act: Act, agreement: Agreement) -> Obligation:
    return obligations.ended(obligation, ending, at=act.at, by=act.statement, kind=act.kind, agreement=agreement)


def _opened(duty: Duty, act: Act, *, referral: str, ends: Mapping[Side, str], agreement: Agreement) -> Obligation:
    term = act.terms.get(duty.kind) or agreement.agreed_term(duty.kind)
    debtor = ends[duty.owed_by]
    obligation = Obligation(
        kind=duty.kind,
        opened_by=act.statement,
        referral=referral,
        debtor=debtor,
        creditor=next(party for side, party in ends.items() if side is not duty.owed_by),
        term=term,
        opened_at=act.at,
        due=clocks.due(term, act.at, (), owed_by=debtor, agreement=agreement),
    )
    met = duty.met_if_agreed and act.agrees is True
    return _ended(obligation, Ending.SETTLED, act, agreement) if met else obligation
