"""What an act has done: the keys of the objects that its answer speaks of.

Promise: the same act answered again gives the same keys, whether they are remembered or read off the statement.
Rules: key texts: 32 hex digits, a statement's id for its entry.
Elsewhere: how they become a payload, `schema.handing`.
"""

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from casework import obligations
from ledger.statements import (
    BastRecorded,
    BreachNoted,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    case_id: str | None = None
    referral_id: str | None = None
    certificate_id: str | None = None
    handover_id: str | None = None
    obligation_id: str | None = None
    entry_id: str | None = None


def of_statement(statement: ReferralStatement, id: str, handover: UUID | None = None) -> Done:
    """`handover`: the one that an answer or a paper speaks of; from the statement that they name it does not follow."""
    match statement:
        case (
            ReferralSent()
            | ReferralAcknowledged()
            | ReferralAccepted()
            | ReferralDeclined()
            | ReferralWithdrawn()
            | ReferralExpired()
        ):
            return Done(referral_id=statement.referral, entry_id=id)
        case FitnessCertified():
            return Done(referral_id=statement.referral, certificate_id=id[:32], entry_id=id)
        case HandoverReleased():
            return Done(referral_id=statement.referral, handover_id=id[:32], entry_id=id)
        case HandoverReceived() | HandoverRefused():
            return Done(referral_id=statement.referral, handover_id=statement.release[:32], entry_id=id)
        case DiscrepancyAnswered() | BastRecorded():
            told = None if handover is None else handover.hex
            return Done(referral_id=statement.referral, handover_id=told, entry_id=id)
        case Remark() | BreachNoted():
            owed = statement.obligation
            named = obligations.id_of(owed.kind, owed.opened_by, owed.referral)
            return Done(referral_id=owed.referral, obligation_id=named.hex, entry_id=id)
    assert_never(statement)
