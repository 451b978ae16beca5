"""The way of the textbooks: Strawberry's resolvers, SQLAlchemy's ORM, a DataLoader for each relation.

Promise: what the manuals of the three show, done carefully: one session and one transaction for each request, one
statement for each level, nothing loaded twice.
Elsewhere: the same questions compiled, `benchmarks.contestants.compiled`.
"""

import datetime
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it has no types
import strawberry
from sqlalchemy import func, lateral, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, aliased
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache

from benchmarks.contestants.doors import PARTY, POOL, SETTINGS, URL, App, serve
from database import tables


class Base(DeclarativeBase):
    pass


class PersonRow(Base):
    __table__ = tables.person


class PartyRow(Base):
    __table__ = tables.party


class CaseRow(Base):
    __table__ = tables.case_file


class ReferralRow(Base):
    __table__ = tables.referral


class HandoverRow(Base):
    __table__ = tables.handover


class Loaders:
    """Of one request."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.persons: DataLoader[UUID, Any] = DataLoader(load_fn=self._by(PersonRow, PersonRow.__table__.c.id))
        self.parties: DataLoader[str, Any] = DataLoader(load_fn=self._by(PartyRow, PartyRow.__table__.c.code))
        self.referrals: DataLoader[tuple[UUID, int], list[Any]] = DataLoader(load_fn=self._referrals)
        self.handovers: DataLoader[UUID, list[Any]] = DataLoader(load_fn=self._handovers)

    def _by(self, of: Any, key: Any) -> Callable[[list[Any]], Any]:
        async def load(keys: list[Any]) -> list[Any]:
            rows = (await self.session.scalars(select(of).where(key.in_(keys)))).all()
            found = {getattr(row, key.name): row for row in rows}
            return [found.get(each) for each in keys]

        return load

    async def _referrals(self, asked: list[tuple[UUID, int]]) -> list[list[Any]]:
        keys = [key for key, _ in asked]
        wanted = (
            func.unnest(text("cast(:keys as uuid[])").bindparams(keys=keys)).table_valued("id").render_derived(name="k")
        )
        own = tables.referral
        newest = lateral(
            select(own)
            .where(own.c.case_id == wanted.c.id)
            .order_by(own.c.sent_at.desc(), own.c.id.desc())
            .limit(asked[0][1])
        )
        row = aliased(ReferralRow, newest)
        rows = (await self.session.scalars(select(row).select_from(wanted).join(newest, true()))).all()
        return _grouped(rows, "case_id", keys)

    async def _handovers(self, keys: list[UUID]) -> list[list[Any]]:
        own = tables.handover.c
        asked = select(HandoverRow).where(own.referral_id.in_(keys)).order_by(own.released_at, own.id)
        return _grouped((await self.session.scalars(asked)).all(), "referral_id", keys)


def _grouped(rows: Sequence[Any], key: str, keys: list[UUID]) -> list[list[Any]]:
    found: dict[UUID, list[Any]] = {each: [] for each in keys}
    for row in rows:
        found[getattr(row, key)].append(row)
    return [found[each] for each in keys]


Info = strawberry.Info[dict[str, Any], None]


def _loaders(info: Info) -> Loaders:
    found: Loaders = info.context["loaders"]
    return found


@strawberry.type
class Party:
    code: str
    name: str

    @staticmethod
    def of(row: Any) -> "Party":
        return Party(code=row.code, name=row.name)


@strawberry.type
class Person:
    initials: str
    sex: str


@strawberry.type
class Handover:
    status: str
    released_at: datetime.datetime
    settled_at: datetime.datetime | None
    agrees: bool | None


@strawberry.type
class Referral:
    row: strawberry.Private[Any]
    status: str
    sent_at: datetime.datetime
    decided_at: datetime.datetime | None

    @strawberry.field
    async def to(self, info: Info) -> Party:
        return Party.of(await _loaders(info).parties.load(self.row.to_party))

    @strawberry.field
    async def handovers(self, info: Info) -> list[Handover]:
        rows = await _loaders(info).handovers.load(self.row.id)
        return [
            Handover(status=row.status, released_at=row.released_at, settled_at=row.settled_at, agrees=row.agrees)
            for row in rows
        ]


@strawberry.type
class Case:
    row: strawberry.Private[Any]
    number: str
    status: str
    category: str
    vulnerabilities: list[str]
    risk: str | None
    outcome: str | None
    opened_at: datetime.datetime
    assessed_at: datetime.datetime | None
    closed_at: datetime.datetime | None
    version: int

    @staticmethod
    def of(row: Any) -> "Case":
        named = [name for name in CASE if name != "row"]
        return Case(row=row, **{name: getattr(row, name) for name in named})

    @strawberry.field
    async def responsible(self, info: Info) -> Party:
        return Party.of(await _loaders(info).parties.load(self.row.party))

    @strawberry.field
    async def person(self, info: Info) -> Person:
        row = await _loaders(info).persons.load(self.row.person_id)
        return Person(initials=row.initials, sex=row.sex)

    @strawberry.field
    async def referrals(self, info: Info, first: int) -> list[Referral]:
        rows = await _loaders(info).referrals.load((self.row.id, first))
        return [Referral(row=row, status=row.status, sent_at=row.sent_at, decided_at=row.decided_at) for row in rows]


CASE = (
    *("number", "status", "category", "vulnerabilities", "risk", "outcome"),
    *("opened_at", "assessed_at", "closed_at", "version"),
)


@strawberry.type
class PageInfo:
    has_next_page: bool


@strawberry.type
class CaseConnection:
    nodes: list[Case]
    page_info: PageInfo


@strawberry.type
class Query:
    @strawberry.field
    async def cases(self, info: Info, first: int, status: str) -> CaseConnection:
        own = tables.case_file.c
        asked = (
            select(CaseRow).where(own.status == status).order_by(own.opened_at.desc(), own.id.desc()).limit(first + 1)
        )
        rows = (await _loaders(info).session.scalars(asked)).all()
        return CaseConnection(
            nodes=[Case.of(row) for row in rows[:first]], page_info=PageInfo(has_next_page=len(rows) > first)
        )

    @strawberry.field
    async def case(self, info: Info, id: strawberry.ID) -> Case | None:
        row = await _loaders(info).session.get(CaseRow, UUID(id))
        return None if row is None else Case.of(row)


@asynccontextmanager
async def opened() -> AsyncIterator[App]:
    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(URL, server_settings=SETTINGS)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_size=POOL, max_overflow=0)

    class InSession(SchemaExtension):
        """One session and one transaction around the execution of a request."""

        async def on_execute(self) -> AsyncIterator[None]:
            async with AsyncSession(engine) as session, session.begin():
                await session.execute(text("select set_config('app.party', :party, true)"), {"party": PARTY})
                self.execution_context.context["loaders"] = Loaders(session)
                yield

    language = strawberry.Schema(query=Query, extensions=[InSession, ParserCache, ValidationCache])
    yield GraphQL(language, graphql_ide=None)
    await engine.dispose()


if __name__ == "__main__":
    serve(opened)
