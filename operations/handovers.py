"""Handovers: one side releases the person, the other receives or refuses; what did not agree is answered, and filed.

Promise: each function enters one signed statement of its kind with what it tells, or answers why not.
Elsewhere: the path, `operations.submitting`; the rules, `casework.legs`, `casework.discrepancies`, `casework.papers`.
"""

from auth.principals import Principal
from ledger.statements import BastRecorded, DiscrepancyAnswered, HandoverReceived, HandoverRefused, HandoverReleased
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


@told
async def answer_discrepancy(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The province that had released answers a receipt or refusal that found the person in worse condition."""
    return await submit(desk, by, given, kind=DiscrepancyAnswered, mutation="answerDiscrepancy")


@told
async def record_bast(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """Either end records the signed paper of a release or of its answer, to be held against the other's."""
    return await submit(desk, by, given, kind=BastRecorded, mutation="recordBast")
