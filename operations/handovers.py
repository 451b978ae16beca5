"""Handovers: one side releases the person, the other receives or refuses.

Promise: each function enters one signed statement of its kind with the condition it tells, or answers why not.
Elsewhere: the path, `operations.submitting`; the rules of a leg, `casework.legs`.
"""

from auth.principals import Principal
from ledger.statements import HandoverReceived, HandoverRefused, HandoverReleased
from operations.desks import Desk
from operations.refusals import told
from operations.results import Done
from operations.submissions import SubmissionInput
from operations.submitting import submit


@told
async def release(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The sending province lets the person go, and says in what condition."""
    return await submit(desk, by, given, kind=HandoverReleased, mutation="releaseHandover")


@told
async def receive(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The receiving province has the person, and says in what condition; the referral is completed."""
    return await submit(desk, by, given, kind=HandoverReceived, mutation="receiveHandover")


@told
async def refuse(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The receiving province does not take the person over, for a coded reason."""
    return await submit(desk, by, given, kind=HandoverRefused, mutation="refuseHandover")
