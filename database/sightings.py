"""What a quorum of witnesses has seen of the log, as rows: quorum times by size.

Promise: the rows say what the published notes say, as far as somebody has entered it here; a time only falls.
Rules: by the worker, for a size that stands among the checkpoints; one that does not is passed over.
Elsewhere: where the times come from, `operations.collecting`; what they mean, `ledger.sightings`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, ForeignKey, Table, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from casework.clocks import Span
from database.metadata import Instant, metadata
from database.tables import checkpoint
from ledger.sightings import SLACK, Sightings

checkpoint_witnessed = Table(  # no row below quorum
    "checkpoint_witnessed",
    metadata,
    Column("size", BigInteger, ForeignKey("checkpoint.size"), primary_key=True),
    Column("at", Instant, nullable=False),
)


async def enter(connection: AsyncConnection, size: int, time: int) -> None:
    """The checkpoint of this size has this quorum time."""
    at = datetime.fromtimestamp(time, tz=UTC)
    known = (await connection.execute(select(checkpoint.c.size).where(checkpoint.c.size == size))).scalar_one_or_none()
    if known is None:
        return
    row = insert(checkpoint_witnessed).values(size=size, at=at)
    earlier = {"at": row.excluded.at}
    await connection.execute(
        row.on_conflict_do_update(
            index_elements=["size"], set_=earlier, where=checkpoint_witnessed.c.at > row.excluded.at
        )
    )


async def unseen(connection: AsyncConnection, most: int) -> Sequence[int]:
    """The sizes behind the last one that a quorum has seen, the newest first."""
    last = select(func.coalesce(func.max(checkpoint_witnessed.c.size), 0)).scalar_subquery()
    asked = select(checkpoint.c.size).where(checkpoint.c.size > last).order_by(checkpoint.c.size.desc()).limit(most)
    return (await connection.execute(asked)).scalars().all()


async def everything(connection: AsyncConnection) -> Sightings:
    """All of it."""
    rows = (await connection.execute(select(checkpoint_witnessed).order_by(checkpoint_witnessed.c.size))).all()
    return Sightings(sizes=tuple(row.size for row in rows), times=tuple(int(row.at.timestamp()) for row in rows))


async def around(connection: AsyncConnection, span: Span) -> Sightings:
    """As much of it as tells whether it leaves room for a span: the last time before it, and the first one after."""
    at, early = checkpoint_witnessed.c.at, span.from_ + timedelta(seconds=SLACK)
    before, after = select(func.max(at)).where(at <= early), select(func.min(at)).where(at > early)
    asked = select(before.scalar_subquery(), after.scalar_subquery())
    times = (await connection.execute(asked)).one()
    return Sightings(times=tuple(int(time.timestamp()) for time in times if time is not None))
