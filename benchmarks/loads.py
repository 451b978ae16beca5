"""A population in a PostgreSQL: copied in, as if it had been lived there act by act.

    python -m benchmarks.loads FOLDER --cases 100000

Promise: `filled` leaves a database in which every rule holds that the tables have: checks and unique keys as they are
copied, foreign keys and the rules between rows (`LAWS`) looked at afterwards, each of them, over all rows. The chain of
entries is whole and signed; the head stands behind the last of them; a service goes on from there.
Rules: triggers judge acts, one at a time and by the clock; a past is copied in behind them, by the superuser.
Elsewhere: the rows, `benchmarks.rows`; a server with this in it, `benchmarks.houses`.
"""

import json
import multiprocessing
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeAlias

import asyncpg  # type: ignore[import-untyped]  # it has no types

from benchmarks import logs, rows
from benchmarks.populations import Population
from benchmarks.rows import Clerk, Record, Row
from benchmarks.summaries import COUNTED
from benchmarks.worlds import ORIGIN, Draft
from database.wrapping import Wrapping
from ledger import entries, envelopes, registers, statements, trees
from ledger.entries import Entry
from ledger.envelopes import Envelope
from ledger.statements import AgreementAdopted, KeyAdded, Seen

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
AT_ONCE = 40_000  # rows
LAWS = {
    "a preview is of a referral that is undecided": """
        select 1 from referral_preview p join referral r on r.id = p.referral_id
        where r.status not in ('SENT', 'ACKNOWLEDGED')""",
    "an undecided referral has its preview": """
        select 1 from referral r left join referral_preview p on p.referral_id = r.id
        where r.status in ('SENT', 'ACKNOWLEDGED') and p.referral_id is null""",
    "a case is open to whoever accepted it": """
        select 1 from case_access a join referral r on r.id = a.referral_id
        where r.status not in ('ACCEPTED', 'COMPLETED')""",
    "a province has access to its own cases": """
        select 1 from case_file c left join case_access a
        on a.case_id = c.id and a.party = c.party and a.referral_id is null where a.case_id is null""",
    "a referral is completed by a receipt": """
        select 1 from referral r where r.status = 'COMPLETED'
        and not exists (select from handover h where h.referral_id = r.id and h.status = 'RECEIVED')""",
    "what was received is completed": """
        select 1 from handover h join referral r on r.id = h.referral_id
        where h.status = 'RECEIVED' and r.status <> 'COMPLETED'""",
    "a case with an open referral is not closed": """
        select 1 from referral r join case_file c on c.id = r.case_id
        where c.status = 'CLOSED' and r.status in ('SENT', 'ACKNOWLEDGED', 'ACCEPTED')""",
    "each entry names the one before": """
        select 1 from (
            select index, prev, lag(leaf_hash) over (order by index) as hash, lag(index) over (order by index) as place
            from ledger_entry
        ) e where index > 0 and (prev <> hash or index <> place + 1)""",
    "the head stands behind the last entry": """
        select 1 from ledger_head h where not exists (
            select from ledger_entry e where e.index = h.size - 1 and e.leaf_hash = h.leaf_hash and e.at = h.at)""",
    "an obligation is between the ends of its referral": """
        select 1 from obligation o join referral r on r.id = o.referral_id
        where not (array[o.debtor, o.creditor] <@ array[r.from_party, r.to_party])""",
}
KEYS = """
    select conrelid::regclass::text as here, confrelid::regclass::text as there, conname as name,
        (select array_agg(attname::text order by n) from unnest(conkey) with ordinality k(num, n)
            join pg_attribute on attrelid = conrelid and attnum = num) as columns,
        (select array_agg(attname::text order by n) from unnest(confkey) with ordinality k(num, n)
            join pg_attribute on attrelid = confrelid and attnum = num) as keys
    from pg_constraint where contype = 'f' order by 1, 3
"""


