"""Counting: what is owed on a referral after an act, by the table of duties.

Promise: the service, before it logs, and the auditor, long after, count with these functions and no others.
Rules: an act ends what it names, or all of the kind where it names none; what is over stays as it ended.
Elsewhere: the table, `casework.duties`; what becomes of an obligation, `casework.obligations`; from a signed statement
to an act, `ledger.owings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from casework import clocks, obligations
from casework.agreements import Agreement
from casework.duties import BY_KIND, DUTIES, Duty, Kind, Side
from casework.obligations import Ending, Obligation, Paper
from casework.terms import Term

RESUMING = ("referral.expired",)  # nobody can act on the referral any more: no clock of it waits for that


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a legal act says, as far as obligations are concerned."""

    kind: str  # of the statement
    statement: str
    at: datetime  # of its entry
    terms: Mapping[Kind, Term] = field(default_factory=dict)  # those that its body names for what it opens
    named: Mapping[Kind, str] = field(default_factory=dict)  # by what was opened that which it settles, where it says
    met: frozenset[Kind] = frozenset()  # of those that it opens, which leave nothing to do


def advance(
    standing: tuple[Obligation, ...], act: Act, *, referral: str, sender: str, receiver: str, agreement: Agreement
) -> tuple[Obligation, ...]:
    """A referral's obligations after this act (O2)."""
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
    return (owed, due) if BY_KIND[obligation.kind].owed_by is Side.SENDER else (due, owed)


def recorded(standing: tuple[Obligation, ...], *, handover: str, paper: Paper) -> tuple[Obligation, ...]:
    """The obligations after one end has recorded the paper of what the statement `handover` tells."""
    return tuple(
        replace(each, papers=(*each.papers, paper)) if each.ended_by == handover else each for each in standing
    )


def _answered(obligation: Obligation, act: Act, agreement: Agreement) -> Obligation:
    duty = BY_KIND[obligation.kind]
    if obligation.is_ended or act.named.get(duty.kind, obligation.opened_by) != obligation.opened_by:
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
    return _ended(obligation, Ending.SETTLED, act, agreement) if duty.kind in act.met else obligation
