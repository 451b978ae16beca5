"""Is it safe to serve? Asked of the live catalogue at every start, and by `estafet check`.

Promise: `check` returns only if row security really stands between the service and the rows; otherwise `Unsafe` says
everything that is wrong, and the service must not start.
Rules: nobody the service connects as is a superuser, may bypass row security, owns anything here or could become
somebody who does, in the key store either, which is another database; every table forces its policies and has one;
every view reads with the asker's rights; nothing that runs as its owner is owned by a superuser; no function is
everybody's. Every schema is looked at but PostgreSQL's own: a table beside ours is read by the same roles.
Elsewhere: which policies there should be, `database/migrations`; that each does what it should, `tests/database`.
"""

import asyncpg  # type: ignore[import-untyped]  # it has no types
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engines import Databases


class Unsafe(Exception):
    """`faults` says what is wrong, one line each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


# PostgreSQL keeps names that begin with pg_ for itself, and nobody else can take one.
_OURS = "select oid from pg_namespace where not starts_with(nspname, 'pg_') and nspname <> 'information_schema'"
_ROLES = text(f"""
    with mine as (select r.* from pg_roles r where pg_has_role(session_user, r.oid, 'member'))
    select format('%s is or can become %s, a superuser', session_user, rolname) from mine where rolsuper
    union all
    select format('%s is or can become %s, which passes row security by', session_user, rolname) from mine
        where rolbypassrls
    union all
    select distinct format('%s is or can become %s, which owns tables', session_user, m.rolname)
        from mine m join pg_class c on c.relowner = m.oid and c.relnamespace in ({_OURS})
""")  # noqa: S608  # our own words
_CATALOGUE = text(f"""
    with c as (
        select c.*, case when n.nspname = 'public' then relname else n.nspname || '.' || relname end as called
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.oid in ({_OURS})
    )
    select format('table %s does not enable row security', called) from c
        where relkind in ('r', 'p') and not relrowsecurity
    union all
    select format('table %s does not force row security', called) from c
        where relkind in ('r', 'p') and not relforcerowsecurity
    union all
    select format('table %s has no policy', called) from c
        where relkind in ('r', 'p') and not exists (select from pg_policy p where p.polrelid = c.oid)
    union all
    select format('view %s does not read with the rights of who asks', called) from c
        where relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false)
    union all
    select format('%s is a materialized view or a foreign table, beyond row security', called) from c
        where relkind in ('m', 'f')
    union all
    select format('function %s runs as a role that passes row security by', p.proname)
        from pg_proc p join pg_roles r on r.oid = p.proowner
        where p.pronamespace in ({_OURS}) and p.prosecdef and (r.rolsuper or r.rolbypassrls)
    union all
    select format('function %s may be called by everybody', p.proname) from pg_proc p
        where p.pronamespace in ({_OURS}) and has_function_privilege('public', p.oid, 'execute')
    union all
    select format('trigger %s of %s is disabled', t.tgname, called) from pg_trigger t join c on c.oid = t.tgrelid
        where t.tgenabled = 'D'
    union all
    select 'there are no tables' where not exists (
        select from c where relkind = 'r' and relnamespace = 'public'::regnamespace
    )
""")  # noqa: S608  # our own words


_KEY_STORE = """
    select 'the key store is the database whose persons its keys are of' where to_regclass('public.person') is not null
    union all
    select 'the key store has no table of keys' where to_regclass('public.data_key') is null
"""


async def check(databases: Databases) -> None:
    faults: list[str] = []
    for question in (_ROLES.text, _KEY_STORE):
        faults += await _told_of_keys(databases.keys, question)
    for engine in (databases.app, databases.auth, databases.worker):
        faults += await _told(engine, _ROLES)
    faults += await _told(databases.app, _CATALOGUE)
    if faults:
        raise Unsafe(tuple(faults))


async def _told_of_keys(pool: "asyncpg.Pool[asyncpg.Record]", question: str) -> list[str]:
    try:
        return [row[0] for row in await pool.fetch(question)]
    except (OSError, asyncpg.PostgresError) as fault:
        return [f"the key store cannot be reached ({type(fault).__qualname__})"]


async def _told(engine: AsyncEngine, question: TextClause) -> list[str]:
    async with engine.connect() as connection:
        return list((await connection.execute(question)).scalars())
