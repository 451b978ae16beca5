"""Acts as the operations do them, without their judgement: rows and entry in one statement, as one party.

What is refused here is refused by PostgreSQL alone.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from sqlalchemy import Delete, FromClause, Insert, Update, delete, insert, select, update

from database import addresses, journal, tables
from database.addresses import Address
from database.engines import Databases
from database.journal import Appended, Change
from database.transaction import HOST, Asker, transaction

JK, JI, JB = "ID-JK", "ID-JI", "ID-JB"
ORIGIN = "demo.estafet.invalid/test"
ENVELOPE = (
    '{"payload":"e30=","payloadType":"application/vnd.estafet.key.v1+json","signatures":[{"sig":"' + "A" * 86 + '=="}]}'
)
SEALED = bytes(300)  # PostgreSQL cannot tell that no key opens it


def set_back(address: Address, *, days: int) -> Address:
    """The same database over sessions whose clock is set back: only a demo's log obeys it."""
    shift = quote(f"-{days} days")
    return addresses.derive(f"{address.app}&app.clock_shift={shift}")


def asker(party: str) -> Asker:
    return Asker(party=party, subject="test", purpose="case-management")


def statement() -> str:
    return secrets.token_hex(32)


def entry(party: str, kind: str, id: str, *, referral: UUID | None = None, other: str | None = None) -> journal.Entry:
    host = party == "HOST"
    if referral is not None and other is None:
        other = {JK: JI, JI: JK}.get(party)
    return journal.Entry(
        statement=id,
        envelope=ENVELOPE,
        kind=kind,
        party=party,
        other_party=other,
        key=None if party == "FORUM" else f"{party}/{'host' if host else 'k' + '0' * 32}",
        seen_size=None,
        referral_id=referral,
    )


async def begin(databases: Databases, origin: str = ORIGIN) -> Appended:
    async with transaction(databases.app, HOST) as tx:
        return await journal.begin(tx.connection, origin, entry("FORUM", "agreement.adopted", statement()))


async def note(databases: Databases, party: str = JK, *, signature: str = "A") -> Appended:
    """An entry that changes no row."""
    said = entry(party, "key.added", statement())
    envelope = ENVELOPE.replace("A" * 86, signature * 86)
    async with transaction(databases.app, asker(party)) as tx:
        return await journal.append(tx.connection, replace(said, envelope=envelope))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    id: UUID
    person: UUID


async def open_case(databases: Databases, party: str = JK, *, assessed: bool = True) -> Case:
    case = Case(id=uuid4(), person=uuid4())
    async with transaction(databases.app, asker(party)) as tx:
        await tx.connection.execute(insert(tables.person).values(**person_row(case.person, party, tx.at)))
        await tx.connection.execute(insert(tables.case_file).values(**case_row(case, party, tx.at)))
        await tx.connection.execute(insert(tables.case_access).values(case_id=case.id, party=party, granted_by=party))
        if assessed:
            told = {"status": "ASSESSED", "risk": "LOW", "assessed_at": tx.at, "version": 2}
            await tx.connection.execute(update(tables.case_file).values(**told).where(tables.case_file.c.id == case.id))
    return case


def person_row(id: UUID, party: str, at: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "party": party,
        "initials": "S. C.",
        "sealed": SEALED,
        "birth_date_estimated": False,
        "sex": "FEMALE",
        "version": 1,
        "created_at": at,
    }


def case_row(case: Case, party: str, at: datetime) -> dict[str, Any]:
    return {
        "id": case.id,
        "party": party,
        "number": secrets.token_hex(4),
        "person_id": case.person,
        "status": "OPENED",
        "category": "LANJUT_USIA_TERLANTAR",
        "vulnerabilities": ["ELDERLY"],
        "opened_at": at,
        "version": 1,
    }


async def send(databases: Databases, case: Case, sender: str = JK, receiver: str = JI) -> UUID:
    referral, said = uuid4(), statement()

    def sent(e: FromClause) -> Insert:
        return insert(tables.referral).values(
            id=referral,
            case_id=case.id,
            person_id=case.person,
            from_party=sender,
            to_party=receiver,
            status="SENT",
            term_acknowledge="PT24H",
            term_decide="P3WD",
            sent_at=select(e.c.at).scalar_subquery(),
            last_statement=said,
            version=1,
        )

    def previewed(_: FromClause) -> Insert:
        return insert(tables.referral_preview).values(
            referral_id=referral,
            from_party=sender,
            to_party=receiver,
            age_band="60+",
            sex="FEMALE",
            category="LANJUT_USIA_TERLANTAR",
            protection=False,
        )

    async with transaction(databases.app, asker(sender)) as tx:
        act = entry(sender, "referral.sent", said, referral=referral, other=receiver)
        await journal.append(tx.connection, act, sent, previewed, _opened(said, case, sender))
    return referral


def _opened(said: str, case: Case, party: str) -> Change:
    def change(_: FromClause) -> Insert:
        told = {"statement": said, "name": "category", "case_id": case.id, "party": party, "person_id": case.person}
        return insert(tables.opening).values(sealed=SEALED, **told)

    return change


def moved(referral: UUID, said: str, told: Mapping[str, object], times: tuple[str, ...] = ()) -> Change:
    """The next version of a referral."""

    def change(e: FromClause) -> Update:
        now = {name: select(e.c.at).scalar_subquery() for name in times}
        changed = update(tables.referral).where(tables.referral.c.id == referral)
        return changed.values(**told, **now, last_statement=said, version=tables.referral.c.version + 1)

    return change


