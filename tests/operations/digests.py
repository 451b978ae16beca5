"""What every table holds, in short: to prove that a refusal has changed nothing.

Promise: read as the superuser, so that row security hides no change; a changed, added or removed row changes it. The
trail of reading is no part of it: who looked is told also where nothing was done.
"""

from typing import Any


async def digest(superuser: Any) -> dict[str, str]:
    """By table, of every schema but PostgreSQL's own: how many rows, and a hash over all of them."""
    tables = await superuser.fetch(
        "select case schemaname when 'public' then tablename else format('%I.%I', schemaname, tablename) end"
        " from pg_tables where schemaname not in ('pg_catalog', 'information_schema') and tablename <> 'trail'"
        " order by 1"
    )
    return {
        name: await superuser.fetchval(
            f"select count(*) || ' ' || md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from {name} t"  # noqa: S608  # the names are the catalogue's own
        )
        for (name,) in tables
    }
