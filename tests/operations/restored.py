"""A database as an old backup brings it back, for stories about what must not come of that."""

from typing import Any


async def cut(superuser: Any, size: int) -> None:
    """The database as an old backup brings it back: its log is shorter."""
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute(
        "alter table ledger_entry disable trigger kept; alter table ledger_head disable trigger advances"
    )
    await superuser.execute("delete from checkpoint where size > $1", size)
    await superuser.execute("delete from outbox where index >= $1", size)
    await superuser.execute("delete from ledger_entry where index >= $1", size)
    last = await superuser.fetchval("select leaf_hash from ledger_entry where index = $1", size - 1)
    await superuser.execute("update ledger_head set size = $1, leaf_hash = $2", size, last)
    await superuser.execute(
        "alter table ledger_entry enable always trigger kept; alter table ledger_head enable always trigger advances;"
        "reset session_replication_role"
    )
