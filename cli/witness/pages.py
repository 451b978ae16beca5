"""What a witness tells everybody: what it signs, what it found, and what the host leaves unanswered.

Promise: an alarm is the first thing on the page, and the same for programs; no word of an entry stands there, nor whose
a deposit is: indexes, rules and statements' ids tell those who know the log what to look at, and others nothing.
Elsewhere: what is found, `ledger.verifier`; serving it, `cli.witness.doors`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final, TypeAlias

from cli.witness.deposits import Deposits
from cli.witness.mirrors import Mirror
from cli.witness.records import Damaged
from cli.witness.signers import Signer

Status: TypeAlias = Mapping[str, object]
SHOWN: Final = 100  # findings on the page
STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;"
    "overflow-wrap:anywhere;vertical-align:top}.alarm{background:#b00020;color:#fff;padding:.8rem 1rem}"
    ".calm{background:#0b6b3a;color:#fff;padding:.8rem 1rem}"
)


def status(signer: Signer, mirror: Mirror | None, deposits: Deposits | None) -> Status:
    """The page as one document."""
    findings = _findings(mirror)
    overdue = [
        {"statement": each.statement, "since": spelt(each.at)}
        for each in (deposits.overdue(signer.now()) if deposits is not None else ())
    ]
    logs = [_log(signer, origin) for origin in signer.logs]
    contradictions = list(mirror.looked.contradictions) if mirror is not None and mirror.looked is not None else []
    damaged = any("damaged" in each for each in logs)
    return {
        "witness": signer.name,
        "vkey": signer.records.key.spell(),
        "alarm": bool(findings["count"] or contradictions or overdue or damaged),
        "logs": logs,
        "mirror": None if mirror is None else _mirror(mirror),
        "findings": findings,
        "contradictions": contradictions,
        "unanswered": overdue,
    }


def _log(signer: Signer, origin: str) -> Mapping[str, object]:
    try:
        kept = signer.records.last(origin)
    except Damaged as fault:
        return {"log": origin, "damaged": str(fault)}
    if kept is None:
        return {"log": origin, "size": None}
    last = kept.checkpoint
    return {"log": origin, "size": last.size, "root": last.root.hex(), "signed": spelt(kept.time)}


def _mirror(mirror: Mirror) -> Mapping[str, object]:
    looked = mirror.looked
    if looked is None:
        return {"looked": None}
    report = looked.report
    return {
        "looked": spelt(looked.at),
        "fault": looked.fault,
        "size": None if report is None else report.size,
        "anchored": report is not None and report.anchored,
    }


def _findings(mirror: Mirror | None) -> Mapping[str, object]:
    looked = None if mirror is None else mirror.looked
    report = None if looked is None else looked.report
    if report is None:
        return {"count": 0, "first": []}
    first = [{"index": each.index, "rule": each.rule, "code": each.code.value} for each in report.findings[:SHOWN]]
    return {"count": report.found, "first": first}


def html(told: Status) -> str:
    """The page for people."""
    name = escape(str(told["witness"]))
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><style>{STYLE}</style>',
        f"<h1>{name}</h1>",
        '<p class="alarm">Something is wrong with a log that this witness watches.</p>'
        if told["alarm"]
        else '<p class="calm">Nothing is known here against the logs that this witness watches.</p>',
    ]
    findings = told["findings"]
    first = findings["first"] if isinstance(findings, Mapping) else []
    parts += [
        table("Without an answer for more than a day", ("statement", "since"), rows(told["unanswered"])),
        table(
            "Other trees of a size shown before", ("file",), [{"file": each} for each in listed(told["contradictions"])]
        ),
        table("Rules that are broken", ("index", "rule", "code"), rows(first)),
        table("Signed last", ("log", "size", "signed", "root", "damaged"), rows(told["logs"])),
        table("The copy", ("looked", "size", "anchored", "fault"), rows([told["mirror"]])),
        f"<h2>Key</h2><p><code>{escape(str(told['vkey']))}</code></p></html>",
    ]
    return "".join(parts)


def table(title: str, columns: Sequence[str], lines: Sequence[Mapping[str, object]]) -> str:
    """A table, or nothing where there is nothing to tell."""
    if not lines:
        return ""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    cells = ["".join(f"<td>{cell(line.get(column))}</td>" for column in columns) for line in lines]
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{''.join(f'<tr>{line}</tr>' for line in cells)}</table>"


def cell(told: object) -> str:
    """What stands in a cell."""
    return "" if told is None else escape(str(told))


def rows(told: object) -> list[Mapping[str, object]]:
    """The objects of a list."""
    return [each for each in listed(told) if isinstance(each, Mapping)]


def listed(told: object) -> list[object]:
    """A list, whatever is in it."""
    return list(told) if isinstance(told, list) else []


def spelt(seconds: int) -> str:
    """An instant."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
