"""From a signed statement to what is owed after it: acts open and settle, remarks let off, wait and note (V9, V17).

Promise: the service, before it logs, and the auditor, long after, count obligations by these same functions.
Rules: an act that is legal moves the obligations of its referral by the table of duties; a remark moves one of them, or
the papers of a handover, and leaves the chain of the referral where it is.
Elsewhere: whether an act is legal, `ledger.replays`; the table, `casework.duties`; who may say what, `casework.waivers`
and `casework.papers`.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from casework import counts, facts, obligations, papers, waivers
from casework.agreements import Agreement
from casework.counts import Act
from casework.duties import DUTIES
from casework.facts import Opened
from casework.objections import ObligationUnknown
from casework.obligations import Obligation
from casework.referrals import Referral
from casework.refusals import Refusal
from casework.terms import Term
from ledger.statements import (
    BastRecorded,
    BreachNoted,
    ChainedAct,
    ObligationResumed,
    ObligationStatement,
    PauseAgreed,
    PauseOffered,
    ReferralSent,
    Unchained,
    WaiverAgreed,
    WaiverOffered,
)


def advanced(
    moved: Referral, statement: ReferralSent | ChainedAct, *, id: str, at: datetime, agreement: Agreement
) -> Referral:
    """The referral, moved by this act, with what is owed after it."""
    owed = counts.advance(
        moved.obligations,
        act(statement, id=id, at=at),
        referral=moved.id,
        sender=moved.sender,
        receiver=moved.receiver,
        agreement=agreement,
    )
    return moved if owed == moved.obligations else replace(moved, obligations=owed)


def act(statement: ReferralSent | ChainedAct, *, id: str, at: datetime) -> Act:
    """What the table of duties asks of a statement: the fields that it names of this kind."""
    opened = [duty for duty in DUTIES if statement.KIND in duty.opened_by]
    settled = [duty for duty in DUTIES if statement.KIND in duty.settled_by]
    return Act(
        kind=statement.KIND,
        statement=id,
        at=at,
        terms={duty.kind: Term(getattr(statement, duty.term_in)) for duty in opened if duty.term_in is not None},
        named={duty.kind: getattr(statement, duty.named_in) for duty in settled if duty.named_in is not None},
        met=frozenset(duty.kind for duty in opened if duty.met_if is not None and getattr(statement, duty.met_if)),
    )


def remarked(
    state: Referral, statement: Unchained, *, id: str, at: datetime, agreement: Agreement, opened: Opened
) -> Referral | Refusal:
    """The referral after what is said beside its chain."""
    if isinstance(statement, BastRecorded):
        return papers.record(
            state,
            by=statement.party,
            handover=statement.handover,
            sha256=statement.sha256,
            happened_at=facts.told_instant(opened, "happened_at"),
        )
    named = statement.obligation
    owed = obligations.find(state.obligations, named.kind, named.opened_by)
    if owed is None:
        return ObligationUnknown(kind=named.kind, opened_by=named.opened_by)
    moved = _moved(owed, statement, id=id, at=at, agreement=agreement)
    if not isinstance(moved, Obligation):
        return moved
    return replace(state, obligations=obligations.replaced(state.obligations, moved))


def _moved(
    owed: Obligation, statement: ObligationStatement, *, id: str, at: datetime, agreement: Agreement
) -> Obligation | Refusal:
    by = statement.party
    match statement:
        case WaiverOffered():
            return waivers.offer_waiver(owed, by=by, at=at, statement=id)
        case WaiverAgreed(offer=offer):
            kind = statement.KIND
            return waivers.agree_waiver(owed, by=by, at=at, statement=id, offer=offer, kind=kind, agreement=agreement)
        case PauseOffered():
            return waivers.offer_pause(owed, by=by, at=at, statement=id)
        case PauseAgreed(offer=offer):
            return waivers.agree_pause(owed, by=by, at=at, offer=offer)
        case ObligationResumed(offer=offer):
            return waivers.resume(owed, by=by, at=at, offer=offer, agreement=agreement)
        case BreachNoted():
            return waivers.note_breach(owed, by=by, at=at, statement=id)
    assert_never(statement)
