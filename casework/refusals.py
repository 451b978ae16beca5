"""Every way in which a move can be refused, as one closed union.

Promise: a refused move changes nothing and says which rule it met, in data a program can act on.
Rules: one frozen class per rule, with a stable `code`; fields hold only what the asker may know already.
Elsewhere: those about obligations, `casework.objections`; all of them in words, `casework.messages`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from casework.objections import Objection


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAParty:
    code: ClassVar[str] = "NOT_A_PARTY"
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongParty:
    """The act belongs to another party."""

    code: ClassVar[str] = "WRONG_PARTY"
    by: str
    belongs_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProvince:
    """Nobody refers a case to itself."""

    code: ClassVar[str] = "OWN_PROVINCE"
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongReceiver:
    code: ClassVar[str] = "WRONG_RECEIVER"
    to: str
    receiver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongStatus:
    code: ClassVar[str] = "WRONG_STATUS"
    status: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementNotInForce:
    code: ClassVar[str] = "AGREEMENT_NOT_IN_FORCE"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRunsBackwards:
    code: ClassVar[str] = "TIME_RUNS_BACKWARDS"
    at: datetime
    latest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleStatement:
    """The statement does not follow the last one that names the referral: the signer had not seen it."""

    code: ClassVar[str] = "STALE_STATEMENT"
    named: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongReferral:
    code: ClassVar[str] = "WRONG_REFERRAL"
    named: str
    referral: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadySent:
    code: ClassVar[str] = "ALREADY_SENT"
    referral: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverSent:
    code: ClassVar[str] = "NEVER_SENT"
    referral: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralOpen:
    """The case has a referral that is neither decided against nor completed."""

    code: ClassVar[str] = "REFERRAL_OPEN"
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsNotAgreed:
    code: ClassVar[str] = "TERMS_NOT_AGREED"
    term_acknowledge: str
    term_decide: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotCountable:
    """The agreement's working-day calendar does not reach as far as this term."""

    code: ClassVar[str] = "DUE_NOT_COUNTABLE"
    term: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYetExpired:
    code: ClassVar[str] = "NOT_YET_EXPIRED"
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLeg:
    code: ClassVar[str] = "WRONG_LEG"
    leg: int
    legs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FitnessMissing:
    code: ClassVar[str] = "FITNESS_MISSING"
    leg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FitnessTooOld:
    code: ClassVar[str] = "FITNESS_TOO_OLD"
    certified_at: datetime
    usable_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFitToTravel:
    code: ClassVar[str] = "NOT_FIT_TO_TRAVEL"
    certified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverOpen:
    """The person is on the way: released, and neither received nor refused."""

    code: ClassVar[str] = "HANDOVER_OPEN"
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingReleased:
    code: ClassVar[str] = "NOTHING_RELEASED"
    referral: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongRelease:
    code: ClassVar[str] = "WRONG_RELEASE"
    named: str
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreesContradicted:
    """`agrees` says something else than the two conditions do."""

    code: ClassVar[str] = "AGREES_CONTRADICTED"
    agrees: bool
    worsened: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactMissing:
    """A sealed fact without which the act means nothing."""

    code: ClassVar[str] = "FACT_MISSING"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactUnreadable:
    code: ClassVar[str] = "FACT_UNREADABLE"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactDiffers:
    """A sealed fact says something else than the case does."""

    code: ClassVar[str] = "FACT_DIFFERS"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactOutOfTime:
    """A told instant lies after the entry that tells it, before the act it follows, or too far back."""

    code: ClassVar[str] = "FACT_OUT_OF_TIME"
    name: str
    instant: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryNotValid:
    code: ClassVar[str] = "CATEGORY_NOT_VALID"
    category: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMissing:
    code: ClassVar[str] = "TEXT_MISSING"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BornInFuture:
    code: ClassVar[str] = "BORN_IN_FUTURE"
    birth_date: date


Refusal = (
    NotAParty
    | WrongParty
    | OwnProvince
    | WrongReceiver
    | WrongStatus
    | AgreementNotInForce
    | TimeRunsBackwards
    | StaleStatement
    | WrongReferral
    | AlreadySent
    | NeverSent
    | ReferralOpen
    | TermsNotAgreed
    | DueNotCountable
    | NotYetExpired
    | WrongLeg
    | FitnessMissing
    | FitnessTooOld
    | NotFitToTravel
    | HandoverOpen
    | NothingReleased
    | WrongRelease
    | AgreesContradicted
    | FactMissing
    | FactUnreadable
    | FactDiffers
    | FactOutOfTime
    | CategoryNotValid
    | TextMissing
    | BornInFuture
    | Objection
)
