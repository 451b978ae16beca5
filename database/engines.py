"""The connections: one pool for each role, and one more for reading.

Promise: nobody who holds `Databases` can act as the owner of the tables, and no statement waits or runs for ever.
Rules: acts go through SQLAlchemy; answers go through a pool of asyncpg's own, where a statement is planned once
(row security would have PostgreSQL plan it anew each time) and stays prepared.
Elsewhere: setting the party, `database.transaction`; refusing privileged roles, `database.safety`.
"""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg  # type: ignore[import-untyped]  # it has no types
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from database.addresses import Address
from database.wakeups import Bell


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of the server one process may take, and how long."""

    connections: int = 10  # at most, for each role that acts
    reading: int = 10  # at most, for answers
    statement: timedelta = timedelta(seconds=15)
    lock: timedelta = timedelta(seconds=5)
    idle_in_transaction: timedelta = timedelta(seconds=30)

    def settings(self) -> dict[str, str]:
        return {
            "application_name": "estafet",
            "timezone": "UTC",
            "statement_timeout": _milliseconds(self.statement),
            "lock_timeout": _milliseconds(self.lock),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_in_transaction),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """Every way into the database that a running service has."""

    app: AsyncEngine  # acts of parties
    auth: AsyncEngine  # clients and tokens
    worker: AsyncEngine  # expiry and publishing, never a person
    reading: "asyncpg.Pool[asyncpg.Record]"  # answers, as the same role as `app`
    keys: "asyncpg.Pool[asyncpg.Record]"  # the key store: another database, another role
    bell: Bell = field(default_factory=Bell)  # rung after a commit that others may be waiting for

    async def close(self) -> None:
        for engine in (self.app, self.auth, self.worker):
            await engine.dispose()
        await self.reading.close()
        await self.keys.close()


USUAL = Limits()
# At its lowest level SQLAlchemy logs every row that it fetches. Whoever asks for everything to be logged, or for all of
# `sqlalchemy.engine`, would have names and identity numbers written; a level of our engines' own is in the way of that.
_QUIET = "estafet"
logging.getLogger(f"sqlalchemy.engine.Engine.{_QUIET}").setLevel(logging.WARNING)


async def open_databases(address: Address, limits: Limits = USUAL) -> Databases:
    reading = asyncpg.create_pool(
        address.app,
        min_size=0,
        max_size=limits.reading,
        statement_cache_size=1000,
        max_inactive_connection_lifetime=0,
        server_settings={**limits.settings(), "plan_cache_mode": "force_generic_plan", "jit": "off"},
    )
    await reading
    keys = asyncpg.create_pool(
        address.keys, min_size=0, max_size=limits.reading, server_settings=limits.settings(), command_timeout=5
    )
    await keys
    return Databases(
        app=open_engine(address.app, limits),
        auth=open_engine(address.auth, limits),
        worker=open_engine(address.worker, limits),
        reading=reading,
        keys=keys,
    )


def open_engine(url: str, limits: Limits = USUAL) -> AsyncEngine:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, server_settings=limits.settings())

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        isolation_level="READ COMMITTED",
        pool_size=limits.connections,
        max_overflow=0,
        hide_parameters=True,  # errors must not quote names and identity numbers
        logging_name=_QUIET,
    )


def _milliseconds(span: timedelta) -> str:
    return str(round(span.total_seconds() * 1000))
