"""Referrals: send, acknowledge, accept, decline, withdraw.

Promise: each function enters one signed statement of its kind with all that follows from it, or answers why not.
Elsewhere: the path they share, `operations.submitting`; a referral's life, `casework.referrals`.
"""

from auth.principals import Principal
from ledger.statements import (
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralSent,
    ReferralWithdrawn,
)
from operations.desks import Desk
from operations.refusals import told
from operations.results import Done
from operations.submissions import SubmissionInput
from operations.submitting import submit


@told
async def send(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """A province offers an assessed case to another one, which then sees a preview."""
    return await submit(desk, by, given, kind=ReferralSent, mutation="sendReferral")


@told
async def acknowledge(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The receiving province says that it has seen the referral."""
    return await submit(desk, by, given, kind=ReferralAcknowledged, mutation="acknowledgeReferral")


@told
async def accept(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The receiving province takes the referral on; the case opens to it."""
    return await submit(desk, by, given, kind=ReferralAccepted, mutation="acceptReferral")


@told
async def decline(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The receiving province does not take it on, for a coded reason; the preview is deleted."""
    return await submit(desk, by, given, kind=ReferralDeclined, mutation="declineReferral")


@told
async def withdraw(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The sending province takes its referral back; nothing of the case stays open to the other."""
    return await submit(desk, by, given, kind=ReferralWithdrawn, mutation="withdrawReferral")
