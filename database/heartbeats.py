"""The heartbeat: when the host was last at work, in one row.

Promise: while somebody holds it, nobody else beats or looks; it never goes back.
Elsewhere: what a long gap means, `operations.outages`; who may see it, `database/migrations`.
"""

from datetime import datetime

from sqlalchemy import Boolean, Column, Table, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from database.metadata import Instant, metadata

heartbeat = Table(  # at most one row; none before the first start
    "heartbeat",
    metadata,
    Column("only", Boolean, primary_key=True),
    Column("at", Instant, nullable=False),
)


async def held(connection: AsyncConnection) -> datetime | None:
    """The last beat, held until the transaction ends."""
    return (await connection.execute(select(heartbeat.c.at).with_for_update())).scalar_one_or_none()


async def beat(connection: AsyncConnection, at: datetime) -> None:
    first = insert(heartbeat).values(only=True, at=at)
    later = func.greatest(heartbeat.c.at, first.excluded.at)
    await connection.execute(first.on_conflict_do_update(index_elements=["only"], set_={"at": later}))
