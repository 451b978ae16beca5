"""The service's summary of obligations over a large history, against one indexed count of the same rows.

    python -m benchmarks.summaries FOLDER --entries 1000000 --runs 30

Promise: the question goes the service's own way (plan, row security, one transaction, writer) into a real PostgreSQL;
the count is of the rows that the asker sees, from an index alone (looked at: another plan ends the run), without row
security. Both by turns, the ratio pair by pair.
Rules: the rows are those of the docket of a log that was verified on the way. They are copied in without triggers, and
what has ended is then counted as the trigger would have: a million acts one by one would measure something else.
Elsewhere: the log, `benchmarks.logs`; rows, counts and function, `database/migrations/0003_obligations.sql`.
"""

import argparse
import asyncio
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it has no types

import casework.agreements
import database.agreements
from benchmarks import logs
from benchmarks.auditing import anchor, spread
from casework.agreements import Agreement
from cli.audit.folders import Folder
from cli.audit.obligations import accounts
from cli.audit.signatures import examining
from database import addresses, embedded, engines, migrating, owed
from database.engines import Databases
from database.transaction import HOST, transaction
from ledger import verifier
from ledger.dockets import Docket, Row
from reading.answers import answer
from reading.asking import Asking
from reading.catalogue import CATALOGUE
from reading.ids import Cursors
from reading.plans import Plans, Question
from schema.language import build, core

NAME = "estafet_benchmark"
QUESTION = """{ obligationSummary(period: %s%s) { asOf rows {
    party { code name } clause { key text } period open met metLate breached waived paused enteredLate contested total
} } }"""
ASKED = (  # by which period, as of how many days before the last entry
    *(("ALL", None), ("YEAR", None), ("QUARTER", None), ("MONTH", None)),
    *(("ALL", 0), ("MONTH", 0), ("ALL", 30), ("MONTH", 30), ("ALL", 365), ("ALL", 730)),
)
# Without row security, which would have to look into the rows themselves: what an index alone can answer.
COUNTS = {
    False: "select count(*) from obligation where $1 <> ''",
    True: "select (select count(*) from obligation where debtor = $1)"
    " + (select count(*) from obligation where creditor = $1)",
}
COLUMNS = [column.name for column in owed.obligation.columns if column.computed is None]
COUNTED = """
    insert into obligation_tally
    select debtor, creditor, clause, opened_month,
        count(*) filter (where state = 'MET'), count(*) filter (where state = 'MET_LATE'),
        count(*) filter (where state = 'BREACHED'), count(*) filter (where state = 'WAIVED'),
        count(*) filter (where entered_late), count(*) filter (where contested)
    from (
        select o.*, obligation_state(ending, ended_at, due_at, entered_late, null, ended_at) as state
        from obligation o where ending is not null
    ) ended
    group by debtor, creditor, clause, opened_month
"""
Record = tuple[object, ...]
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Version:
    """What changes from one version of an obligation to the next, as far as a docket still tells."""

    valid_from: datetime
    ended: bool
    noted: bool


def rows_of(folder: Path) -> tuple[list[Row], datetime]:
    """The docket of a log that is found clean, and the instant that it is of."""
    docket, files = Docket(), Folder(folder)
    report = verifier.verify(files, anchor=anchor(folder), examining=examining, docket=docket)
    at = accounts.last(files, report.size)
    if not report.clean or at is None:
        raise SystemExit(f"{folder}: {report.findings[:3]}")
    return list(docket.rows(at)), at


def versions(row: Row) -> list[Version]:
    """Its versions: opened, noted as breached, ended."""
    found = [Version(row.opened_at, ended=False, noted=False)]
    if row.noted_at is not None:
        found.append(Version(row.noted_at, ended=False, noted=True))
    if row.ended_at is not None:
        if row.ended_at == row.opened_at:
            found.clear()  # never seen open
        found.append(Version(row.ended_at, ended=True, noted=row.noted_at is not None))
    elif row.paused_since is not None:
        found.append(Version(row.paused_since, ended=False, noted=False))
    return found


def record(row: Row, version: Version, number: int, offset: int) -> Record:
    """A version as a row of the table."""
    named = f"{row.kind}\n{row.opened_by}\n{row.referral}"
    local = datetime.fromtimestamp(row.opened_at.timestamp() + offset * 60, row.opened_at.tzinfo)
    ended, told = version.ended, version.ended and (row.entered_late or row.contested)
    paper = f'{{"party": "%s", "sha256": "{"0" * 64}"}}'
    parties = (row.debtor, row.creditor) if row.entered_late else (row.debtor,)
    return (
        UUID(hashlib.sha256(named.encode()).hexdigest()[:32]),
        row.kind,
        row.clause,
        row.basis,
        UUID(row.referral),
        UUID(row.referral[::-1]),
        None if row.kind.startswith("referral.") else UUID(row.opened_by[:32]),
        row.debtor,
        row.creditor,
        row.term,
        row.opened_by,
        row.opened_at,
        date(local.year, local.month, 1),
        row.due_at,
        [asyncpg.Range(stop.from_, stop.until) for stop in row.stops],
        row.paused_since if row.paused_since is not None and row.paused_since <= version.valid_from else None,
        row.ending if ended else None,
        row.ended_at if ended else None,
        row.ended_by if ended else None,
        row.ended_kind if ended else None,
        ended and row.entered_late,
        ended and row.contested,
        f"[{', '.join(paper % party for party in parties)}]" if told else "[]",
        row.waiver_offer,
        row.pause_offer,
        row.noted_by if version.noted else None,
        row.noted_at if version.noted else None,
        version.valid_from,
        number,
    )