class Writer:
    """Takes drafts and signatures, as `benchmarks.logs` hands them, and keeps rows until they are copied."""

    def __init__(self, population: Population, wrapping: Wrapping) -> None:
        self.population, self.clerk = population, Clerk(population, wrapping)
        self.size, self.prev = 0, entries.NO_PREV
        self.ends: dict[str, tuple[str, str]] = {}
        self.kept: dict[str, list[Record]] = defaultdict(list)
        self.records: list[registers.KeyRecord] = []
        self.last: Draft | None = None

    def publish(self, drafts: list[Draft], signed: list[Envelope]) -> Seen | None:
        """Enter a batch, and write down what has come to rest. Nothing is published: nobody has seen a checkpoint."""
        for draft, envelope in zip(drafts, signed, strict=True):
            self._enter(draft, envelope)
        for rested in self.population.taken():
            self._keep(self.clerk.referral(rested))
        return None

    def _enter(self, draft: Draft, envelope: Envelope) -> None:
        leaf = entries.encode(Entry(at=draft.at, index=self.size, prev=self.prev, envelope=envelope))
        own = trees.leaf_hash(leaf).hex()
        statement, told = envelopes.statement_id(envelope.payload_type, envelope.payload), json.loads(draft.body)
        referral = rows.referral_of(told)
        if draft.kind == "referral.sent" and referral is not None:
            self.ends[referral] = told["party"], told["to"]
        if draft.kind in (AgreementAdopted.KIND, KeyAdded.KIND):
            said = statements.parse(draft.body)
            assert isinstance(said, AgreementAdopted | KeyAdded)
            self.records.extend(registers.records(said, index=self.size, at=draft.at))
        ends = self.ends.get(referral) if referral is not None else None
        table, row = rows.entry(self.size, leaf, (self.prev, own), draft.body, draft.at, ends)
        self._keep(iter([(table, {**row, "statement": statement})]))
        self.prev, self.size, self.last = own, self.size + 1, draft

    def file(self) -> None:
        """Write down the cases."""
        for filing in self.population.filings:
            self._keep(self.clerk.case(filing))

    def _keep(self, told: Iterator[Row]) -> None:
        for table, record in rows.records(told):
            self.kept[table].append(record)

    def full(self) -> bool:
        return sum(map(len, self.kept.values())) >= AT_ONCE

    async def copy(self, connection: Connection) -> None:
        """Copy what is kept."""
        for table, records in self.kept.items():
            await connection.copy_records_to_table(table, records=records, columns=rows.COLUMNS[table])
        self.kept.clear()


async def fill(url: str, population: Population, wrapping: Wrapping) -> Clerk:
    """Copy a population into a migrated database that holds the agreement; `url` is the superuser's. Returns who has
    written it down, with the keys under which it sealed."""
    writer, began = Writer(population, wrapping), time.monotonic()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set session_replication_role = replica; set synchronous_commit = off")
        with multiprocessing.get_context("spawn").Pool(max(1, (os.cpu_count() or 2) - 1)) as pool:
            for _ in logs.written(population, writer, pool):
                if writer.full():
                    await writer.copy(connection)
                    told = f"{writer.size:,} entries, {writer.size / (time.monotonic() - began):,.0f} a second"
                    sys.stderr.write(f"\r{told:<60}")
        writer.publish([], [])
        writer.file()
        await writer.copy(connection)
        await _crown(connection, writer)
        sys.stderr.write(f"\r{writer.size:,} entries of {population.cases:,} cases; looking at every rule{'':20}\n")
        await connection.execute("vacuum (freeze, analyze)")  # as autovacuum would, sooner or later
        await judge(connection)
    finally:
        await connection.close()
    return writer.clerk


async def keep_keys(url: str, clerk: Clerk) -> None:
    """The keys of all persons, into the key store; `url` is its owner's."""
    connection = await asyncpg.connect(url)
    try:
        await connection.copy_records_to_table("data_key", records=clerk.wrapped(), columns=list(rows.KEPT))
    finally:
        await connection.close()


async def _crown(connection: Connection, writer: Writer) -> None:
    """The head, the register of keys, and what has ended, counted."""
    assert writer.last is not None
    head = (True, ORIGIN, writer.size, writer.prev, writer.last.at)
    await connection.execute("insert into ledger_head values ($1, $2, $3, $4, $5)", *head)
    known = [
        (each.name, each.party, each.public.hex(), str(each.use), each.valid_from, each.valid_until, each.added_index)
        for each in writer.records
    ]
    columns = ["name", "party", "public", "use", "valid_from", "valid_until", "added_index"]
    await connection.copy_records_to_table("register_key", records=known, columns=columns)
    await connection.execute(COUNTED)


async def judge(connection: Connection) -> None:
    """Every law and every foreign key, over all rows; what is broken ends the run."""
    for name, broken in LAWS.items():
        if await connection.fetchval(f"select count(*) from ({broken} limit 1) broken"):  # noqa: S608  # our own words
            raise SystemExit(f"what was loaded breaks a rule: {name}")
    for key in await connection.fetch(KEYS):
        if await connection.fetchval(dangling(key)):
            raise SystemExit(f"what was loaded breaks a rule: {key['here']}, {key['name']}")


def dangling(key: "asyncpg.Record") -> str:
    """Whether a row points nowhere."""
    on = " and ".join(f"b.{there} = a.{here}" for here, there in zip(key["columns"], key["keys"], strict=True))
    set_ = " and ".join(f"a.{name} is not null" for name in key["columns"])
    missing = f"select from {key['there']} b where {on}"  # names out of the catalogue
    return f"select exists (select from {key['here']} a where {set_} and not exists ({missing}))"  # noqa: S608  # the same
