"""What is owed: a debtor asks to be let off or waited for, its creditor agrees, and either lets the clock run on.

Promise: each function enters one signed statement on one obligation, or answers why not; nobody's act on the referral
itself is made stale by it.
Rules: `expectedVersion` is the obligation's.
Elsewhere: the path, `operations.submitting`; who may say what and when, `casework.waivers`; the answer to a discrepancy
and the papers of a handover, `operations.handovers`.
"""

from auth.principals import Principal
from ledger.statements import ObligationResumed, PauseAgreed, PauseOffered, WaiverAgreed, WaiverOffered
from operations.desks import Desk
from operations.refusals import told
from operations.results import Done
from operations.submissions import SubmissionInput
from operations.submitting import submit


@told
async def offer_waiver(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The debtor asks to be let off what it owes."""
    return await submit(desk, by, given, kind=WaiverOffered, mutation="offerWaiver")


@told
async def agree_waiver(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The creditor lets the debtor off, as it had asked; nothing is owed any more."""
    return await submit(desk, by, given, kind=WaiverAgreed, mutation="agreeWaiver")


@told
async def offer_pause(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The debtor asks that the clock of what it owes stand still."""
    return await submit(desk, by, given, kind=PauseOffered, mutation="offerPause")


@told
async def agree_pause(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The creditor agrees; the clock stands still from now on."""
    return await submit(desk, by, given, kind=PauseAgreed, mutation="agreePause")


@told
async def resume(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """Either of the two lets the clock run on; the due moves by as long as it stood."""
    return await submit(desk, by, given, kind=ObligationResumed, mutation="resumeObligation")
