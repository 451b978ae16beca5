"""What is said of an obligation or a handover beside the way itself: waivers, pauses, answers, papers.

Promise: one verb of a history is one act of one end, on what that history has opened.
Rules: a waiver is of the decision and a pause of the receipt: the demo has one of each, and no more, in a history.
Elsewhere: the verbs, `cli.demo.histories`; playing them, `cli.demo.playing`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from casework import obligations
from casework.duties import Kind
from casework.papers import PaperOf
from cli.demo.histories import Verb
from cli.demo.offices import Act
from operations import handovers
from operations import obligations as acts
from operations.preparations import (
    BastRecordedInput,
    DiscrepancyAnsweredInput,
    ObligationResumedInput,
    PauseAgreedInput,
    PauseOfferedInput,
    StatementInput,
    WaiverAgreedInput,
    WaiverOfferedInput,
)

PAPER: Final = "5f" * 32  # the digest of a page that nobody ever signed
ANSWERED: Final = "Terjatuh di tangga bus; sopir rekaan telah ditegur. / Fell on the steps of the bus."


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a history has opened so far."""

    referral: UUID | None
    handover: UUID | None
    sent: str | None  # statements
    released: str | None
    signed_at: datetime | None  # the late paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Who says what, of which version."""

    by_sender: bool
    act: Act
    given: StatementInput
    version: int


def said(verb: Verb, opened: Opened) -> Said | None:
    """The act of a verb; None for a verb of the way itself."""
    decide, receipt = (_owed(opened, kind) for kind in (Kind.REFERRAL_DECIDE, Kind.HANDOVER_RECEIPT))
    ways: dict[Verb, tuple[bool, Act, StatementInput, int]] = {
        Verb.OFFER_WAIVER: (False, acts.offer_waiver, WaiverOfferedInput(obligation=decide), 1),
        Verb.AGREE_WAIVER: (True, acts.agree_waiver, WaiverAgreedInput(obligation=decide), 2),
        Verb.OFFER_PAUSE: (False, acts.offer_pause, PauseOfferedInput(obligation=receipt), 1),
        Verb.AGREE_PAUSE: (True, acts.agree_pause, PauseAgreedInput(obligation=receipt), 2),
        Verb.RESUME: (False, acts.resume, ObligationResumedInput(obligation=receipt), 3),
        Verb.ANSWER: (
            True,
            handovers.answer_discrepancy,
            DiscrepancyAnsweredInput(handover=opened.handover, answer=ANSWERED, officer="Petugas Umpama"),
            2,
        ),
    }
    if verb in (Verb.SENDER_RECORDS, Verb.RECEIVER_RECORDS) and opened.signed_at is not None:
        paper = BastRecordedInput(
            handover=opened.handover, of=PaperOf.RECEIPT, sha256=PAPER, happened_at=opened.signed_at
        )
        return Said(by_sender=verb is Verb.SENDER_RECORDS, act=handovers.record_bast, given=paper, version=2)
    if verb not in ways:
        return None
    by_sender, act, given, version = ways[verb]
    return Said(by_sender=by_sender, act=act, given=given, version=version)


def _owed(opened: Opened, kind: Kind) -> UUID | None:
    opened_by = opened.released if kind is Kind.HANDOVER_RECEIPT else opened.sent
    if opened_by is None or opened.referral is None:
        return None
    return obligations.id_of(kind, opened_by, opened.referral.hex)
