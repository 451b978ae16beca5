"""The journal against plain inserts: an act's row with its entry, and the same row with a row that nothing chains.

    python -m benchmarks.journals --rounds 5 --seconds 3

Promise: both are one statement in one transaction, as the application's role, with the same bytes into tables of the
same columns and indexes; they differ in what the journal does: the locked head, number, time, chain, hashes, checks.
Rules: so many writers as connections, each begins anew as soon as it has committed; PostgreSQL flushes to disk as it
does for the service. All by turns in each round. A third way is told beside, which the service does not go: the head is
let go before the flush, and the writer waits for the flush afterwards, together with others. It says what holding the
lock meanwhile costs.
Elsewhere: the journal, `database.journal` and `database/migrations/0001_journal.sql`.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it has no types

from benchmarks import reports
from benchmarks.meters import Aim, Spread, ratio
from database import addresses, embedded, migrating

NAME = "estafet_benchmark"
WRITERS = (1, 4, 10, 32)
AIMED = (4, 10, 32)
WANTED = 0.35
BODY = 900  # bytes of an envelope's payload and signature, about
PLAIN = """
create table plain_entry (like ledger_entry including indexes);
create sequence plain_number;
alter table plain_entry alter column index set default nextval('plain_number');
grant select, insert on plain_entry to estafet_app;
grant usage on sequence plain_number to estafet_app;
"""
BEGIN = "begin; select set_config('app.party', 'ID-JK', true)"
LATER = "; set local synchronous_commit = off"
WAYS = ("journal", "plain", "flushed after")
ACT = "insert into idempotency values ('benchmark', 'releaseHandover', $1, 'ID-JK', $2, '{}', now())"
JOURNAL = f"""
with e as materialized (select * from ledger_append($2, $3, 'handover.released', 'ID-JK', 'ID-JI', $4, null, $5)),
act as ({ACT} returning 1)
select index from e, act
"""  # noqa: S608  # our own words
BESIDE = f"""
with e as (
    insert into plain_entry
        (statement, prev, leaf_hash, at, kind, party, other_party, key, seen_size, referral_id, leaf)
    values ($2, $6, $7, now(), 'handover.released', 'ID-JK', 'ID-JI', $4, null, $5, convert_to($3, 'UTF8'))
    returning index
), act as ({ACT} returning 1)
select index from e, act
"""  # noqa: S608  # our own words
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Found = dict[int, dict[str, list[float]]]


async def write(connection: Connection, way: str) -> None:
    """One act."""
    hashes = [secrets.token_hex(32) for _ in range(3)]
    envelope = f'{{"payload":"{secrets.token_hex(BODY // 2)}"}}'
    key = f"ID-JK/k{secrets.token_hex(16)}"
    given = [secrets.token_hex(16), hashes[0], envelope, key, uuid4()]
    await connection.execute(BEGIN + LATER if way == "flushed after" else BEGIN)
    if way == "plain":
        await connection.fetchval(BESIDE, *given, *hashes[1:])
    else:
        await connection.fetchval(JOURNAL, *given)
    await connection.execute("commit")
    if way == "flushed after":
        await connection.execute("select pg_logical_emit_message(true, 'estafet', '')")


async def turn(writing: list[Connection], way: str, seconds: float) -> float:
    """Acts a second."""
    until, done = time.perf_counter() + seconds, 0

    async def writer(connection: Connection) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await write(connection, way)
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*map(writer, writing))
    return done / (time.perf_counter() - began)


async def prepared(server: embedded.Server) -> str:
    """A migrated database in which a log has begun; its address as the application's role."""
    await migrating.found(server.url("postgres"), NAME)
    await migrating.migrate(server.url("estafet_owner", NAME))
    owner = await asyncpg.connect(server.url("postgres", NAME))
    try:
        await owner.execute(PLAIN)
    finally:
        await owner.close()
    url = addresses.derive(server.url("estafet_app", NAME)).app
    begun = await asyncpg.connect(url)
    try:
        await begun.execute("begin; select set_config('app.party', 'HOST', true)")
        await begun.execute("select ledger_begin('benchmark.estafet.invalid/journal')")
        await begun.execute("commit")
    finally:
        await begun.close()
    return str(url)


async def measured(server: embedded.Server, rounds: int, seconds: float) -> Found:
    """Acts a second, by writers and way, round by round."""
    url = await prepared(server)
    found: Found = {writers: {way: [] for way in WAYS} for writers in WRITERS}
    writing = [await asyncpg.connect(url) for _ in range(max(WRITERS))]
    try:
        for way in WAYS:
            await turn(writing, way, min(seconds, 1))
        for number in range(rounds):
            for writers in WRITERS:
                for way in WAYS[number % 3 :] + WAYS[: number % 3]:
                    speed = await turn(writing[:writers], way, seconds)
                    found[writers][way].append(speed)
                    sys.stderr.write(
                        f"round {number + 1} of {rounds}: {writers} writers, {way}: {speed:,.0f} a second\n"
                    )
    finally:
        for each in writing:
            await each.close()
    return found


def aims(found: Found) -> list[Aim]:
    return [
        Aim(
            name=f"act row and entry, against act row and plain row, {writers} writers",
            wanted=WANTED,
            found=ratio(found[writers]["journal"], found[writers]["plain"]),
        )
        for writers in AIMED
    ]


def told(found: Found) -> str:
    """The table."""
    lines = [
        "| writers | row and entry, a second | row and plain row, a second | ratio | were it flushed after the lock |",
        "|---|---|---|---|---|",
    ]
    for writers, by_way in found.items():
        speeds = [Spread.of(by_way[way]).told(",.0f") for way in ("journal", "plain")]
        ratios = [ratio(by_way[way], by_way["plain"]).told(".2f") for way in ("journal", "flushed after")]
        lines.append(f"| {writers} | {' | '.join([*speeds, *ratios])} |")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Measure the journal against plain inserts.")
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=3)
    asked.add_argument("--results", type=Path)
    given = asked.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="estafet-benchmark-") as folder,
        embedded.running(Path(folder) / "pg") as server,
    ):
        found = asyncio.run(measured(server, given.rounds, given.seconds))
    sys.stdout.write(f"{told(found)}\n\n{reports.aimed(aims(found))}\n")
    if given.results is not None:
        reports.keep(given.results, "journal", found, aims(found))


if __name__ == "__main__":
    main()
