"""One act, one transaction: who asks is set first, leaving commits.

Promise: inside the block every statement is seen by row security as the asker's; outside of it the connection belongs
to nobody again, whether the block ended, failed or was cancelled (the settings end with the transaction).
Rules: READ COMMITTED, because the head of the ledger is locked and then read (see `database.journal`); nobody else
commits. `at` is the database's clock in whole seconds: what the act is judged by before it is entered.
Elsewhere: the policies that read the settings, `database/migrations`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """For whom a transaction runs: the party decides what is seen, the rest is told to the trail."""

    party: str
    subject: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """An open transaction, and the time it is judged by."""

    connection: AsyncConnection
    at: datetime


HOST = Asker(party="HOST", subject="host", purpose="operation")

_ASK = text(
    "select set_config('app.party', :party, true), set_config('app.subject', :subject, true),"
    " set_config('app.purpose', :purpose, true), clock_now()"
)


@asynccontextmanager
async def transaction(engine: AsyncEngine, asker: Asker) -> AsyncIterator[Transaction]:
    async with engine.begin() as connection:
        said = {"party": asker.party, "subject": asker.subject, "purpose": asker.purpose}
        row = (await connection.execute(_ASK, said)).one()
        yield Transaction(connection=connection, at=row[3])