def preview_gone(referral: UUID) -> Change:
    return lambda _: delete(tables.referral_preview).where(tables.referral_preview.c.referral_id == referral)


def case_shut(referral: UUID) -> Change:
    def change(_: FromClause) -> Delete:
        return delete(tables.case_access).where(tables.case_access.c.referral_id == referral)

    return change


def case_opened(referral: UUID, case: Case, party: str, granted_by: str) -> Change:
    told = {"case_id": case.id, "party": party, "granted_by": granted_by, "referral_id": referral}
    return lambda _: insert(tables.case_access).values(**told)


async def move(
    databases: Databases,
    party: str,
    referral: UUID,
    kind: str,
    told: Mapping[str, object],
    *changes: Change,
    **more: Any,
) -> str:
    """An act on a referral by a party; `times` names the columns that take the entry's time."""
    said = statement()
    async with transaction(databases.worker if party == "HOST" else databases.app, asker(party)) as tx:
        act = entry(party, f"referral.{kind}", said, referral=referral)
        await journal.append(tx.connection, act, moved(referral, said, told, **more), *changes)
    return said


async def acknowledge(databases: Databases, referral: UUID, party: str = JI) -> str:
    return await move(
        databases, party, referral, "acknowledged", {"status": "ACKNOWLEDGED"}, times=("acknowledged_at",)
    )


async def accept(databases: Databases, referral: UUID, case: Case, party: str = JI, sender: str = JK) -> str:
    opening = case_opened(referral, case, party, sender)
    told = {"status": "ACCEPTED"}
    return await move(
        databases, party, referral, "accepted", told, preview_gone(referral), opening, times=("decided_at",)
    )


async def decline(databases: Databases, referral: UUID, party: str = JI) -> str:
    told = {"status": "DECLINED", "reason": "NO_CAPACITY"}
    return await move(databases, party, referral, "declined", told, preview_gone(referral), times=("decided_at",))


async def withdraw(databases: Databases, referral: UUID, party: str = JK) -> str:
    gone = (preview_gone(referral), case_shut(referral))
    return await move(databases, party, referral, "withdrawn", {"status": "WITHDRAWN"}, *gone, times=("decided_at",))


async def expire(databases: Databases, referral: UUID, party: str = "HOST") -> str:
    gone = preview_gone(referral)
    return await move(databases, party, referral, "expired", {"status": "EXPIRED"}, gone, times=("decided_at",))


def reported(said: str, case: Case, party: str) -> Change:
    told = {"id": UUID(said[:32]), "case_id": case.id, "party": party, "statement": said, "person_id": case.person}
    return lambda _: insert(tables.condition_report).values(**told, sealed=SEALED)


async def release(databases: Databases, referral: UUID, case: Case, sender: str = JK, receiver: str = JI) -> UUID:
    said = statement()

    def released(e: FromClause) -> Insert:
        return insert(tables.handover).values(
            id=UUID(said[:32]),
            referral_id=referral,
            case_id=case.id,
            leg=1,
            from_party=sender,
            to_party=receiver,
            status="RELEASED",
            term="PT24H",
            released_at=select(e.c.at).scalar_subquery(),
            release_statement=said,
            release_condition_id=UUID(said[:32]),
            version=1,
        )

    async with transaction(databases.app, asker(sender)) as tx:
        act = entry(sender, "handover.released", said, referral=referral, other=receiver)
        changes = (moved(referral, said, {}), reported(said, case, sender), released)
        await journal.append(tx.connection, act, *changes)
    return UUID(said[:32])


async def settle(
    databases: Databases, handover: UUID, referral: UUID, case: Case, status: str = "RECEIVED", party: str = JI, *,
    agrees: bool = True,
) -> str:  # fmt: skip
    said = statement()
    reason = None if status == "RECEIVED" else "WRONG_PERSON"
    completed: tuple[str, ...] = ("completed_at",) if status == "RECEIVED" else ()

    def settled(e: FromClause) -> Update:
        changed = update(tables.handover).where(tables.handover.c.id == handover)
        return changed.values(
            status=status,
            settled_at=select(e.c.at).scalar_subquery(),
            agrees=agrees,
            reason=reason,
            receipt_statement=said,
            receipt_condition_id=UUID(said[:32]),
            version=2,
        )

    async with transaction(databases.app, asker(party)) as tx:
        act = entry(party, f"handover.{status.lower()}", said, referral=referral)
        told = {"status": "COMPLETED"} if status == "RECEIVED" else {}
        changes = (moved(referral, said, told, completed), reported(said, case, party), settled)
        await journal.append(tx.connection, act, *changes)
    return said


async def certify(databases: Databases, referral: UUID, case: Case, party: str = JK) -> str:
    said = statement()

    def certified(e: FromClause) -> Insert:
        return insert(tables.fitness_certificate).values(
            id=UUID(said[:32]),
            referral_id=referral,
            case_id=case.id,
            leg=1,
            party=party,
            fitness="FIT",
            certified_at=select(e.c.at).scalar_subquery(),
            statement=said,
        )

    async with transaction(databases.app, asker(party)) as tx:
        act = entry(party, "fitness.certified", said, referral=referral)
        await journal.append(tx.connection, act, moved(referral, said, {}), certified)
    return said


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
