"""What has happened on the way, read: certificates, handovers, their papers, and what each end told under seal.

Promise: a handover comes with everything of it that the asker may see; what is hidden from it is not known.
Rules: in the order of the ledger. Read after the referral's row is locked, which every act on it locks first.
Elsewhere: the referral itself, `operations.loading`; opening what is sealed, `operations.seals`; writing,
`operations.saving`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from casework import facts
from casework.fitness import Certificate, Fitness
from casework.handovers import Handover, HandoverPaper, Status, Told
from casework.reasons import RefusalReason
from casework.terms import Term
from database.tables import condition_report, fitness_certificate, handover, handover_paper, ledger_entry, opening
from database.transaction import Transaction
from operations import seals
from operations.seals import Opened, Opener

TOLD = ("happened_at", "paper")  # under seal, of a release and of its answer


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRow:
    handover: Handover
    version: int


async def certificates_of(tx: Transaction, referral: UUID) -> tuple[Certificate, ...]:
    kept = fitness_certificate
    asked = (
        select(kept)
        .join(ledger_entry, ledger_entry.c.statement == kept.c.statement)
        .where(kept.c.referral_id == referral)
        .order_by(ledger_entry.c.index)
    )
    return tuple(
        Certificate(
            statement=row.statement,
            leg=row.leg,
            party=row.party,
            certified_at=row.certified_at,
            fitness=Fitness(row.fitness),
        )
        for row in await tx.connection.execute(asked)
    )


_AT_RELEASE, _AT_RECEIPT = condition_report.alias("at_release"), condition_report.alias("at_receipt")


async def handovers_of(tx: Transaction, referral: UUID, person: UUID, opener: Opener) -> tuple[HandoverRow, ...]:
    """`person`: whom the referral is about, under whose key it is sealed what each end told."""
    asked = (
        select(handover, _AT_RELEASE.c.sealed.label("at_release"), _AT_RECEIPT.c.sealed.label("at_receipt"))
        .join(ledger_entry, ledger_entry.c.statement == handover.c.release_statement)
        .outerjoin(_AT_RELEASE, _AT_RELEASE.c.id == handover.c.release_condition_id)
        .outerjoin(_AT_RECEIPT, _AT_RECEIPT.c.id == handover.c.receipt_condition_id)
        .where(handover.c.referral_id == referral)
        .order_by(ledger_entry.c.index)
    )
    rows = (await tx.connection.execute(asked)).all()
    if not rows:
        return ()
    opened = await opener.open(tx, (person,), "JUDGED", "Handover.condition", *(f"Handover.{name}" for name in TOLD))
    told, papers = await _told(tx, rows, person, opened), await _papers(tx, rows)
    return tuple(
        HandoverRow(handover=_handover(row, told, papers[row.id], person, opened), version=row.version) for row in rows
    )


async def _told(tx: Transaction, rows: Sequence[Row[Any]], person: UUID, opened: Opened) -> Mapping[str, Told]:
    """By statement; of those whose openings are the asker's to see."""
    said = [each for row in rows for each in (row.release_statement, row.receipt_statement) if each is not None]
    asked = select(opening.c.statement, opening.c.name, opening.c.sealed).where(
        opening.c.statement.in_(said), opening.c.name.in_(TOLD)
    )
    known: dict[str, dict[str, object]] = defaultdict(dict)
    for row in await tx.connection.execute(asked):
        content = seals.opening_of(opened, person, row.statement, row.name, row.sealed)
        if content is not None:
            known[row.statement][row.name] = content.value
    return {
        statement: Told(happened_at=facts.instant(opened, "happened_at"), paper=facts.text(opened, "paper"))
        for statement, opened in known.items()
    }


async def _papers(tx: Transaction, rows: Sequence[Row[Any]]) -> Mapping[UUID, tuple[HandoverPaper, ...]]:
    kept = handover_paper
    asked = (
        select(kept)
        .join(ledger_entry, ledger_entry.c.statement == kept.c.statement)
        .where(kept.c.handover_id.in_([row.id for row in rows]))
        .order_by(ledger_entry.c.index)
    )
    signed = {(row.id, "RELEASE"): row.release_statement for row in rows}
    signed |= {(row.id, "RECEIPT"): row.receipt_statement for row in rows}
    found: dict[UUID, tuple[HandoverPaper, ...]] = defaultdict(tuple)
    for row in await tx.connection.execute(asked):
        paper = HandoverPaper(party=row.party, of=signed[row.handover_id, row.of], sha256=row.sha256)
        found[row.handover_id] = (*found[row.handover_id], paper)
    return found


def _handover(
    row: Row[Any], told: Mapping[str, Told], papers: tuple[HandoverPaper, ...], person: UUID, opened: Opened
) -> Handover:
    return Handover(
        release=row.release_statement,
        leg=row.leg,
        sender=row.from_party,
        receiver=row.to_party,
        term=Term(row.term),
        status=Status(row.status),
        released_at=row.released_at,
        condition_at_release=seals.condition_of(opened, person, row.release_statement, row.at_release),
        receipt=row.receipt_statement,
        settled_at=row.settled_at,
        agrees=row.agrees,
        reason=None if row.reason is None else RefusalReason(row.reason),
        condition_at_receipt=seals.condition_of(opened, person, row.receipt_statement, row.at_receipt),
        told_at_release=told.get(row.release_statement),
        told_at_receipt=told.get(row.receipt_statement),
        answer=row.answer_statement,
        answered_at=row.answered_at,
        papers=papers,
    )
