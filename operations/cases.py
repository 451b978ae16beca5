"""Cases: open, assess, close. Facts of one province, not statements: nothing of this stands in the ledger.

Promise: each function is one transaction that changes one case of the asker's own, or answers why not.
Rules: a case that is not the asker's own is not there. Changing needs the version that the asker believes in.
A person's key is made with the first case, in the compartment where the case is a protected one.
Elsewhere: what may follow what, `casework.cases`; the person, `casework.persons`; sealing, `operations.seals`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import insert as insert_unless

import casework.cases
import casework.persons
from auth.principals import Principal
from casework.cases import Case
from casework.categories import Category
from casework.outcomes import Outcome
from casework.persons import Person, Sex, initials
from casework.refusals import Refusal
from casework.risks import Risk
from casework.vulnerabilities import Vulnerability
from database import tables
from database.transaction import Transaction, transaction
from database.wrapping import COMPARTMENT
from ledger.canonical import JSON
from operations import idempotency, loading, seals
from operations.desks import Desk, asker
from operations.idempotency import Request
from operations.loading import CaseRow
from operations.refusals import Refuse, StaleVersion, illegal, invalid, not_found, told
from operations.results import Done

LONGEST_NUMBER, LONGEST_NAME, MOST_ALIASES = 40, 200, 20
_NIK = re.compile(r"[0-9]{16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInput:
    full_name: str
    aliases: tuple[str, ...]
    nik: str | None
    birth_date: date | None
    birth_date_estimated: bool
    sex: Sex


@told
async def open_case(
    desk: Desk,
    by: Principal,
    *,
    idempotency_key: str,
    number: str,
    category: Category,
    vulnerabilities: Sequence[Vulnerability],
    person: PersonInput,
) -> Done:
    """A province opens a case for a person it has found."""
    _require_short(number, person)
    content: JSON = {
        "number": number,
        "category": category.name,
        "vulnerabilities": [each.name for each in vulnerabilities],
        "person": _fingerprint(desk, person),
    }
    asked = idempotency.request(by, "openCase", idempotency_key, content)
    async with transaction(desk.databases.app, asker(by)) as tx:
        done = await _asked_before(tx, asked)
        if done is not None:
            return done
        recorded = _recorded(desk, by, tx, person)
        opened = casework.cases.open_case(
            id=uuid4().hex,
            by=by.party,
            at=tx.at,
            number=number,
            person=recorded.id,
            category=category,
            vulnerabilities=vulnerabilities,
            agreement=desk.agreement,
        )
        if not isinstance(opened, Case):
            raise illegal(opened)
        protected = casework.cases.is_protected(opened.category, opened.vulnerabilities)
        key = await desk.vault.make(UUID(recorded.id), COMPARTMENT if protected else by.party)
        await _keep(tx, recorded, opened, seals.person(key, recorded))
        return await _answer(tx, asked, opened)


@told
async def assess_case(
    desk: Desk,
    by: Principal,
    *,
    idempotency_key: str,
    expected_version: int,
    case: UUID | None,
    risk: Risk,
    category: Category | None,
    vulnerabilities: Sequence[Vulnerability] | None,
) -> Done:
    """The responsible province assesses its case: risk, and what has turned out to be different."""
    content: JSON = {
        "case": str(case),
        "expectedVersion": expected_version,
        "risk": risk.name,
        "category": None if category is None else category.name,
        "vulnerabilities": None if vulnerabilities is None else [each.name for each in vulnerabilities],
    }
    asked = idempotency.request(by, "assessCase", idempotency_key, content)
    async with transaction(desk.databases.app, asker(by)) as tx:
        done = await _asked_before(tx, asked)
        if done is not None:
            return done
        row = await _own(tx, by, case, expected_version)
        assessed = casework.cases.assess(
            row.case,
            by=by.party,
            at=tx.at,
            risk=risk,
            category=category,
            vulnerabilities=vulnerabilities,
            agreement=desk.agreement,
        )
        if isinstance(assessed, Case) and casework.cases.is_protected(assessed.category, assessed.vulnerabilities):
            # Before the commit: a key in the compartment too soon opens no more than one there too late.
            await desk.vault.give(UUID(assessed.person), COMPARTMENT)
        return await _move(tx, asked, row, assessed)


@told
async def close_case(
    desk: Desk,
    by: Principal,
    *,
    idempotency_key: str,
    expected_version: int,
    case: UUID | None,
    outcome: Outcome,
) -> Done:
    """The responsible province closes its case, once no referral of it is open."""
    content: JSON = {"case": str(case), "expectedVersion": expected_version, "outcome": outcome.name}
    asked = idempotency.request(by, "closeCase", idempotency_key, content)
    async with transaction(desk.databases.app, asker(by)) as tx:
        done = await _asked_before(tx, asked)
        if done is not None:
            return done
        row = await _own(tx, by, case, expected_version)
        targets = await loading.open_targets(tx, row.case)
        closed = casework.cases.close(row.case, by=by.party, at=tx.at, outcome=outcome, open_targets=targets)
        return await _move(tx, asked, row, closed)


async def _asked_before(tx: Transaction, asked: Request) -> Done | None:
    await idempotency.hold(tx, (idempotency.lock_name(asked),))
    return await idempotency.remembered(tx, asked)


async def _own(tx: Transaction, by: Principal, id: UUID | None, expected_version: int) -> CaseRow:
    row = await loading.own_case(tx, id, by.party)
    if row is None:
        raise not_found("case")
    if row.version != expected_version:
        raise Refuse(StaleVersion(current_version=row.version))
    return row


async def _answer(tx: Transaction, asked: Request, case: Case) -> Done:
    done = Done(case_id=case.id)
    await tx.connection.execute(idempotency.remember(asked, done, tx.at))
    return done


async def _move(tx: Transaction, asked: Request, row: CaseRow, moved: Case | Refusal) -> Done:
    if not isinstance(moved, Case):
        raise illegal(moved)
    kept = tables.case_file
    await tx.connection.execute(
        update(kept)
        .where(kept.c.id == UUID(moved.id))
        .values(
            status=moved.status,
            category=moved.category,
            vulnerabilities=list(moved.vulnerabilities),
            risk=moved.risk,
            outcome=moved.outcome,
            assessed_at=moved.assessed_at,
            closed_at=moved.closed_at,
            version=row.version + 1,
        )
    )
    return await _answer(tx, asked, moved)


def _recorded(desk: Desk, by: Principal, tx: Transaction, given: PersonInput) -> Person:
    party = desk.agreement.party(by.party)
    on = tx.at.date() if party is None else desk.agreement.local_date(party, tx.at)
    recorded = casework.persons.record(
        id=uuid4().hex,
        by=by.party,
        on=on,
        full_name=given.full_name,
        aliases=given.aliases,
        nik=given.nik,
        birth_date=given.birth_date,
        birth_date_estimated=given.birth_date_estimated,
        sex=given.sex,
    )
    if not isinstance(recorded, Person):
        raise illegal(recorded, "person")
    return recorded


def _fingerprint(desk: Desk, person: PersonInput) -> str:
    """Enough to tell the same request from another one: what stands there for seven days tells nobody an identity."""
    names = [person.full_name, *person.aliases, person.nik, str(person.birth_date), person.sex.name]
    return desk.vault.wrapping.fingerprint(json.dumps([names, person.birth_date_estimated]).encode())


async def _keep(tx: Transaction, recorded: Person, opened: Case, sealed: bytes) -> None:
    await tx.connection.execute(
        insert(tables.person).values(
            id=UUID(recorded.id),
            party=recorded.party,
            initials=initials(recorded.full_name),
            sealed=sealed,
            birth_date_estimated=recorded.birth_date_estimated,
            sex=recorded.sex,
            version=1,
            created_at=tx.at,
        )
    )
    kept = await tx.connection.execute(
        insert_unless(tables.case_file)
        .values(
            id=UUID(opened.id),
            party=opened.party,
            number=opened.number,
            person_id=UUID(recorded.id),
            status=opened.status,
            category=opened.category,
            vulnerabilities=list(opened.vulnerabilities),
            opened_at=opened.opened_at,
            version=1,
        )
        .on_conflict_do_nothing(index_elements=["party", "number"])
        .returning(tables.case_file.c.id)
    )
    if kept.first() is None:
        raise invalid("number", id="Nomor ini sudah dipakai.", en="This number is in use.")
    await tx.connection.execute(
        insert(tables.case_access).values(case_id=UUID(opened.id), party=opened.party, granted_by=opened.party)
    )


def _require_short(number: str, person: PersonInput) -> None:
    """Sizes and forms that the tables insist on, told before they have to."""
    for text in (number, person.full_name, *person.aliases):
        if "\0" in text:  # PostgreSQL's text holds none
            raise invalid(id="Ada huruf NUL.", en="There is a NUL character.")
    if len(number) > LONGEST_NUMBER:
        raise invalid(
            "number", id=f"Paling panjang {LONGEST_NUMBER} huruf.", en=f"At most {LONGEST_NUMBER} characters."
        )
    if len(person.full_name) > LONGEST_NAME or any(len(alias) > LONGEST_NAME for alias in person.aliases):
        raise invalid(
            "person", id=f"Nama paling panjang {LONGEST_NAME} huruf.", en=f"A name has at most {LONGEST_NAME}."
        )
    if len(person.aliases) > MOST_ALIASES:
        raise invalid("person", "aliases", id=f"Paling banyak {MOST_ALIASES}.", en=f"At most {MOST_ALIASES}.")
    if person.nik is not None and _NIK.fullmatch(person.nik) is None:
        raise invalid("person", "nik", id="NIK terdiri atas 16 angka.", en="A NIK has 16 digits.")
