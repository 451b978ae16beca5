"""The key store: the key of each person, in a database of its own.

Promise: a key is there before anything is sealed under it, and once destroyed it is nowhere; keys leave unwrapped, for
a moment, into the process that asked.
Rules: made before the transaction that seals under it, destroyed after the one that notes it: whatever stops us
between, no sealed row is without its key, and a key too many opens nothing. Nothing is remembered: erased is erased.
Elsewhere: what is sealed under them, `database.sealed`; under what they are wrapped, `database.wrapping`; the tables,
`database/key_migrations`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it has no types

from database import sealed
from database.sealed import DataKey
from database.wrapping import Wrapped, Wrapping

AT_ONCE = 500  # keys rewrapped in one transaction


class Away(Exception):
    """The key store cannot be reached: nothing sealed can be opened or made until it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """The key store, and what its keys are wrapped under."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    wrapping: Wrapping

    async def make(self, person: UUID, owner: str) -> DataKey:
        """A new person's key, kept."""
        key = sealed.new_key(person.hex)
        told = self.wrapping.wrap(key, owner)
        question = "insert into data_key (person, owner, kek, wrapped) values ($1, $2, $3, $4)"
        await self._ask(question, person, told.owner, told.kek, told.wrapped)
        return key

    async def keys(self, persons: Iterable[UUID]) -> Mapping[UUID, DataKey]:
        """The keys of those who have one; who was erased has none."""
        asked = list(dict.fromkeys(persons))
        if not asked:
            return {}
        rows = await self._ask("select person, owner, kek, wrapped from data_key where person = any($1)", asked)
        return {row["person"]: self.wrapping.unwrap(_wrapped(row)) for row in rows}

    async def give(self, person: UUID, owner: str) -> None:
        """Wrap a person's key under another owner's key-encryption key."""
        rows = await self._ask("select person, owner, kek, wrapped from data_key where person = $1", person)
        await self._rewrap([(_wrapped(row), owner) for row in rows if row["owner"] != owner])

    async def destroy(self, person: UUID) -> None:
        """From now on nothing that was sealed of this person can be opened."""
        await self._ask("delete from data_key where person = $1", person)

    async def renew(self) -> int:
        """Wrap some of the keys that are not under their owner's newest anew; returns how many there were."""
        newest = [every[0].name for every in self.wrapping.owners.values()]
        question = "select person, owner, kek, wrapped from data_key where kek <> all($1) order by person limit $2"
        rows = await self._ask(question, newest, AT_ONCE)
        await self._rewrap([(_wrapped(row), row["owner"]) for row in rows])
        return len(rows)

    async def names(self) -> frozenset[str]:
        """The key-encryption keys that keys are wrapped under."""
        return frozenset(row["kek"] for row in await self._ask("select distinct kek from data_key"))

    async def _rewrap(self, moved: list[tuple[Wrapped, str]]) -> None:
        """Only what is still as it was read: another replica may have been quicker, or the person was erased."""
        anew = [(old, self.wrapping.wrap(self.wrapping.unwrap(old), owner)) for old, owner in moved]
        question = "update data_key set owner = $1, kek = $2, wrapped = $3 where person = $4 and wrapped = $5"
        told = [(new.owner, new.kek, new.wrapped, UUID(new.person), old.wrapped) for old, new in anew]
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                await connection.executemany(question, told)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            raise Away(type(fault).__qualname__) from fault

    async def _ask(self, question: str, *values: Any) -> list[Any]:
        try:
            return list(await self.pool.fetch(question, *values))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            raise Away(type(fault).__qualname__) from fault


def _wrapped(row: Any) -> Wrapped:
    return Wrapped(person=row["person"].hex, owner=row["owner"], kek=row["kek"], wrapped=bytes(row["wrapped"]))
