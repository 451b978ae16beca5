"""What acts seal of a person, and how they open it again: names and NIK, conditions, what was committed to.

Promise: whoever judges by sealed data has left a row in the trail before, in the transaction of the act.
Rules: each content is bound to what it is of, so that none passes for another. Who was erased has no key: what was
sealed of them is not known any more, to nobody.
Elsewhere: the cipher and the one function that opens, `database.sealed`; answers, `reading.seals`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from auth.principals import Principal
from casework.conditions import ITEMS, Condition, Grade
from casework.persons import Person, Sex
from database import sealed, trails
from database.sealed import PERSON, DataKey, Trailed, of_condition, of_opening
from database.trails import Reader
from database.transaction import Transaction
from database.vaults import Vault
from ledger.commitments import Opening
from operations.desks import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """Who opens, and for which act."""

    vault: Vault
    by: Reader
    document: str  # as of `trails.digest`
    known: dict[UUID, DataKey] = field(default_factory=dict, repr=False)  # for as long as the act takes

    async def open(self, tx: Transaction, persons: Collection[UUID], act: str, *fields: str) -> "Opened":
        """The keys of these persons, once the trail tells of it. `act`: JUDGED, or OPENED where it is shown."""
        trailed = await trails.record(tx, self.by, act=act, document=self.document, fields=fields, persons=persons)
        self.known.update(await self.vault.keys(each for each in persons if each not in self.known))
        return Opened(trailed=trailed, keys=self.known)

    async def key(self, person: UUID) -> DataKey | None:
        """To seal under; None for who was erased."""
        if person not in self.known:
            self.known.update(await self.vault.keys([person]))
        return self.known.get(person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the trail tells that somebody may open now."""

    trailed: Trailed
    keys: Mapping[UUID, DataKey]

    def content(self, person: UUID, kept: bytes | None, *, of: str) -> dict[str, Any] | None:
        """None where nothing was sealed, or nothing is left to open it with; raises `Broken`."""
        key = self.keys.get(person)
        return None if key is None or kept is None else sealed.open_sealed(self.trailed, key, kept, of=of)


def opener(desk: Desk, by: Principal, document: str) -> Opener:
    return Opener(vault=desk.vault, by=reader(by), document=document)


def reader(by: Principal) -> Reader:
    return Reader(party=by.party, client=by.client_id, subject=by.subject, purpose=by.purpose)


# -- persons -----------------------------------------------------------------------------------------------------------
def person(key: DataKey, told: Person) -> bytes:
    content = {
        "fullName": told.full_name,
        "aliases": list(told.aliases),
        "nik": told.nik,
        "birthDate": None if told.birth_date is None else told.birth_date.isoformat(),
    }
    return sealed.seal(key, content, of=PERSON)


def person_of(row: Row[Any], opened: Opened) -> Person | None:
    """None: erased."""
    content = opened.content(row.id, row.sealed, of=PERSON)
    if content is None:
        return None
    return Person(
        id=row.id.hex,
        party=row.party,
        full_name=content["fullName"],
        aliases=tuple(content["aliases"]),
        nik=content["nik"],
        birth_date=None if content["birthDate"] is None else date.fromisoformat(content["birthDate"]),
        birth_date_estimated=row.birth_date_estimated,
        sex=Sex(row.sex),
    )


# -- conditions --------------------------------------------------------------------------------------------------------
def condition(key: DataKey, statement: str, told: Condition) -> bytes:
    return sealed.seal(key, {item: str(getattr(told, item)) for item in ITEMS}, of=of_condition(statement))


def condition_of(opened: Opened, person: UUID, statement: str | None, kept: bytes | None) -> Condition | None:
    if statement is None:
        return None
    content = opened.content(person, kept, of=of_condition(statement))
    return None if content is None else Condition(**{item: Grade(content[item]) for item in ITEMS})


# -- openings ----------------------------------------------------------------------------------------------------------
def opening(key: DataKey, statement: str, told: Opening) -> bytes:
    content = {"value": told.value, "salt": told.salt.hex()}
    return sealed.seal(key, content, of=of_opening(statement, told.name))


def opening_of(opened: Opened, person: UUID, statement: str, name: str, kept: bytes | None) -> Opening | None:
    content = opened.content(person, kept, of=of_opening(statement, name))
    return None if content is None else Opening(name=name, value=content["value"], salt=bytes.fromhex(content["salt"]))
