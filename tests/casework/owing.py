"""Obligations for stories: one referral from Jakarta to East Java (or Bali), led on by acts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from casework import counts, waivers
from casework.counts import Act
from casework.duties import DUTIES, Kind
from casework.obligations import Obligation
from casework.terms import Term
from tests.casework.stories import AGREEMENT, EAST_JAVA, JAKARTA, START, digest, must

REFERRAL = "c" * 32
TERMS = {Kind.REFERRAL_ACKNOWLEDGE: Term.PT24H, Kind.REFERRAL_DECIDE: Term.P3WD}


def act(
    kind: str,
    at: datetime,
    *,
    statement: str | None = None,
    about: str | None = None,
    agrees: bool | None = None,
    terms: Mapping[Kind, Term] | None = None,
) -> Act:
    """As a statement of this kind tells it; named by its kind and time, where it has no name, each is another one."""
    settled = [duty.kind for duty in DUTIES if kind in duty.settled_by and duty.named_in]
    met = [duty.kind for duty in DUTIES if kind in duty.opened_by and duty.met_if and agrees]
    return Act(
        kind=kind,
        statement=statement or digest(f"{kind} {at.isoformat()}"),
        at=at,
        terms=terms or {},
        named={} if about is None else dict.fromkeys(settled, about),
        met=frozenset(met),
    )


def after(
    standing: tuple[Obligation, ...], *acts: Act, sender: str = JAKARTA, receiver: str = EAST_JAVA
) -> tuple[Obligation, ...]:
    for each in acts:
        standing = counts.advance(
            standing, each, referral=REFERRAL, sender=sender, receiver=receiver, agreement=AGREEMENT
        )
    return standing


def sent(
    at: datetime = START, *, sender: str = JAKARTA, receiver: str = EAST_JAVA, terms: Mapping[Kind, Term] = TERMS
) -> tuple[Obligation, ...]:
    return after((), act("referral.sent", at, terms=terms), sender=sender, receiver=receiver)


def released(at: datetime = START, term: Term = Term.PT24H, receiver: str = EAST_JAVA) -> tuple[Obligation, ...]:
    return after((), act("handover.released", at, terms={Kind.HANDOVER_RECEIPT: term}), receiver=receiver)


def one(standing: tuple[Obligation, ...], kind: Kind) -> Obligation:
    (found,) = [each for each in standing if each.kind is kind]
    return found


def offered(obligation: Obligation, at: datetime) -> Obligation:
    """With a waiver and a pause offered by its debtor."""
    waiver = must(Obligation, waivers.offer_waiver(obligation, by=obligation.debtor, at=at, statement=digest("waiver")))
    return must(Obligation, waivers.offer_pause(waiver, by=obligation.debtor, at=at, statement=digest("pause")))


def paused(obligation: Obligation, at: datetime) -> Obligation:
    proposed = obligation if obligation.pause_offer else offered(obligation, at)
    return must(
        Obligation, waivers.agree_pause(proposed, by=obligation.creditor, at=at, offer=str(proposed.pause_offer))
    )


def unchanged(before: Obligation, found: object) -> bool:
    """A refusal is no obligation, and values cannot be altered: what was is what is."""
    return not isinstance(found, Obligation) and replace(before) == before
