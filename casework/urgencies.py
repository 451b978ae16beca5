"""Urgencies: how soon a referral is to be answered at its risk, which only its two ends know (O13).

Promise: what is owed at the sealed risk is never less than what the log tells, and is judged like it: by the entries'
own `at`, by whoever knows the risk, in the service and offline.
Rules: the terms are those of the agreement for the risk, and of referrals alone; what was let off or paused in time
counts, what was agreed after the sealed due does not. The clock stands still for as long as that of the obligation did,
by the second; the due is never later than the one in clear. Where the term is the one in clear, so is the due.
Elsewhere: the term in clear and why it is everybody's, `casework.agreements`; the same due in SQL,
`database/migrations/0007_urgency.sql`, held to this one by `tests/operations/test_urgencies.py`.
"""

from dataclasses import replace

from casework import clocks
from casework.agreements import Agreement
from casework.duties import Kind
from casework.obligations import Ending, Obligation
from casework.risks import Risk
from casework.terms import Term


def term_of(kind: Kind, risk: Risk, agreement: Agreement) -> Term | None:
    """What a referral of this risk leaves for this duty; None for a duty that no risk hastens."""
    terms = agreement.terms_for(risk)
    return {Kind.REFERRAL_ACKNOWLEDGE: terms.acknowledge, Kind.REFERRAL_DECIDE: terms.decide}.get(kind)


def hastened(obligation: Obligation, risk: Risk, agreement: Agreement) -> Obligation | None:
    """The obligation as it is owed at this risk; None for one that no risk hastens."""
    term = term_of(obligation.kind, risk, agreement)
    if term is None:
        return None
    if term is obligation.term:
        return obligation
    due = clocks.due(term, obligation.opened_at, (), owed_by=obligation.debtor, agreement=agreement)
    for stop in obligation.stops:
        if stop.from_ <= due:
            due += stop.length
    strict = replace(obligation, term=term, due=min(due, obligation.due))
    if strict.paused_since is not None and strict.paused_since > strict.due:
        strict = replace(strict, paused_since=None)
    if strict.ending is Ending.WAIVED and strict.is_late:
        return replace(strict, ending=None, ended_at=None, ended_by=None, ended_kind=None)
    return strict
