"""The least there can be: ASGI, asyncpg, and JSON that PostgreSQL makes and this passes through.

Promise: one statement for each question, prepared once; no GraphQL, no plan, no writer. What it cannot do is be asked
anything else.
Elsewhere: what is asked of the others, `benchmarks.questions`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from benchmarks.contestants.doors import PARTY, App, bare, pool, serve

BEGIN = f"begin isolation level repeatable read read only; select set_config('app.party', '{PARTY}', true)"
PAGE = """
select json_build_object(
    'cases', coalesce(json_agg(json_build_object(
        'number', c.number, 'status', c.status, 'category', c.category, 'risk', c.risk, 'openedAt', c.opened_at,
        'person', json_build_object('initials', c.initials, 'sex', c.sex),
        'referrals', coalesce((
            select json_agg(json_build_object('status', r.status, 'sentAt', r.sent_at, 'decidedAt', r.decided_at,
                'to', json_build_object('code', p.code, 'name', p.name),
                'handovers', coalesce((
                    select json_agg(json_build_object('status', h.status, 'releasedAt', h.released_at,
                        'settledAt', h.settled_at, 'agrees', h.agrees) order by h.released_at, h.id)
                    from handover h where h.referral_id = r.id), '[]'::json)) order by r.sent_at desc, r.id desc)
            from (select * from referral where case_id = c.id order by sent_at desc, id desc limit 3) r
            join party p on p.code = r.to_party), '[]'::json)) order by c.opened_at desc, c.id desc), '[]'::json),
    'hasNextPage', $1 < (
        select count(*)
        from (select from case_file where status = $2 order by opened_at desc, id desc limit $1 + 1) n)
)::text
from (
    select f.*, o.initials, o.sex
    from (select * from case_file where status = $2 order by opened_at desc, id desc limit $1) f
    join person o on o.id = f.person_id
) c
"""
CASE = """
select json_build_object('number', c.number, 'status', c.status, 'category', c.category,
    'vulnerabilities', c.vulnerabilities, 'risk', c.risk, 'outcome', c.outcome, 'openedAt', c.opened_at,
    'assessedAt', c.assessed_at, 'closedAt', c.closed_at, 'version', c.version,
    'responsible', json_build_object('code', p.code, 'name', p.name),
    'person', json_build_object('initials', o.initials, 'sex', o.sex))::text
from case_file c join party p on p.code = c.party join person o on o.id = c.person_id
where c.id = $1
"""


@asynccontextmanager
async def opened() -> AsyncIterator[App]:
    async with pool() as connections:

        async def answering(asked: dict[str, Any]) -> bytes:
            async with connections.acquire() as connection:
                await connection.execute(BEGIN)
                if "id" in asked:
                    found = await connection.fetchval(CASE, UUID(asked["id"]))
                else:
                    found = await connection.fetchval(PAGE, asked["first"], asked["status"])
                await connection.execute("commit")
            return str(found).encode()

        yield bare(answering)


if __name__ == "__main__":
    serve(opened)
