"""How many buffers a page touches as the tables grow.

    python -m benchmarks.buffers FOLDER --scales 10000 100000 1000000

Promise: what is explained are the very statements of the plan, one after the other with the keys that the rows above
gave, as the application's role, under row security, with the plan that the service uses: a generic one.
Rules: buffers found or read, of all statements of a page together; asked twice and the second time told, when nothing
is left to be noted on the rows.
Elsewhere: the populations, `benchmarks.houses`; the statements, `reading`.
"""

import argparse
import asyncio
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from auth.scopes import SCOPES
from benchmarks import entrants, houses, questions, reports
from benchmarks.houses import House
from benchmarks.meters import Aim, Spread
from database import engines
from reading import rows
from reading.asking import Asking
from reading.catalogue import CATALOGUE
from reading.ids import Cursors
from reading.levels import Given
from reading.plans import Plans, Question
from reading.snapshots import snapshot
from schema.language import build, core

MOST = 4.0
REFERRALS = """{ referrals(first: 50) { edges { node { status sentAt from { code } to { code name }
  latestHandover { status releasedAt } openObligations { kind dueAt state } } } pageInfo { hasNextPage } } }"""
OWED = """{ workList(first: 50) { edges { node { kind dueAt state creditor { code name }
  referral { status case { number person { initials } } } } } pageInfo { hasNextPage } } }"""
PAGES = {
    "cases, three levels": (questions.PAGE_OF_ESTAFET, questions.PAGE),
    "referrals with what is open on them": (REFERRALS, None),
    "what is owed next": (OWED, None),
}
Found = dict[str, dict[int, int]]  # by page and scale


async def touched(question: Question, asking: Asking, pool: Any) -> int:
    """Buffers of one page."""
    total = 0
    async with snapshot(pool, asking) as connection:

        async def fetch(sql: str, values: list[Any]) -> list[Any]:
            nonlocal total
            plan = await explained(connection, sql, values)
            total += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            return await connection.fetch(sql, *values)

        found = await rows.of(question.plan.levels, Given(asking, question.arguments), fetch)
    if not found.flat[0]:
        raise SystemExit("a page with nothing on it")
    return total


async def measured(house: House) -> dict[str, int]:
    """Every page, as one province."""
    plans = Plans(core(build()), CATALOGUE, Cursors(bytes(32)))
    asking = Asking(party=entrants.PARTY, subject="benchmark", purpose="case-management", scopes=frozenset(SCOPES))
    databases = await engines.open_databases(house.address)
    try:
        found = {}
        for name, (document, variables) in PAGES.items():
            question = plans.plan(document, None, variables)
            await touched(question, asking, databases.reading)
            found[name] = await touched(question, asking, databases.reading)
        return found
    finally:
        await databases.close()


async def explained(connection: Any, sql: str, values: list[Any]) -> Any:
    """The plan that a prepared statement has: explained with its values at hand, PostgreSQL would make another one."""
    types = [each.schema + "." + each.name for each in (await connection.prepare(sql)).get_parameters()]

    given = [
        await connection.fetchval(f"select quote_nullable($1::{type_}::text)", value)  # its own types
        for type_, value in zip(types, values, strict=True)
    ]
    await connection.execute(f"prepare explained as {sql}")
    try:
        called = f"explained({', '.join(given)})" if given else "explained"
        told = await connection.fetchval(f"explain (analyze, buffers, timing off, format json) execute {called}")
    finally:
        await connection.execute("deallocate explained")
    return json.loads(told)[0]["Plan"]


def aims(found: Found) -> list[Aim]:
    return [
        Aim(
            name=f"buffers of a page per tenfold of cases, times: {page}",
            wanted=MOST,
            found=Spread.of([later / earlier for earlier, later in pairwise(by_scale.values())]),
            at_most=True,
        )
        for page, by_scale in found.items()
        if len(by_scale) > 1
    ]


def told(found: Found) -> str:
    """The table."""
    scales = list(next(iter(found.values())))
    lines = [f"| buffers | {' | '.join(f'{scale:,} cases' for scale in scales)} |", "|---|" + "---|" * len(scales)]
    lines += [
        f"| {page} | {' | '.join(f'{each:,}' for each in by_scale.values())} |" for page, by_scale in found.items()
    ]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Count the buffers that a page touches.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--scales", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    asked.add_argument("--results", type=Path)
    given = asked.parse_args()
    found: Found = {page: {} for page in PAGES}
    for scale in sorted(given.scales):
        with houses.opened(given.folder, scale, published=False) as house:
            for page, count in asyncio.run(measured(house)).items():
                found[page][scale] = count
                sys.stderr.write(f"{scale:,} cases: {page}: {count:,} buffers\n")
    sys.stdout.write(f"{told(found)}\n\n{reports.aimed(aims(found))}\n")
    if given.results is not None:
        reports.keep(given.results, "buffers", found, aims(found))


if __name__ == "__main__":
    main()
