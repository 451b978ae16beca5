"""The family `obligation`: letting off and waiting, offered and agreed; and the host's notice of what is overdue.

Promise: a statement of this family names one obligation, and is not in the chain of its referral: a notice or an offer
never makes stale what somebody is signing on that referral meanwhile.
Elsewhere: who may say it and when, `casework.waivers`.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from casework.duties import Kind
from ledger.shapes import Choice, Null, Record
from ledger.statements.bodies import Body, Hash, ProvinceBody, RandomId, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One obligation, by what it is, the statement that opened it, and its referral."""

    kind: Annotated[str, Choice(tuple(Kind))]
    opened_by: Hash
    referral: RandomId


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark(ProvinceBody):
    """What a province says on an obligation."""

    obligation: Annotated[Owed, Record(Owed)]

    @property
    def referral(self) -> str:
        return self.obligation.referral


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverOffered(Remark):
    KIND: ClassVar[str] = "obligation.waiver_offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverAgreed(Remark):
    KIND: ClassVar[str] = "obligation.waiver_agreed"

    offer: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseOffered(Remark):
    KIND: ClassVar[str] = "obligation.pause_offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAgreed(Remark):
    KIND: ClassVar[str] = "obligation.pause_agreed"

    offer: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationResumed(Remark):
    KIND: ClassVar[str] = "obligation.resumed"

    offer: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachNoted(Body):
    """The host's notice that an obligation is past its due, and nothing settles it."""

    KIND: ClassVar[str] = "obligation.breach_noted"
    SIGNER: ClassVar[Signer] = Signer.HOST

    key: Annotated[str, Null()]
    obligation: Annotated[Owed, Record(Owed)]

    @property
    def referral(self) -> str:
        return self.obligation.referral
