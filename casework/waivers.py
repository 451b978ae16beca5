"""Waiving and pausing, offered by the debtor, agreed by the creditor (O5, O6); and the host's notice of a breach (O8).

Promise: nobody is let off by one side alone, and what is breached is never talked away afterwards.
Rules: offers and agreements count only while the obligation is open at their entry (one that is paused may be waived,
too). At most one offer of each sort waits at a time; an offer that nobody agrees to changes nothing. Either side ends a
pause. The host notes a breach once, and only one that is there; its notice changes nothing either.
Elsewhere: what an obligation is, `casework.obligations`; what these acts look like when signed, `ledger.statements`.
"""

from dataclasses import replace
from datetime import datetime

from casework import obligations, parties
from casework.agreements import Agreement
from casework.objections import BreachNoted, NotBreached, ObligationNotOpen, OfferPending, WrongOffer
from casework.obligations import Ending, Obligation, State, state
from casework.refusals import Refusal, WrongParty

_WAIVABLE = (State.OPEN, State.PAUSED)
_RUNNING = (State.OPEN,)


def offer_waiver(obligation: Obligation, *, by: str, at: datetime, statement: str) -> Obligation | Refusal:
    refused = (
        _of(by, obligation.debtor) or _in_state(obligation, at, _WAIVABLE) or _none_pending(obligation.waiver_offer)
    )
    return refused or replace(obligation, waiver_offer=statement)


def agree_waiver(
    obligation: Obligation, *, by: str, at: datetime, statement: str, offer: str, kind: str, agreement: Agreement
) -> Obligation | Refusal:
    refused = (
        _of(by, obligation.creditor) or _in_state(obligation, at, _WAIVABLE) or _offered(offer, obligation.waiver_offer)
    )
    return refused or obligations.ended(obligation, Ending.WAIVED, at=at, by=statement, kind=kind, agreement=agreement)


def offer_pause(obligation: Obligation, *, by: str, at: datetime, statement: str) -> Obligation | Refusal:
    refused = _of(by, obligation.debtor) or _in_state(obligation, at, _RUNNING) or _none_pending(obligation.pause_offer)
    return refused or replace(obligation, pause_offer=statement)


def agree_pause(obligation: Obligation, *, by: str, at: datetime, offer: str) -> Obligation | Refusal:
    refused = (
        _of(by, obligation.creditor) or _in_state(obligation, at, _RUNNING) or _offered(offer, obligation.pause_offer)
    )
    return refused or obligations.paused(obligation, at=at)


def resume(obligation: Obligation, *, by: str, at: datetime, offer: str, agreement: Agreement) -> Obligation | Refusal:
    mine = obligation.debtor if by != obligation.creditor else by
    refused = _of(by, mine) or _in_state(obligation, at, (State.PAUSED,)) or _offered(offer, obligation.pause_offer)
    return refused or obligations.resumed(obligation, at=at, agreement=agreement)


def note_breach(obligation: Obligation, *, by: str, at: datetime, statement: str) -> Obligation | Refusal:
    if by != parties.HOST:
        return WrongParty(by=by, belongs_to=parties.HOST)
    if obligation.noted_by is not None:
        return BreachNoted(notice=obligation.noted_by)
    if state(obligation, at) is not State.BREACHED:
        return NotBreached(due=obligation.due)
    return replace(obligation, noted_by=statement, noted_at=at)


def _of(by: str, belongs_to: str) -> Refusal | None:
    return None if by == belongs_to else WrongParty(by=by, belongs_to=belongs_to)


def _in_state(obligation: Obligation, at: datetime, allowed: tuple[State, ...]) -> Refusal | None:
    found = state(obligation, at)
    return None if found in allowed else ObligationNotOpen(state=found, allowed=allowed)


def _none_pending(offer: str | None) -> Refusal | None:
    return None if offer is None else OfferPending(offer=offer)


def _offered(named: str, offer: str | None) -> Refusal | None:
    return None if named == offer else WrongOffer(named=named, offer=offer)
