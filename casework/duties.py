"""The table of duties: which statement opens which obligation, whose it is, what it is named by, and what settles it.

Promise: nothing else says what is owed. A new duty is a row here with its name in `Kind`, the same row in the database
(`duty`, `duty_act`) and in the format (O1), its term in the agreement's data, and a test.
Rules: a statement first ends what it ends and then opens what it opens, at its entry's own `at`. Acknowledging,
accepting and declining are the receiver's to owe, and so is the receipt; the answer to a discrepancy is the sender's.
A receipt or refusal that agrees has nothing to answer: that duty is opened and met by the same entry, so that good
condition is counted for every handover and not only for the bad ones. An expired referral settles nothing.
Elsewhere: what an obligation is, `casework.obligations`; who counts by the table, `casework.counts`; terms, clauses and
their basis, `casework.agreements`; that the other tables say the same, `tests/database/test_duties_kept.py`.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Kind(StrEnum):
    REFERRAL_ACKNOWLEDGE = "referral.acknowledge"
    REFERRAL_DECIDE = "referral.decide"
    HANDOVER_RECEIPT = "handover.receipt"
    DISCREPANCY_ANSWER = "discrepancy.answer"


class Side(Enum):
    """An end of the referral."""

    SENDER = "SENDER"
    RECEIVER = "RECEIVER"


class Of(Enum):
    """What it is owed for."""

    REFERRAL = "REFERRAL"
    HANDOVER = "HANDOVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A row. What begins and ends it are kinds of statements; what names something, a field of their bodies."""

    kind: Kind
    label: str
    label_en: str
    of: Of
    owed_by: Side
    opened_by: tuple[str, ...]
    settled_by: tuple[str, ...]
    released_by: tuple[str, ...] = ()
    term_in: str | None = None  # the field of what opens it; None: the agreement's term
    named_in: str | None = None  # the field of what settles it, where a referral can owe several of the kind
    met_if: str | None = None  # the field of what opens it: where that is true, nothing is left to do
    by_paper: bool = False  # settled late, it can be shown by a paper of both ends to have been done in time


DUTIES = (
    Duty(
        kind=Kind.REFERRAL_ACKNOWLEDGE,
        label="Menyatakan bahwa rujukan telah sampai",
        label_en="To acknowledge a referral",
        of=Of.REFERRAL,
        owed_by=Side.RECEIVER,
        opened_by=("referral.sent",),
        settled_by=("referral.acknowledged", "referral.accepted", "referral.declined"),
        released_by=("referral.withdrawn",),
        term_in="term_acknowledge",
    ),
    Duty(
        kind=Kind.REFERRAL_DECIDE,
        label="Menerima atau menolak rujukan",
        label_en="To accept or decline a referral",
        of=Of.REFERRAL,
        owed_by=Side.RECEIVER,
        opened_by=("referral.sent",),
        settled_by=("referral.accepted", "referral.declined"),
        released_by=("referral.withdrawn",),
        term_in="term_decide",
    ),
    Duty(
        kind=Kind.HANDOVER_RECEIPT,
        label="Menerima orang yang diserahkan, atau menolaknya",
        label_en="To receive the person who was released, or refuse",
        of=Of.HANDOVER,
        owed_by=Side.RECEIVER,
        opened_by=("handover.released",),
        settled_by=("handover.received", "handover.refused"),
        term_in="term",
        named_in="release",
        by_paper=True,
    ),
    Duty(
        kind=Kind.DISCREPANCY_ANSWER,
        label="Menjawab keadaan yang lebih buruk saat diterima",
        label_en="To answer for a condition that was worse at receipt",
        of=Of.HANDOVER,
        owed_by=Side.SENDER,
        opened_by=("handover.received", "handover.refused"),
        settled_by=("discrepancy.answered",),
        named_in="receipt",
        met_if="agrees",
    ),
)
BY_KIND = {duty.kind: duty for duty in DUTIES}
