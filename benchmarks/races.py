"""Estafet beside five others on the same tables: a page of fifty cases at three levels, and a single case.

    python -m benchmarks.races FOLDER --cases 100000 --rounds 5 --seconds 4

Promise: everybody's answers are compared, value by value, before anybody is timed. All run in one run, interleaved: in
each round each is asked for some seconds, and the next round begins with the next one.
Rules: one server process on one core; PostgreSQL and the load on another. Requests, and the proofs that some need, are
made before the clock starts.
Elsewhere: who they are, `benchmarks.contestants`; the load, `benchmarks.generators`; the act, `benchmarks.acts`.
"""

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import orjson
import psutil  # type: ignore[import-untyped]  # it has no types

from benchmarks import entrants, generators, houses, partners, questions, reports
from benchmarks.entrants import BARE, COMPILED, EVERYBODY, FULL, IN_PYTHON, POSTGRAPHILE, Entrant, NoNode
from benchmarks.houses import House
from benchmarks.meters import Aim, Clock, Sample, Spread, ratio
from benchmarks.partners import Partner

WORKLOADS = ("page", "case")
IDS = 500
COMPARED = 40  # single cases
Found = dict[str, dict[str, list[Sample]]]  # by workload and contestant


def bodies(entrant: Entrant, workload: str, ids: Sequence[str]) -> list[bytes]:
    """What is asked, in this contestant's words."""
    if workload == "page":
        return [orjson.dumps(entrant.tongue.page)]
    return [orjson.dumps(entrant.tongue.case(each)) for each in ids]


def requests(entrant: Entrant, partner: Partner | None, asked: list[bytes], count: int) -> list[bytes]:
    """So many requests, ready to be sent."""
    some = itertools.islice(itertools.cycle(asked), count)
    if not entrant.checks:
        return [generators.post(body) for body in some]
    assert partner is not None
    return [generators.post(body, *partner.headers()) for body in some]


async def compared(entered: list[Entrant], partner: Partner | None, ids: Sequence[str]) -> None:
    """Ends the run unless all of them answer with the same data."""
    for workload in WORKLOADS:
        first: list[object] = []
        for entrant in entered:
            asked = bodies(entrant, workload, ids[:COMPARED])
            answers = [
                questions.told(await generators.one(entrant.port, each), entrant.tongue)
                for each in requests(entrant, partner, asked, len(asked))
            ]
            if any(not each for each in answers):
                raise SystemExit(f"{entrant.name} answers with nothing")
            first = first or answers
            if answers != first:
                raise SystemExit(f"{entrant.name} answers otherwise than {entered[0].name}: {workload}")


async def sampled(entrant: Entrant, postgres: Clock, asked: Iterator[bytes], seconds: float) -> Sample:
    """One turn of one contestant."""
    server = Clock(entrant.process)
    before, began = (server.seconds(), postgres.seconds()), time.perf_counter()
    load = await generators.load(entrant.port, asked, seconds)
    took, after = time.perf_counter() - began, (server.seconds(), postgres.seconds())
    spent = [1000 * (late - early) / load.answered for early, late in zip(before, after, strict=True)]
    middle = 1000 * sorted(load.seconds)[len(load.seconds) // 2]
    return Sample(
        per_second=load.answered / took,
        server_ms=spent[0],
        postgres_ms=spent[1],
        middle_ms=middle,
        requests=load.answered,
    )


async def raced(
    house: House, entered: list[Entrant], partner: Partner | None, ids: Sequence[str], rounds: int, seconds: float
) -> Found:
    """Everybody by turns. The first turn, which is not told, warms caches and says how much can be asked."""
    found: Found = {workload: {each.name: [] for each in entered} for workload in WORKLOADS}
    postgres = Clock(psutil.Process(house.server.pid))
    for workload in WORKLOADS:
        speeds = {}
        for entrant in entered:
            some = requests(entrant, partner, bodies(entrant, workload, ids), round(1500 * min(seconds, 2)))
            speeds[entrant.name] = (await sampled(entrant, postgres, iter(some), min(seconds, 2))).per_second
        for number in range(rounds):
            turn = number % len(entered)
            for entrant in entered[turn:] + entered[:turn]:
                count = round(speeds[entrant.name] * seconds * 2) + 200
                some = requests(entrant, partner, bodies(entrant, workload, ids), count)
                sample = await sampled(entrant, postgres, iter(some), seconds)
                found[workload][entrant.name].append(sample)
                told = f"{sample.per_second:,.0f} a second, {sample.server_ms:.2f} + {sample.postgres_ms:.2f} ms"
                sys.stderr.write(f"{workload}, round {number + 1} of {rounds}: {entrant.name}: {told}\n")
    return found


def aims(found: Found) -> list[Aim]:
    """What was wanted of the race."""

    def speeds(workload: str, name: str) -> list[float]:
        return [each.per_second for each in found[workload][name]]

    def beside(workload: str, name: str, other: str) -> Spread:
        return ratio(speeds(workload, name), speeds(workload, other))

    wanted = [("single case, against bare, both without checks", 0.85, beside("case", COMPILED, BARE))]
    if POSTGRAPHILE in found["page"]:
        wanted += [
            ("page, against PostGraphile, both without checks", 2.5, beside("page", COMPILED, POSTGRAPHILE)),
            ("single case, against PostGraphile, both without checks", 2.5, beside("case", COMPILED, POSTGRAPHILE)),
            ("page with full checks, against PostGraphile without", 1.0, beside("page", FULL, POSTGRAPHILE)),
            ("single case with full checks, against PostGraphile without", 1.0, beside("case", FULL, POSTGRAPHILE)),
        ]
    return [Aim(name=name, wanted=least, found=spread) for name, least, spread in wanted]


async def measured(house: House, rounds: int, seconds: float, among: Collection[str] = EVERYBODY) -> Found:
    """The race."""
    split = entrants.cores()
    ids = await houses.ids(house, entrants.PARTY, IDS)
    async with entrants.started(house, split, among) as entered:
        issuers = [f"http://localhost:{each.port}" for each in entered if each.checks]
        known = [await partners.registered(house, issuer, entrants.PARTY) for issuer in issuers]
        partner = known[0][entrants.PARTY] if known else None
        await compared(entered, partner, ids)
        with entrants.apart(house, split):
            return await raced(house, entered, partner, ids, rounds, seconds)


def with_node() -> bool:
    """Whether the two in Node can take part; said aloud where not."""
    try:
        entrants.installed()
    except NoNode as fault:
        sys.stderr.write(f"WITHOUT the two contestants in Node: {fault}\n")
        return False
    return True


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Measure Estafet beside others.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--cases", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=4)
    asked.add_argument("--results", type=Path)
    given = asked.parse_args()
    among = EVERYBODY if with_node() else IN_PYTHON
    with houses.opened(given.folder, given.cases) as house:
        found = asyncio.run(measured(house, given.rounds, given.seconds, among))
    for workload, by_name in found.items():
        sys.stdout.write(f"\n{workload}\n\n{reports.race(by_name)}\n")
    sys.stdout.write(f"\n{reports.aimed(aims(found))}\n")
    if given.results is not None:
        reports.keep(given.results, "race", reports.plain(found), aims(found))


if __name__ == "__main__":
    main()
