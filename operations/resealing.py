"""Before anything is served: rows from before are sealed, every key can be unwrapped, the erased stay erased.

Promise: after `settle` no name, identity number, condition or opening stands in plain in the database, and no key that
was to be destroyed is left, also in a key store or a database that was restored from an older copy.
Rules: each row is sealed as its own party, under row security; killed at any point, the next start goes on. What is
erased is noted with its statement; the key store may know that person again after it was restored.
Elsewhere: the key-encryption keys, `operations.wrapping_keys`; noting an erasure, `operations.erasures`.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, null, select, update

from casework.conditions import ITEMS, Condition, Grade
from casework.persons import Person, Sex
from database.erasures import erasure
from database.sealed import DataKey
from database.tables import condition_report, opening, person
from database.transaction import HOST, Asker, Transaction, transaction
from ledger.commitments import Opening
from operations import seals
from operations.desks import Desk

AT_ONCE = 200


class WrapperMissing(Exception):
    """The key store names key-encryption keys that the host's key folder does not hold; `str()` names them."""


async def settle(desk: Desk) -> int:
    """Raises `WrapperMissing`, or `Away` where there is no key store; returns how many rows were sealed."""
    held = {each.name for every in desk.vault.wrapping.owners.values() for each in every}
    missing = sorted(await desk.vault.names() - held)
    if missing:
        raise WrapperMissing(f"the key store's keys are wrapped under {', '.join(missing)}, which wrapping.json lacks")
    await destroy_noted(desk)
    parties = [party.code for party in desk.agreement.parties]
    # Persons first: whoever told of one seals under a key that is there by then.
    return sum([await _sealed(desk, party, person) for party in parties]) + sum(
        [await _sealed(desk, party, table) for table in (condition_report, opening) for party in parties]
    )


async def destroy_noted(desk: Desk) -> int:
    """The keys of all who were erased are destroyed; returns for how many it was not known to be done."""
    async with transaction(desk.databases.worker, HOST) as tx:
        rows = (await tx.connection.execute(select(erasure.c.person_id, erasure.c.destroyed_at))).all()
        known = await desk.vault.keys(row.person_id for row in rows)
        for each in known:
            await desk.vault.destroy(each)
        undone = [row.person_id for row in rows if row.destroyed_at is None]
        if undone:
            done = update(erasure).where(erasure.c.person_id.in_(undone)).values(destroyed_at=tx.at)
            await tx.connection.execute(done)
    return len(undone)


async def _sealed(desk: Desk, party: str, table: Table) -> int:
    """All rows of this party in this table."""
    asked = select(table).where(table.c.party == party, table.c.sealed.is_(None)).limit(AT_ONCE)
    if table is person:
        asked = asked.where(person.c.erased_at.is_(None))
    count = 0
    while True:
        async with transaction(desk.databases.app, Asker(party=party, subject="host", purpose="operation")) as tx:
            rows = (await tx.connection.execute(asked.with_for_update())).all()
            keys = await _keys(desk, party, {row.id if table is person else row.person_id for row in rows})
            for row in rows:
                await _seal(tx, table, row, keys)
        count += len(rows)
        if len(rows) < AT_ONCE:
            return count


async def _keys(desk: Desk, party: str, persons: Iterable[UUID]) -> dict[UUID, DataKey]:
    """A key that a killed start has made already is taken."""
    known = dict(await desk.vault.keys(persons))
    for each in persons:
        if each not in known:
            known[each] = await desk.vault.make(each, party)
    return known


async def _seal(tx: Transaction, table: Table, row: Row[Any], keys: dict[UUID, DataKey]) -> None:
    if table is person:
        kept = update(person).where(person.c.id == row.id).values(version=row.version + 1)
        content = seals.person(keys[row.id], _person(row))
        plain: tuple[str, ...] = ("full_name", "aliases", "nik", "birth_date")
    elif table is condition_report:
        kept = update(table).where(condition_report.c.id == row.id)
        graded = Condition(**{item: Grade(getattr(row, item)) for item in ITEMS})
        content, plain = seals.condition(keys[row.person_id], row.statement, graded), ITEMS
    else:
        kept = update(table).where(opening.c.statement == row.statement, opening.c.name == row.name)
        opened = Opening(name=row.name, value=row.value, salt=bytes(row.salt))
        content, plain = seals.opening(keys[row.person_id], row.statement, opened), ("value", "salt")
    await tx.connection.execute(kept.values(**dict.fromkeys(plain, null()), sealed=content))


def _person(row: Row[Any]) -> Person:
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
