"""What an act has done: the keys of the objects that its answer speaks of.

Promise: the same act answered again gives the same keys, whether they are remembered or read off the statement.
Rules: key texts: 32 hex digits, a statement's id for its entry.
Elsewhere: how they become a payload, `schema.handing`.
"""

from dataclasses import dataclass
from typing import assert_never

from ledger.statements import (
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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    case_id: str | None = None
    referral_id: str | None = None
    certificate_id: str | None = None
    handover_id: str | None = None
    entry_id: str | None = None


def of_statement(statement: ReferralStatement, id: str) -> Done:
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
    assert_never(statement)