def records(rows: list[Row], agreement: Agreement, *, past: bool) -> Iterator[Record]:
    """The versions that stand, or those that were superseded."""
    offsets = {party.code: party.utc_offset_minutes for party in agreement.parties}
    for row in rows:
        found = versions(row)
        if not past:
            yield record(row, found[-1], len(found), offsets[row.debtor])
            continue
        for number, (version, following) in enumerate(pairwise(found), 1):
            ends = (row.debtor, row.creditor) if row.kind == "discrepancy.answer" else (row.creditor, row.debtor)
            told = record(row, version, number, offsets[row.debtor])
            if following.valid_from > version.valid_from:
                yield (*told, *ends, following.valid_from)


async def fill(url: str, rows: list[Row], agreement: Agreement) -> None:
    """Copy the rows in, behind triggers and foreign keys: their referrals and entries are not there."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set session_replication_role = replica")
        await connection.copy_records_to_table(
            "obligation", records=records(rows, agreement, past=False), columns=COLUMNS
        )
        await connection.copy_records_to_table(
            "obligation_past",
            records=records(rows, agreement, past=True),
            columns=[*COLUMNS, "from_party", "to_party", "valid_until"],
        )
        await connection.execute(COUNTED)
    finally:
        await connection.close()
    # Twice, as autovacuum would sooner or later: the first freezes the rows, the second notes that all may see them,
    # and before that no count comes from an index alone.
    settled = await asyncpg.connect(url)
    try:
        for table in 2 * ("obligation", "obligation_past", "obligation_tally"):
            await settled.execute(f"vacuum (freeze, analyze) {table}")
    finally:
        await settled.close()


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def by_turns(
    databases: Databases, owner: Connection, party: str, question: Question, runs: int
) -> tuple[list[float], list[float]]:
    """The question as this party, and the count of the rows that it sees, in turn."""
    counting = COUNTS[party.startswith("ID-")]
    await owner.execute("set enable_seqscan = off; set enable_bitmapscan = off")
    plan = "\n".join(row[0] for row in await owner.fetch(f"explain analyze {counting}", party))
    if "Index Only Scan" not in plan or "Heap Fetches: 0" not in plan:
        raise SystemExit(f"no count from an index alone:\n{plan}")
    asking = Asking(party=party, subject="benchmark", purpose="audit", scopes=frozenset({"obligations:read"}))

    async def ask() -> None:
        told = await answer(question, asking, databases.reading)
        if b'"errors"' in told or b'"total"' not in told:
            raise SystemExit(told[:500].decode())

    async def count() -> None:
        await owner.fetchval(counting, party)

    asked, counted = [], []
    for number in range(runs + 3):
        one, other = await seconds(ask), await seconds(count)
        if number >= 3:  # the first ones warm what is cached
            asked.append(one)
            counted.append(other)
    return asked, counted


async def measured(folder: Path, log: Path, runs: int) -> str:
    """The table."""
    agreement = casework.agreements.parse(logs.DATA.read_bytes())
    rows, at = rows_of(log)
    plans = Plans(core(build()), CATALOGUE, Cursors(bytes(32)))
    lines = [
        f"{len(rows):,} obligations\n",
        "| asked by | summary | ms | one count of its rows, ms | ratio |",
        "|---|---|---|---|---|",
    ]
    with embedded.running(folder / "pg", {**embedded.SETTINGS, **embedded.UNSAFE_BUT_QUICK}) as server:
        await migrating.found(server.url("postgres"), NAME)
        await migrating.migrate(server.url("estafet_owner", NAME))
        databases = await engines.open_databases(addresses.derive(server.url("estafet_app", NAME)))
        owner = await asyncpg.connect(server.url("postgres", NAME))
        try:
            async with transaction(databases.app, HOST) as tx:
                await database.agreements.write(tx.connection, agreement)
            await fill(server.url("postgres", NAME), rows, agreement)
            for party in ("ID-JK", "AUDITOR:benchmark"):
                for period, back in ASKED:
                    as_of = "" if back is None else f', asOf: "{at - timedelta(days=back):%Y-%m-%dT%H:%M:%SZ}"'
                    question = plans.plan(QUESTION % (period, as_of), None, None)
                    asked, counted = await by_turns(databases, owner, party, question, runs)
                    ratios = [one / other for one, other in zip(asked, counted, strict=True)]
                    what = f"{period.lower()}, {'now' if back is None else f'{back} days before the last entry'}"
                    one, other = (spread([1000 * each for each in times]) for times in (asked, counted))
                    lines.append(f"| {party.split(':')[0]} | {what} | {one} | {other} | {spread(ratios, '.2f')} |")
                    sys.stderr.write(f"{party} {what}: {statistics.median(ratios):.2f}\n")
        finally:
            await owner.close()
            await databases.close()
    return "\n".join(lines)


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Measure the summary of obligations.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--entries", type=int, default=100_000)
    asked.add_argument("--runs", type=int, default=30)
    given = asked.parse_args()
    log = logs.made(given.folder, given.entries)
    with tempfile.TemporaryDirectory(prefix="estafet-benchmark-") as folder:
        sys.stdout.write(f"{asyncio.run(measured(Path(folder), log, given.runs))}\n")


if __name__ == "__main__":
    main()
