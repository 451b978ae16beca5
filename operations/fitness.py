"""Fitness to travel: certified before departure by the province that has the person.

Promise: one signed certificate, entered with its opened facts, or the reason why not.
Elsewhere: the path, `operations.submitting`; when a certificate counts, `casework.fitness`.
"""

from auth.principals import Principal
from ledger.statements import FitnessCertified
from operations.desks import Desk
from operations.refusals import told
from operations.results import Done
from operations.submissions import SubmissionInput
from operations.submitting import submit


@told
async def certify(desk: Desk, by: Principal, given: SubmissionInput) -> Done:
    """The sending province certifies that the person may travel, or may not."""
    return await submit(desk, by, given, kind=FitnessCertified, mutation="certifyFitness")
