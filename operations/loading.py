"""Rows, locked and read, as the states that the rules move.

Promise: what is loaded for an act cannot change under it: its row is locked until the act's transaction ends.
Rules: a row that row security hides is not there: unknown and foreign are one. Locks are taken in one order: a case or
a referral, then the signing key, then the head of the ledger.
Elsewhere: how a moved state is written back, `operations.saving`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.sql.selectable import NamedFromClause

from casework.cases import Case
from casework.cases import Status as CaseStatus
from casework.categories import Category
from casework.conditions import ITEMS, Condition, Grade
from casework.fitness import Certificate, Fitness
from casework.handovers import Handover
from casework.handovers import Status as HandoverStatus
from casework.outcomes import Outcome
from casework.persons import Person, Sex
from casework.reasons import DeclineReason, RefusalReason
from casework.referrals import OPEN, UNDECIDED, Referral, Status
from casework.risks import Risk
from casework.terms import Term
from casework.vulnerabilities import Vulnerability
from database.tables import (
    case_access,
    case_file,
    condition_report,
    fitness_certificate,
    handover,
    ledger_entry,
    person,
    referral,
)
from database.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    case: Case
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralRow:
    referral: Referral
    case_id: UUID
    version: int
    handover_versions: dict[str, int]  # by the statement that released


async def own_case(tx: Transaction, id: UUID | None, party: str) -> CaseRow | None:
    """A case of this very party, locked."""
    if id is None:
        return None
    asked = select(case_file).where(case_file.c.id == id, case_file.c.party == party).with_for_update()
    row = (await tx.connection.execute(asked)).one_or_none()
    return None if row is None else CaseRow(case=_case(row), version=row.version)


async def person_of(tx: Transaction, case: Case) -> Person:
    row = (await tx.connection.execute(select(person).where(person.c.id == UUID(case.person)))).one()
    return Person(
        id=row.id.hex,
        party=row.party,
        full_name=row.full_name,
        aliases=tuple(row.aliases),
        nik=row.nik,
        birth_date=row.birth_date,
        birth_date_estimated=row.birth_date_estimated,
        sex=Sex(row.sex),
    )


async def open_targets(tx: Transaction, case: Case, *, apart_from: str | None = None) -> frozenset[str]:
    """The parties to which the case has an open referral (another than this one)."""
    asked = select(referral.c.to_party).where(referral.c.case_id == UUID(case.id), referral.c.status.in_(OPEN))
    if apart_from is not None:
        asked = asked.where(referral.c.id != UUID(apart_from))
    return frozenset((await tx.connection.execute(asked)).scalars())


async def referral_of(tx: Transaction, id: UUID | None) -> ReferralRow | None:
    """A referral of which the asker is one end, locked, with everything that has become of it."""
    if id is None:
        return None
    row = (await tx.connection.execute(select(referral).where(referral.c.id == id).with_for_update())).one_or_none()
    if row is None:
        return None
    released = await _handovers(tx, id)
    return ReferralRow(
        referral=_referral(row, await _certificates(tx, id), tuple(_handover(each) for each in released)),
        case_id=row.case_id,
        version=row.version,
        handover_versions={each.release_statement: each.version for each in released},
    )


async def skeleton_of(tx: Transaction, id: UUID) -> ReferralRow | None:
    """For the worker: an undecided referral, locked. Nothing has been certified or released before a decision."""
    asked = select(referral).where(referral.c.id == id, referral.c.status.in_(UNDECIDED)).with_for_update()
    row = (await tx.connection.execute(asked)).one_or_none()
    if row is None:
        return None
    return ReferralRow(referral=_referral(row, (), ()), case_id=row.case_id, version=row.version, handover_versions={})


async def referral_of_handover(tx: Transaction, id: UUID | None) -> UUID | None:
    asked = select(handover.c.referral_id).where(handover.c.id == id)
    return None if id is None else (await tx.connection.execute(asked)).scalar_one_or_none()


async def has_access(tx: Transaction, case_id: UUID, party: str) -> bool:
    """Whether an earlier referral of the same case has opened it to this party already."""
    asked = select(case_access.c.case_id).where(case_access.c.case_id == case_id, case_access.c.party == party)
    return (await tx.connection.execute(asked)).first() is not None


async def _certificates(tx: Transaction, id: UUID) -> tuple[Certificate, ...]:
    kept = fitness_certificate
    asked = (
        select(kept)
        .join(ledger_entry, ledger_entry.c.statement == kept.c.statement)
        .where(kept.c.referral_id == id)
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


async def _handovers(tx: Transaction, id: UUID) -> Sequence[Row[tuple[object, ...]]]:
    asked = (
        select(handover, *_items(_AT_RELEASE, "release"), *_items(_AT_RECEIPT, "receipt"))
        .join(ledger_entry, ledger_entry.c.statement == handover.c.release_statement)
        .outerjoin(_AT_RELEASE, _AT_RELEASE.c.id == handover.c.release_condition_id)
        .outerjoin(_AT_RECEIPT, _AT_RECEIPT.c.id == handover.c.receipt_condition_id)
        .where(handover.c.referral_id == id)
        .order_by(ledger_entry.c.index)
    )
    return (await tx.connection.execute(asked)).all()


def _items(report: NamedFromClause, prefix: str) -> list[ColumnElement[str]]:
    return [report.c[item].label(f"{prefix}_{item}") for item in ITEMS]


def _case(row: Row[tuple[object, ...]]) -> Case:
    return Case(
        id=row.id.hex,
        party=row.party,
        number=row.number,
        status=CaseStatus(row.status),
        person=row.person_id.hex,
        category=Category(row.category),
        vulnerabilities=tuple(Vulnerability(each) for each in row.vulnerabilities),
        risk=None if row.risk is None else Risk(row.risk),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        opened_at=row.opened_at,
        assessed_at=row.assessed_at,
        closed_at=row.closed_at,
    )


def _referral(
    row: Row[tuple[object, ...]], certificates: tuple[Certificate, ...], handovers: tuple[Handover, ...]
) -> Referral:
    return Referral(
        id=row.id.hex,
        sender=row.from_party,
        receiver=row.to_party,
        status=Status(row.status),
        sent_at=row.sent_at,
        last=row.last_statement,
        term_acknowledge=Term(row.term_acknowledge),
        term_decide=Term(row.term_decide),
        acknowledged_at=row.acknowledged_at,
        decided_at=row.decided_at,
        completed_at=row.completed_at,
        reason=None if row.reason is None else DeclineReason(row.reason),
        fitness=certificates,
        handovers=handovers,
    )


def _handover(row: Row[tuple[object, ...]]) -> Handover:
    return Handover(
        release=row.release_statement,
        leg=row.leg,
        sender=row.from_party,
        receiver=row.to_party,
        term=Term(row.term),
        status=HandoverStatus(row.status),
        released_at=row.released_at,
        condition_at_release=_condition(row, "release"),
        receipt=row.receipt_statement,
        settled_at=row.settled_at,
        agrees=row.agrees,
        reason=None if row.reason is None else RefusalReason(row.reason),
        condition_at_receipt=_condition(row, "receipt"),
    )


def _condition(row: Row[tuple[object, ...]], prefix: str) -> Condition | None:
    told = row._mapping
    if told[f"{prefix}_{ITEMS[0]}"] is None:
        return None
    return Condition(**{item: Grade(str(told[f"{prefix}_{item}"])) for item in ITEMS})
