"""The refusals of moves on an obligation, a paper or a discrepancy, as one closed union: a part of `refusals.Refusal`.

Promise and rules are those of `casework.refusals`: one frozen class per rule, nothing changed, nothing told that the
asker may not know.
Elsewhere: who meets them, `casework.waivers`, `.papers`, `.discrepancies`; in words, `casework.messages`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverUnknown:
    """No handover of this referral was released, received or refused by that statement."""

    code: ClassVar[str] = "HANDOVER_UNKNOWN"
    named: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToAnswer:
    """The two conditions agree."""

    code: ClassVar[str] = "NOTHING_TO_ANSWER"
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyAnswered:
    code: ClassVar[str] = "ALREADY_ANSWERED"
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRecorded:
    """This end has recorded a paper of that statement before."""

    code: ClassVar[str] = "PAPER_RECORDED"
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPaper:
    """The statement says that there was none."""

    code: ClassVar[str] = "NO_PAPER"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDiffers:
    """Not the paper that the statement names under seal."""

    code: ClassVar[str] = "PAPER_DIFFERS"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesDiffer:
    """The paper and the statement tell times that are more than fifteen minutes apart."""

    code: ClassVar[str] = "TIMES_DIFFER"
    told: datetime
    recorded: datetime


Objection = (
    ObligationUnknown
    | ObligationNotOpen
    | OfferPending
    | WrongOffer
    | NotBreached
    | BreachNoted
    | HandoverUnknown
    | NothingToAnswer
    | AlreadyAnswered
    | PaperRecorded
    | NoPaper
    | PaperDiffers
    | TimesDiffer
)
