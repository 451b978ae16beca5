"""Rows, locked and read, as the states that the rules move.

Promise: what is loaded for an act cannot change under it: its row is locked until the act's transaction ends.
Rules: a row that row security hides is not there: unknown and foreign are one. Locks are taken in one order: a case or
a referral, what is owed on it (`operations.owing`), then the signing key, then the head of the ledger.
Elsewhere: what has happened on the way, `operations.legs`; how a moved state is written back, `operations.saving`.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, or_, select

from casework.cases import Case
from casework.cases import Status as CaseStatus
from casework.categories import Category
from casework.fitness import Certificate
from casework.handovers import Handover
from casework.outcomes import Outcome
from casework.persons import Person
from casework.reasons import DeclineReason
from casework.referrals import OPEN, UNDECIDED, Referral, Status
from casework.risks import Risk
from casework.terms import Term
from casework.vulnerabilities import Vulnerability
from database.tables import case_access, case_file, handover, person, referral
from database.transaction import Transaction
from operations import legs, owing, seals
from operations.owing import OwedRow
from operations.seals import Opener


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    case: Case
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralRow:
    referral: Referral
    case_id: UUID
    person_id: UUID
    version: int
    handover_versions: dict[str, int]  # by the statement that released
    owed: tuple[OwedRow, ...] = ()  # the referral's obligations


async def own_case(tx: Transaction, id: UUID | None, party: str) -> CaseRow | None:
    """A case of this very party, locked."""
    if id is None:
        return None
    asked = select(case_file).where(case_file.c.id == id, case_file.c.party == party).with_for_update()
    row = (await tx.connection.execute(asked)).one_or_none()
    return None if row is None else CaseRow(case=_case(row), version=row.version)


async def person_of(tx: Transaction, case: Case, opener: Opener) -> Person | None:
    """Whom the case is about; None once that was erased."""
    row = (await tx.connection.execute(select(person).where(person.c.id == UUID(case.person)))).one()
    return seals.person_of(row, await opener.open(tx, (row.id,), "JUDGED", "Identity.birthDate"))


async def open_targets(tx: Transaction, case: Case, *, apart_from: str | None = None) -> frozenset[str]:
    """The parties to which the case has an open referral (another than this one)."""
    asked = select(referral.c.to_party).where(referral.c.case_id == UUID(case.id), referral.c.status.in_(OPEN))
    if apart_from is not None:
        asked = asked.where(referral.c.id != UUID(apart_from))
    return frozenset((await tx.connection.execute(asked)).scalars())


async def referral_of(tx: Transaction, id: UUID | None, opener: Opener) -> ReferralRow | None:
    """A referral of which the asker is one end, locked, with everything that has become of it."""
    if id is None:
        return None
    row = (await tx.connection.execute(select(referral).where(referral.c.id == id).with_for_update())).one_or_none()
    if row is None:
        return None
    released = await legs.handovers_of(tx, id, row.person_id, opener)
    owed = await owing.of_referral(tx, id)
    handovers = tuple(each.handover for each in released)
    return ReferralRow(
        referral=_referral(row, await legs.certificates_of(tx, id), handovers, owed),
        case_id=row.case_id,
        person_id=row.person_id,
        version=row.version,
        handover_versions={each.handover.release: each.version for each in released},
        owed=owed,
    )


async def skeleton_of(tx: Transaction, id: UUID) -> ReferralRow | None:
    """For the worker: an undecided referral, locked. Nothing has been certified or released before a decision."""
    asked = select(referral).where(referral.c.id == id, referral.c.status.in_(UNDECIDED)).with_for_update()
    row = (await tx.connection.execute(asked)).one_or_none()
    if row is None:
        return None
    owed = await owing.of_referral(tx, id)
    return ReferralRow(
        referral=_referral(row, (), (), owed),
        case_id=row.case_id,
        person_id=row.person_id,
        version=row.version,
        handover_versions={},
        owed=owed,
    )


async def handover_told_by(tx: Transaction, statement: str) -> UUID | None:
    """The handover that this statement released, received or refused."""
    asked = select(handover.c.id).where(
        or_(handover.c.release_statement == statement, handover.c.receipt_statement == statement)
    )
    return (await tx.connection.execute(asked)).scalar_one_or_none()


async def referral_of_handover(tx: Transaction, id: UUID | None) -> UUID | None:
    asked = select(handover.c.referral_id).where(handover.c.id == id)
    return None if id is None else (await tx.connection.execute(asked)).scalar_one_or_none()


async def has_access(tx: Transaction, case_id: UUID, party: str) -> bool:
    """Whether an earlier referral of the same case has opened it to this party already."""
    asked = select(case_access.c.case_id).where(case_access.c.case_id == case_id, case_access.c.party == party)
    return (await tx.connection.execute(asked)).first() is not None


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
    row: Row[tuple[object, ...]],
    certificates: tuple[Certificate, ...],
    handovers: tuple[Handover, ...],
    owed: tuple[OwedRow, ...],
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
        obligations=tuple(each.obligation for each in owed),
    )
