"""Papers: the signed record of a handover (BAST), as each end records it in the ledger (O9).

Promise: the two ends record the same page or they do not, and everybody can see which.
Rules: an end records the paper of one release or one receipt once. Where it is known what the receipt says under seal,
the digest must be the one it names and the two times must lie within fifteen minutes of each other; a receipt that was
entered late is not made timely by a paper of a time that lies after the due.
Elsewhere: what follows for the obligation, `casework.obligations` and docs/decisions/0017.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from casework import counts, handovers, obligations
from casework.duties import BY_KIND
from casework.handovers import Told
from casework.objections import HandoverUnknown, NoPaper, PaperDiffers, PaperRecorded, TimesDiffer
from casework.obligations import Paper
from casework.referrals import Referral
from casework.refusals import FactOutOfTime, Refusal, WrongParty

SAME_MOMENT = timedelta(minutes=15)


class PaperOf(StrEnum):
    """What a paper is of: the release, or its answer."""

    RELEASE = "RELEASE"
    RECEIPT = "RECEIPT"


def record(
    referral: Referral, *, by: str, handover: str, sha256: str, happened_at: datetime | None
) -> Referral | Refusal:
    """`happened_at`: what the paper says, sealed; None where it is not known."""
    if by not in (referral.sender, referral.receiver):
        return WrongParty(by=by, belongs_to=referral.sender)
    found = handovers.told_by(referral.handovers, handover)
    if found is None:
        return HandoverUnknown(named=handover)
    if any((each.party, each.of) == (by, handover) for each in found.papers):
        return PaperRecorded(party=by)
    told = found.told_at_release if handover == found.release else found.told_at_receipt
    refused = None if told is None else _unlike(told, sha256, happened_at)
    refused = refused or _too_late(referral, handover, (told and told.happened_at) or happened_at)
    if refused is not None:
        return refused
    kept = replace(found, papers=(*found.papers, handovers.HandoverPaper(party=by, of=handover, sha256=sha256)))
    return replace(
        referral,
        handovers=handovers.replaced(referral.handovers, kept),
        obligations=counts.recorded(referral.obligations, handover=handover, paper=Paper(party=by, sha256=sha256)),
    )


def _unlike(told: Told, sha256: str, happened_at: datetime | None) -> Refusal | None:
    if told.paper is None:
        return NoPaper()
    if told.paper != sha256:
        return PaperDiffers()
    if happened_at is not None and told.happened_at is not None and abs(happened_at - told.happened_at) > SAME_MOMENT:
        return TimesDiffer(told=told.happened_at, recorded=happened_at)
    return None


def _too_late(referral: Referral, handover: str, happened_at: datetime | None) -> Refusal | None:
    """A paper that shows the handover itself to be late proves nothing but that: by the receipt's time, or its own."""
    owed = next((each for each in referral.obligations if _is_receipt(each, handover)), None)
    if owed is None or not owed.is_late or happened_at is None or happened_at <= owed.due:
        return None
    return FactOutOfTime(name="happened_at", instant=happened_at)


def _is_receipt(owed: obligations.Obligation, handover: str) -> bool:
    return BY_KIND[owed.kind].by_paper and owed.ended_by == handover
