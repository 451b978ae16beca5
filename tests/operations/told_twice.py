"""Told twice: what is owed as the service's table has it, and as an auditor has it from the published files alone.

Promise: at every instant asked for, the two are the same rows, in the same order, the same in every field; and the log
that the auditor reads is verified by the same walk and without a finding.
Rules: the service's side is `obligation_at` of the database, the auditor's `ledger.verifier` with a docket up to then.
And once more by a count that shares no line with either: `tests.ledger.second_count`.
"""

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from casework.agreements import Basis
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Ending, State
from casework.terms import Term
from cli.audit import folders
from database import shelves
from ledger import verifier
from ledger.dockets import Docket, Row
from operations import publishing
from tests.ledger import first_count, second_count
from tests.operations.worlds import World

# Which stop is whose word stands in the entries alone: the service keeps that no more than a table of it.
_BY_THE_LOG_ALONE = {"stopped_by_pauses", "stopped_by_host", "due_without_host", "state_without_host"}
_ASKED = """
    select o.*, e.index from obligation_at($1) o join ledger_entry e on e.statement = o.opened_by
    where e.at <= $1 order by e.index, o.kind
"""


async def publish(world: World, folder: Path) -> None:
    """All that is entered, as files."""
    shelf, desk = shelves.Folder(root=folder), world.desk
    documents = [(desk.agreement.sha256, desk.agreement.document)]
    publishing.lay_out(shelf, log=world.log, origin=desk.origin, documents=documents)
    await publishing.publish(desk.databases, shelf, log=world.log, origin=desk.origin)


async def by_service(superuser: Any, at: datetime) -> list[Row]:
    return [_row(found) for found in await superuser.fetch(_ASKED, at)]


def by_auditor(folder: Path, at: datetime) -> list[Row]:
    docket, files = Docket(until=at), folders.Folder(folder)
    report = verifier.verify(files, docket=docket)
    assert report.clean, report.findings
    rows = list(docket.rows(at))
    agreement = json.loads(files.read(f"data/{report.agreement}") or b"")
    notes = [files.read(f"checkpoints/{size}") or b"" for size in files.numbers("checkpoints")]
    counted = second_count.count(first_count.leaves(files, report.size), agreement, at, notes)
    assert [first_count.plain(row) for row in rows] == counted, at
    return rows


async def compare(world: World, superuser: Any, folder: Path, instants: Iterable[datetime]) -> list[Row]:
    """The rows as of the last instant, the same by both; fails at the first difference, naming its field."""
    await publish(world, folder)
    told: list[Row] = []
    for at in sorted(set(instants)):
        told, audited = await by_service(superuser, at), by_auditor(folder, at)
        assert [(row.index, row.kind) for row in told] == [(row.index, row.kind) for row in audited], at
        for one, other in zip(told, audited, strict=True):
            for name in {field.name for field in fields(Row)} - _BY_THE_LOG_ALONE:
                assert (name, getattr(one, name)) == (name, getattr(other, name)), (at, one, other)
    return told


async def instants(superuser: Any) -> list[datetime]:
    """Every instant at which something may turn: each entry and each due, with the seconds beside them."""
    asked = """
        select distinct t + make_interval(secs => beside) as at
        from (
            select at from ledger_entry union select due_at from obligation union select due_at from obligation_past
        ) i (t), generate_series(-1, 1) beside
        order by 1
    """
    return [row["at"] for row in await superuser.fetch(asked)]


def _row(found: Any) -> Row:
    stops = (Span(from_=stop.lower.astimezone(UTC), until=stop.upper.astimezone(UTC)) for stop in found["stops"])
    return Row(
        index=found["index"],
        kind=Kind(found["kind"]),
        clause=found["clause"],
        basis=Basis(found["basis"]),
        debtor=found["debtor"],
        creditor=found["creditor"],
        referral=found["referral_id"].hex,
        term=Term(found["term"]),
        opened_by=found["opened_by"],
        opened_at=found["opened_at"],
        due_at=found["due_at"],
        state=State(found["state"]),
        ending=None if found["ending"] is None else Ending(found["ending"]),
        ended_at=found["ended_at"],
        ended_by=found["ended_by"],
        ended_kind=found["ended_kind"],
        paused_since=found["paused_since"],
        entered_late=found["entered_late"],
        contested=found["contested"],
        waiver_offer=found["waiver_offer"],
        pause_offer=found["pause_offer"],
        noted_by=found["noted_by"],
        noted_at=found["noted_at"],
        stops=tuple(stops),
        stopped_by_pauses=timedelta(0),
        stopped_by_host=timedelta(0),
        due_without_host=None,
        state_without_host=None,
    )
