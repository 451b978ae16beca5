"""The refusals of moves on an obligation, as one closed union: a part of `casework.refusals.Refusal`.

Promise and rules are those of `casework.refusals`: one frozen class per rule, nothing changed, nothing told that the
asker may not know.
Elsewhere: who meets them, `casework.waivers`; in words, `casework.messages`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationUnknown:
    """No statement on this referral has opened such an obligation."""

    code: ClassVar[str] = "OBLIGATION_UNKNOWN"
    kind: str
    opened_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationNotOpen:
    code: ClassVar[str] = "OBLIGATION_NOT_OPEN"
    state: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPending:
    """The same was offered before and is not answered yet."""

    code: ClassVar[str] = "OFFER_PENDING"
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongOffer:
    """Not the offer that stands."""

    code: ClassVar[str] = "WRONG_OFFER"
    named: str
    offer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBreached:
    code: ClassVar[str] = "NOT_BREACHED"
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachNoted:
    code: ClassVar[str] = "BREACH_NOTED"
    notice: str


Objection = ObligationUnknown | ObligationNotOpen | OfferPending | WrongOffer | NotBreached | BreachNoted
