"""From a signed statement to the move it makes: the one place where evidence meets the rules (V9).

Promise: the service, before it logs, and the auditor, long after, judge a statement by this same function.
Rules: the body is the only source of what stands in clear; of what is sealed, only what was opened is judged. Nothing
is moved on a refusal, and a refusal names the first rule met: whose referral, whose turn, which statement it follows.
Elsewhere: signatures, keys, links between statements, `ledger.admissions`; the rules themselves, `casework`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from casework import discrepancies, facts, legs, referrals
from casework.agreements import Agreement
from casework.drafts import Draft
from casework.facts import Opened
from casework.fitness import Fitness
from casework.handovers import Told
from casework.parties import HOST
from casework.reasons import DeclineReason, RefusalReason
from casework.referrals import Referral
from casework.refusals import AlreadySent, NeverSent, Refusal, StaleStatement, WrongReferral
from casework.terms import Term
from ledger import owings
from ledger.statements import (
    BastRecorded,
    BreachNoted,
    ChainedAct,
    DiscrepancyAnswered,
    FitnessCertified,
    HandoverReceived,
    HandoverRefused,
    HandoverReleased,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralExpired,
    ReferralSent,
    ReferralStatement,
    ReferralWithdrawn,
    Remark,
)


def move(
    state: Referral | None,
    statement: ReferralStatement,
    *,
    id: str,
    at: datetime,
    agreement: Agreement,
    opened: Mapping[str, object] | None,
) -> Referral | Refusal:
    """The referral after this statement. `id`: the statement's; `at`: its leaf's; `opened`: the sealed facts known."""
    known: Opened = {} if opened is None else opened
    try:
        moved = _moved(state, statement, id=id, at=at, agreement=agreement, opened=known)
        if isinstance(moved, Referral) and not isinstance(statement, Remark | BreachNoted | BastRecorded):
            return owings.advanced(moved, statement, id=id, at=at, agreement=agreement)
        return moved
    except facts.Unmet as unmet:
        return unmet.refusal


def drafted(statement: ReferralSent, opened: Mapping[str, object]) -> Draft | Refusal:
    """The referral that this statement sends, to be compared with what its case says now by `drafts.differs`."""
    try:
        return _draft(statement, opened)
    except facts.Unmet as unmet:
        return unmet.refusal


def _moved(
    state: Referral | None,
    statement: ReferralStatement,
    *,
    id: str,
    at: datetime,
    agreement: Agreement,
    opened: Opened,
) -> Referral | Refusal:
    if isinstance(statement, ReferralSent):
        return _send(state, statement, id=id, at=at, agreement=agreement, opened=opened)
    if state is None:
        return NeverSent(referral=statement.referral)
    if statement.referral != state.id:
        return WrongReferral(named=statement.referral, referral=state.id)
    if isinstance(statement, Remark | BreachNoted | BastRecorded):
        return owings.remarked(state, statement, id=id, at=at, agreement=agreement, opened=opened)
    refused = _out_of_line(state, statement)
    return refused or _act(state, statement, id=id, at=at, agreement=agreement, opened=opened)


def _send(
    state: Referral | None, statement: ReferralSent, *, id: str, at: datetime, agreement: Agreement, opened: Opened
) -> Referral | Refusal:
    if state is not None:
        return AlreadySent(referral=state.id)
    return referrals.send(_draft(statement, opened), by=statement.party, at=at, statement=id, agreement=agreement)


def _draft(statement: ReferralSent, opened: Opened) -> Draft:
    return Draft(
        id=statement.referral,
        sender=statement.party,
        receiver=statement.to,
        term_acknowledge=Term(statement.term_acknowledge),
        term_decide=Term(statement.term_decide),
        facts=facts.of_referral(opened),
    )


def _out_of_line(state: Referral, statement: ChainedAct) -> Refusal | None:
    # The link of a stranger's statement is not looked at: it is refused by the move, and not told the last statement.
    known = statement.party in (state.sender, state.receiver, HOST)
    if known and statement.referral_prev != state.last:
        return StaleStatement(named=statement.referral_prev, last=state.last)
    return None


def _act(
    state: Referral, statement: ChainedAct, *, id: str, at: datetime, agreement: Agreement, opened: Opened
) -> Referral | Refusal:
    by = statement.party
    match statement:
        case ReferralAcknowledged():
            facts.empty(opened, "reason")
            return referrals.acknowledge(state, by=by, at=at, statement=id)
        case ReferralAccepted():
            facts.empty(opened, "reason")
            return referrals.accept(state, by=by, at=at, statement=id)
        case ReferralDeclined():
            reason = facts.word(opened, "reason", DeclineReason)
            return referrals.decline(state, by=by, at=at, statement=id, reason=reason)
        case ReferralWithdrawn():
            return referrals.withdraw(state, by=by, at=at, statement=id)
        case ReferralExpired():
            return referrals.expire(state, by=by, at=at, statement=id, agreement=agreement)
        case FitnessCertified():
            return _certify(state, statement, id=id, at=at, agreement=agreement, opened=opened)
        case HandoverReleased():
            return _release(state, statement, id=id, at=at, agreement=agreement, opened=opened)
        case HandoverReceived():
            return _receive(state, statement, id=id, at=at, opened=opened)
        case HandoverRefused():
            return _refuse(state, statement, id=id, at=at, opened=opened)
        case DiscrepancyAnswered():
            facts.texts(opened, "answer", "officer")
            return discrepancies.answer(state, by=by, at=at, statement=id, leg=statement.leg, receipt=statement.receipt)
    assert_never(statement)


def _certify(
    state: Referral, statement: FitnessCertified, *, id: str, at: datetime, agreement: Agreement, opened: Opened
) -> Referral | Refusal:
    facts.texts(opened, "officer", "place")
    return legs.certify(
        state,
        by=statement.party,
        at=at,
        statement=id,
        leg=statement.leg,
        fitness=facts.word(opened, "fitness", Fitness),
        examined_at=facts.instant(opened, "examined_at"),
        agreement=agreement,
    )


def _release(
    state: Referral, statement: HandoverReleased, *, id: str, at: datetime, agreement: Agreement, opened: Opened
) -> Referral | Refusal:
    facts.texts(opened, "carrier", "officer", "paper", "place")
    return legs.release(
        state,
        by=statement.party,
        at=at,
        statement=id,
        leg=statement.leg,
        to=statement.to,
        term=Term(statement.term),
        condition=facts.condition(opened),
        happened_at=facts.instant(opened, "happened_at"),
        planned_arrival=facts.instant(opened, "planned_arrival"),
        agreement=agreement,
        told=_told(opened),
    )


def _receive(
    state: Referral, statement: HandoverReceived, *, id: str, at: datetime, opened: Opened
) -> Referral | Refusal:
    facts.texts(opened, "officer", "paper", "place")
    return legs.receive(
        state,
        by=statement.party,
        at=at,
        statement=id,
        leg=statement.leg,
        release=statement.release,
        agrees=statement.agrees,
        condition=facts.condition(opened),
        happened_at=facts.instant(opened, "happened_at"),
        told=_told(opened),
    )


def _refuse(
    state: Referral, statement: HandoverRefused, *, id: str, at: datetime, opened: Opened
) -> Referral | Refusal:
    facts.texts(opened, "officer", "paper", "place")
    return legs.refuse(
        state,
        by=statement.party,
        at=at,
        statement=id,
        leg=statement.leg,
        release=statement.release,
        agrees=statement.agrees,
        condition=facts.condition(opened, optional=True),
        happened_at=facts.instant(opened, "happened_at"),
        reason=facts.word(opened, "reason", RefusalReason),
        told=_told(opened),
    )


def _told(opened: Opened) -> Told | None:
    """What a release or receipt says of itself under seal, where both are opened."""
    if "paper" not in opened or "happened_at" not in opened:
        return None
    return Told(happened_at=facts.instant(opened, "happened_at"), paper=facts.text(opened, "paper"))
