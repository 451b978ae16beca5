"""The account as one JSON document, written row by row.

Promise: the keys and their meaning are stable (docs/audit-obligations.md); one row stands on one line, and no more than
one is in memory.
Elsewhere: the same of the log alone, `cli.audit.verdicts`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from cli.audit import verdicts
from cli.audit.obligations import moments, summaries
from cli.audit.obligations.accounts import Account, Urgent
from cli.audit.obligations.summaries import Summary
from ledger.dockets import Outage, Row


def write(account: Account, out: TextIO) -> None:
    """The whole document."""
    summary = Summary()
    out.write("{\n")
    for name, value in head(account).items():
        out.write(f"  {dumped(name)}: {dumped(value)},\n")
    out.write('  "rows": [')
    lines(out, map(row, summary.counting(account.rows)))
    out.write('],\n  "summary": [')
    lines(out, summaries.document(summary))
    if account.urgent:
        out.write('],\n  "urgent": [')
        lines(out, map(urgent, account.urgent))
    out.write("]\n}\n")


def lines(out: TextIO, objects: Iterable[Mapping[str, object]]) -> None:
    """Objects of an array, one on a line."""
    before = "\n    "
    for each in objects:
        out.write(before + dumped(each))
        before = ",\n    "
    if before.startswith(","):
        out.write("\n  ")


def head(account: Account) -> Mapping[str, object]:
    """What stands before the rows: which log, as of when, and how far it may be relied on."""
    said = verdicts.document(account.verdict)
    return {
        "log": said["log"],
        "demo": account.demo,
        "size": said["size"],
        "root": said["root"],
        "agreement": said["agreement"],
        "asOf": moments.spell(account.as_of),
        "logEndsAt": moments.spell(account.ends_at),
        "anchor": said["anchor"],
        "anchored": said["anchored"],
        "standing": account.standing,
        "exit": said["exit"],
        "found": said["found"],
        "findings": said["findings"],
        "contradictions": said["contradictions"],
        "keys": said["keys"],
        "receipts": said["receipts"],
        "outages": [outage(each) for each in account.outages],
    }


def outage(outage: Outage) -> Mapping[str, object]:
    """What the host told, and how many clocks it stopped."""
    span = outage.span
    return {
        "index": outage.index,
        "from": moments.spell(span.from_),
        "until": moments.spell(span.until),
        "stopped": outage.stopped,
    }


def row(row: Row) -> Mapping[str, object]:
    """A row, every field."""
    return dict(fields(row)) | {
        "enteredLate": row.entered_late,
        "contested": row.contested,
        "stops": [{"from": moments.spell(stop.from_), "until": moments.spell(stop.until)} for stop in row.stops],
        **dict(stood(row)),
    }


def fields(row: Row) -> Iterator[tuple[str, int | str | None]]:
    """The fields that are numbers, words and instants, by their names."""
    yield "index", row.index
    yield "kind", row.kind
    yield "clause", row.clause
    yield "basis", row.basis
    yield "debtor", row.debtor
    yield "creditor", row.creditor
    yield "referral", row.referral
    yield "term", row.term
    yield "openedBy", row.opened_by
    yield "openedAt", moments.spell(row.opened_at)
    yield "dueAt", moments.spell(row.due_at)
    yield "state", row.state
    yield "ending", row.ending
    yield "endedAt", moments.spell(row.ended_at)
    yield "endedBy", row.ended_by
    yield "endedKind", row.ended_kind
    yield "pausedSince", moments.spell(row.paused_since)
    yield "waiverOffer", row.waiver_offer
    yield "pauseOffer", row.pause_offer
    yield "notedBy", row.noted_by
    yield "notedAt", moments.spell(row.noted_at)


def urgent(each: Urgent) -> Mapping[str, object]:
    """What the log tells, and what is so at the sealed risk."""
    row = each.row
    return {
        "index": row.index,
        "kind": row.kind,
        "debtor": row.debtor,
        "openedBy": row.opened_by,
        "dueAt": moments.spell(row.due_at),
        "state": row.state,
        "risk": each.risk,
        "urgentTerm": each.term,
        "urgentDueAt": moments.spell(each.due_at),
        "urgentState": each.state,
    }


def stood(row: Row) -> Iterator[tuple[str, int | str | None]]:
    """For how many seconds its clock stood, by whose word, and what it would be without the host's."""
    yield "stoppedByPauses", int(row.stopped_by_pauses.total_seconds())
    yield "stoppedByHost", int(row.stopped_by_host.total_seconds())
    yield "dueWithoutHost", moments.spell(row.due_without_host)
    yield "stateWithoutHost", row.state_without_host


def dumped(value: object) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
