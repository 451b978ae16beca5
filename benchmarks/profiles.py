"""Where the time of a page, a single case and an act goes: by room and library, and the dearest functions.

    python -m benchmarks.profiles FOLDER --cases 100000

Promise: the profiler looks at the very code that serves, in this process: reading behind a bare door for the two
questions, and the whole application behind ASGI, checks and all, for the act.
Rules: a profiler makes calls dearer than they are; read the shares. The clock is that of the processor: what waits for
PostgreSQL, or for others on the machine, is not in them.
Elsewhere: how long it takes without a profiler, `benchmarks.races` and `benchmarks.acts`.
"""

import argparse
import asyncio
import cProfile
import pstats
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson

from api import app as door
from auth.scopes import SCOPES
from benchmarks import acts, entrants, houses, partners, questions, reports
from benchmarks.houses import House
from database import engines
from reading.answers import answer
from reading.asking import Asking
from reading.catalogue import CATALOGUE
from reading.ids import Cursors
from reading.plans import Plans
from schema.language import build, core
from settings import Settings

ROOT = Path(houses.__file__).parents[1]
BUILTINS = {
    "sodium": "nacl",
    "asyncpg": "asyncpg",
    "orjson": "orjson",
    "_socket": "the kernel: sockets",
    "select.": "waiting",
    "sqlalchemy": "sqlalchemy",
    "_asyncio": "asyncio",
    "_hashlib": "hashing",
}
FUNCTIONS = 14
ISSUER = "http://localhost:8000"


async def profiled(work: Callable[[], Awaitable[object]], times: int) -> pstats.Stats:
    """So many times under the profiler, after some without."""
    for _ in range(5):
        await work()
    profile = cProfile.Profile(time.process_time)  # processor time: others on the machine are not in it
    profile.enable()
    for _ in range(times):
        await work()
    profile.disable()
    return pstats.Stats(profile)


def owner(file: str, function: str) -> str:
    """Room or library of a function."""
    if file == "~":
        return _of_builtin(function)
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    if file.startswith(str(ROOT)):
        return Path(file).relative_to(ROOT).parts[0]
    if file.startswith("<"):
        return "generated writers" if "writer" in file or "reading" in file else "Python's own"
    return "asyncio" if "asyncio" in parts else "Python's own"


def _of_builtin(function: str) -> str:
    """Of what is written in C, whose it is, as far as its name tells."""
    for word, who in BUILTINS.items():
        if word in function:
            return who
    return "Python's own"


def told(stats: pstats.Stats, times: int) -> str:
    """Shares by owner, then the dearest functions."""
    kept: dict[Any, Any] = stats.stats  # type: ignore[attr-defined]  # its types leave it out
    shares: dict[str, float] = defaultdict(float)
    for (file, _, name), (_, _, own, _, _) in kept.items():
        shares[owner(file, name)] += own
    shares.pop("waiting", None)
    total = sum(shares.values())
    lines = [f"{1000 * total / times:.2f} ms each under the profiler", "", "| where | share |", "|---|---|"]
    lines += [f"| {who} | {own / total:.0%} |" for who, own in sorted(shares.items(), key=lambda of: -of[1])[:14]]
    lines += ["", "| function | calls | own | with what it calls |", "|---|---|---|---|"]
    dearest = sorted(kept.items(), key=lambda of: -of[1][3])
    shown = [each for each in dearest if each[0][0].startswith(str(ROOT)) and "benchmarks" not in each[0][0]]
    for (file, line, name), (_, calls, own, with_, _) in shown[:FUNCTIONS]:
        where = Path(file).relative_to(ROOT)
        lines.append(f"| `{where}:{line} {name}` | {calls / times:.0f} | {own / total:.0%} | {with_ / total:.0%} |")
    return "\n".join(lines)


async def of_reading(house: House, times: int) -> dict[str, str]:
    """A page and a single case."""
    plans = Plans(core(build()), CATALOGUE, Cursors(bytes(32)))
    asking = Asking(party=entrants.PARTY, subject="benchmark", purpose="case-management", scopes=frozenset(SCOPES))
    databases = await engines.open_databases(house.address)
    ids = await houses.ids(house, entrants.PARTY, 1)
    asked = {
        "a page of fifty": questions.ESTAFET.page,
        "a single case": questions.ESTAFET.case(ids[0]),
    }
    found = {}
    try:
        for name, body in asked.items():
            text = orjson.dumps(body)

            async def once(text: bytes = text) -> None:
                sent = orjson.loads(text)
                question = plans.plan(sent["query"], None, sent["variables"])
                await answer(question, asking, databases.reading)

            found[name] = told(await profiled(once, times), times)
    finally:
        await databases.close()
    return found


class Inside(acts.Desk):
    """An officer's desk inside this process: the application is called, not reached."""

    def __init__(self, app: Any) -> None:
        super().__init__(0, 0)
        self.app = app

    async def ask(self, partner: partners.Partner, document: str, given: Any) -> Any:
        body = orjson.dumps({"query": document, "variables": {"input": given}})
        lines = [*partner.headers(), "content-type: application/json", "accept: application/json", "host: localhost"]
        headers = [tuple(part.strip().encode() for part in line.split(":", 1)) for line in lines]
        scope = {
            "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
            "headers": headers, "scheme": "http", "server": ("localhost", 8000), "client": ("127.0.0.1", 1),
            "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        answered = orjson.loads(b"".join(each.get("body", b"") for each in sent))
        payload = next(iter((answered.get("data") or {}).values()), None)
        if payload is None or payload["errors"]:
            raise SystemExit(f"an act that was refused: {answered}")
        return payload


async def of_an_act(house: House, times: int) -> str:
    """Prepare, sign, release, through the whole application."""
    some = await acts.waiting(house, times + 5)
    knobs = Settings(data=house.folder, database_url=house.address.app, cost_budget=10**9, cost_per_second=10**8)
    known = await partners.registered(house, ISSUER, *{each.party for each in some})
    async with entrants.service(house, None, ESTAFET_ISSUER=ISSUER) as issuing:
        for partner in known.values():
            partner.token(f"http://localhost:{issuing.port}")
    left = iter(some)
    async with door.service(knobs, house.address) as app:
        desk = Inside(app)

        async def once() -> None:
            of = next(left)
            await desk.release(of, known[of.party])

        return told(await profiled(once, times), times)


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Tell where the time goes.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--cases", type=int, default=100_000)
    asked.add_argument("--times", type=int, default=300)
    asked.add_argument("--results", type=Path)
    given = asked.parse_args()
    with houses.opened(given.folder, given.cases) as house:
        found = asyncio.run(of_reading(house, given.times))
        found["a handover act: prepare, sign, release"] = asyncio.run(of_an_act(house, min(given.times, 100)))
    if given.results is not None:
        reports.keep(given.results, "profiles", found)
    for name, table in found.items():
        sys.stdout.write(f"\n### {name}\n\n{table}\n")


if __name__ == "__main__":
    main()
