"""What is owed on a referral, as rows: read and locked for an act, written after its entry.

Promise: the rows say what the rules said of the entry that stands in the log, by that entry's own `at`.
Rules: a due depends on the entry's time, which only the locked head tells; so these rows are written after the append,
in the same transaction, and not by its one statement as the others are (docs/decisions/0014). Rows are locked in the
order of their ids: an outage, which locks those of many referrals, then waits in no circle. Every change is the next
version of its row; what it was before, PostgreSQL keeps. How soon a referral's answer is owed at the sealed risk is a
row of its own, written with it and never again.
Elsewhere: what is owed, `casework.duties`; how soon, `casework.urgencies`; the referral's own row, which is locked
first, `operations.loading`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Insert, Row, Select, Update, insert, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange

from casework import urgencies
from casework.agreements import Agreement
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Ending, Obligation, Paper
from casework.risks import Risk
from casework.terms import Term
from database.journal import NothingChanged
from database.tables import ledger_entry, obligation, obligation_urgency
from database.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedRow:
    obligation: Obligation
    case_id: UUID
    version: int


async def of_referral(tx: Transaction, id: UUID) -> tuple[OwedRow, ...]:
    """All that was ever owed on a referral, in the order of opening, locked."""
    return await locked(tx, obligation.c.referral_id == id)


async def locked(tx: Transaction, which: ColumnElement[bool]) -> tuple[OwedRow, ...]:
    rows = (await tx.connection.execute(_asked(which))).all()
    return tuple(_row(row) for row in sorted(rows, key=lambda row: (row.opening_index, row.kind)))


async def located(tx: Transaction, id: UUID | None) -> UUID | None:
    """The referral on which this is owed."""
    asked = select(obligation.c.referral_id).where(obligation.c.id == id)
    return None if id is None else (await tx.connection.execute(asked)).scalar_one_or_none()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Of which entry the rows are, and what they stand on."""

    at: datetime
    case_id: UUID
    agreement: Agreement
    risk: Risk | None = None  # of what opens it, where that is a referral


def changed(before: Sequence[Obligation], after: Sequence[Obligation]) -> tuple[Obligation, ...]:
    """What is owed anew, or otherwise than before."""
    return tuple(each for each in after if each not in before)


async def write(tx: Transaction, entered: Entered, before: Sequence[OwedRow], after: Sequence[Obligation]) -> None:
    """The rows of what has changed; raises `NothingChanged` where a row is not as it was loaded."""
    known = {row.obligation.id: row for row in before}
    for each in changed([row.obligation for row in before], after):
        row = known.get(each.id)
        wanted = _begun(each, entered) if row is None else _moved(row, each, entered)
        if (await tx.connection.execute(wanted)).rowcount != 1:
            raise NothingChanged(f"{each.kind} of referral {each.referral}")
        if row is None and entered.risk is not None:
            await _hasten(tx, each, entered.risk, entered.agreement)


async def _hasten(tx: Transaction, begun: Obligation, risk: Risk, agreement: Agreement) -> None:
    strict = urgencies.hastened(begun, risk, agreement)
    if strict is None:
        return
    clause, basis = agreement.counted_under(strict.kind, strict.term)
    wanted = insert(obligation_urgency).values(
        obligation_id=strict.id,
        debtor=strict.debtor,
        creditor=strict.creditor,
        term=strict.term,
        clause=clause,
        basis=basis,
        first_due=strict.due,
    )
    await tx.connection.execute(wanted)


def _begun(begun: Obligation, entered: Entered) -> Insert:
    told = {**fixed(begun, entered.agreement), **moving(begun)}
    return insert(obligation).values(**told, case_id=entered.case_id, valid_from=entered.at, version=1)


def fixed(owed: Obligation, agreement: Agreement) -> dict[str, object]:
    """The columns that an obligation begins with and keeps."""
    clause, basis = agreement.counted_under(owed.kind, owed.term)
    return {
        "id": owed.id,
        "kind": owed.kind,
        "clause": clause,
        "basis": basis,
        "referral_id": UUID(owed.referral),
        "debtor": owed.debtor,
        "creditor": owed.creditor,
        "term": owed.term,
        "opened_by": owed.opened_by,
        "opened_at": owed.opened_at,
        "opened_month": agreement.local_date(agreement.member(owed.debtor), owed.opened_at).replace(day=1),
    }


def _moved(row: OwedRow, moved: Obligation, entered: Entered) -> Update:
    was = moving(row.obligation)
    # Only what is otherwise than before: who may change which column is for the database to say.
    told = {name: value for name, value in moving(moved).items() if value != was[name]}
    wanted = update(obligation).where(obligation.c.id == moved.id, obligation.c.version == row.version)
    return wanted.values(**told, valid_from=entered.at, version=row.version + 1)


def moving(owed: Obligation) -> dict[str, object]:
    """The columns in which one version differs from the next."""
    return {
        "due_at": owed.due,
        "stops": MultiRange(Range(stop.from_, stop.until) for stop in owed.stops),
        "paused_since": owed.paused_since,
        "ending": owed.ending,
        "ended_at": owed.ended_at,
        "ended_by": owed.ended_by,
        "ended_kind": owed.ended_kind,
        "entered_late": owed.entered_late,
        "contested": owed.contested,
        "papers": [{"party": paper.party, "sha256": paper.sha256} for paper in owed.papers],
        "waiver_offer": owed.waiver_offer,
        "pause_offer": owed.pause_offer,
        "noted_by": owed.noted_by,
        "noted_at": owed.noted_at,
    }


def _asked(which: ColumnElement[bool]) -> Select[Any]:
    opening = select(ledger_entry.c.index).where(ledger_entry.c.statement == obligation.c.opened_by)
    asked = select(obligation, opening.scalar_subquery().label("opening_index")).where(which)
    return asked.order_by(obligation.c.id).with_for_update(of=obligation)


def _row(row: Row[Any]) -> OwedRow:
    owed = Obligation(
        kind=Kind(row.kind),
        opened_by=row.opened_by,
        referral=row.referral_id.hex,
        debtor=row.debtor,
        creditor=row.creditor,
        term=Term(row.term),
        opened_at=row.opened_at,
        due=row.due_at,
        stops=tuple(Span(from_=stop.lower, until=stop.upper) for stop in row.stops),
        paused_since=row.paused_since,
        ending=None if row.ending is None else Ending(row.ending),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_kind=row.ended_kind,
        papers=tuple(Paper(party=paper["party"], sha256=paper["sha256"]) for paper in row.papers),
        waiver_offer=row.waiver_offer,
        pause_offer=row.pause_offer,
        noted_by=row.noted_by,
        noted_at=row.noted_at,
    )
    return OwedRow(obligation=owed, case_id=row.case_id, version=row.version)
