"""What has happened on the way, read: certificates, handovers, their papers, and what each end told under seal.

Promise: a handover comes with everything of it that the asker may see; what is hidden from it is not known.
Rules: in the order of the ledger. Read after the referral's row is locked, which every act on it locks first.
Elsewhere: the referral itself, `operations.loading`; writing, `operations.saving`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.sql.selectable import NamedFromClause

from casework import facts
from casework.conditions import ITEMS, Condition, Grade
from casework.fitness import Certificate, Fitness
from casework.handovers import Handover, HandoverPaper, Status, Told
from casework.reasons import RefusalReason
from casework.terms import Term
from database.tables import condition_report, fitness_certificate, handover, handover_paper, ledger_entry, opening
from database.transaction import Transaction

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


async def handovers_of(tx: Transaction, referral: UUID) -> tuple[HandoverRow, ...]:
    asked = (
        select(handover, *_items(_AT_RELEASE, "release"), *_items(_AT_RECEIPT, "receipt"))
        .join(ledger_entry, ledger_entry.c.statement == handover.c.release_statement)
        .outerjoin(_AT_RELEASE, _AT_RELEASE.c.id == handover.c.release_condition_id)
        .outerjoin(_AT_RECEIPT, _AT_RECEIPT.c.id == handover.c.receipt_condition_id)
        .where(handover.c.referral_id == referral)
        .order_by(ledger_entry.c.index)
    )
    rows = (await tx.connection.execute(asked)).all()
    if not rows:
        return ()
    told, papers = await _told(tx, rows), await _papers(tx, rows)
    return tuple(HandoverRow(handover=_handover(row, told, papers[row.id]), version=row.version) for row in rows)


async def _told(tx: Transaction, rows: Sequence[Row[Any]]) -> Mapping[str, Told]:
    """By statement; of those whose openings are the asker's to see."""
    said = [each for row in rows for each in (row.release_statement, row.receipt_statement) if each is not None]
    asked = select(opening.c.statement, opening.c.name, opening.c.value).where(
        opening.c.statement.in_(said), opening.c.name.in_(TOLD)
    )
    known: dict[str, dict[str, object]] = defaultdict(dict)
    for row in await tx.connection.execute(asked):
        known[row.statement][row.name] = row.value
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


def _items(report: NamedFromClause, prefix: str) -> list[ColumnElement[str]]:
    return [report.c[item].label(f"{prefix}_{item}") for item in ITEMS]


def _handover(row: Row[Any], told: Mapping[str, Told], papers: tuple[HandoverPaper, ...]) -> Handover:
    return Handover(
        release=row.release_statement,
        leg=row.leg,
        sender=row.from_party,
        receiver=row.to_party,
        term=Term(row.term),
        status=Status(row.status),
        released_at=row.released_at,
        condition_at_release=_condition(row, "release"),
        receipt=row.receipt_statement,
        settled_at=row.settled_at,
        agrees=row.agrees,
        reason=None if row.reason is None else RefusalReason(row.reason),
        condition_at_receipt=_condition(row, "receipt"),
        told_at_release=told.get(row.release_statement),
        told_at_receipt=told.get(row.receipt_statement),
        answer=row.answer_statement,
        answered_at=row.answered_at,
        papers=papers,
    )


def _condition(row: Row[Any], prefix: str) -> Condition | None:
    told = row._mapping
    if told[f"{prefix}_{ITEMS[0]}"] is None:
        return None
    return Condition(**{item: Grade(str(told[f"{prefix}_{item}"])) for item in ITEMS})
