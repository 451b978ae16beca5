"""Writes `tests/ledger/logs`: golden logs as folders of files, and every defect with what comes of it.

Promise: the same bytes each time, from fixed seeds. After a change of the format: `python -m tests.ledger.assets`.
Rules: a file of a case is told by what it changes in a file of its log, so that what is wrong can be read.
Elsewhere: how another verifier is tried on them, docs/ledger-format.md, section 8.
"""

import base64
import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from casework.clocks import Span
from ledger import envelopes, proofs, verifier
from ledger.dockets import Docket, Row
from tests.ledger import defects
from tests.ledger.defects import LOGS, Case

FOLDER = Path(__file__).parent / "logs"
PROVED = 7  # the entry of `small` whose proof is kept


def files() -> Iterator[tuple[str, bytes]]:
    """Every file, by its path in the folder."""
    for name, log in LOGS.items():
        for path, content in log.shelf.files.items():
            yield f"{name}/{path}", content
    for name in ("small", "legal"):
        yield f"{name}.owed.json", written(owed(name))
    small = LOGS["small"]
    proof = proofs.prove(small.shelf.files["checkpoint"], PROVED, lambda path: small.shelf.files[path])
    yield "small.7.tlog-proof", proof.spell().encode()
    yield "small.7.leaf", small.leaves[PROVED]
    yield "manifest.json", written({"cases": [told(case) for case in defects.cases()]})


def write() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    for path, content in files():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_bytes(content)


def written(value: object) -> bytes:
    """JSON to be read, one case or row on a line."""
    if isinstance(value, dict) and isinstance(value.get("cases"), list):
        return ('{"cases": [\n' + ",\n".join(map(_line, value["cases"])) + "\n]}\n").encode()
    assert isinstance(value, list)
    return ("[\n" + ",\n".join(map(_line, value)) + "\n]\n").encode()


def _line(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def told(case: Case) -> dict[str, Any]:
    """A case, and what the first verifier makes of it."""
    return {
        "name": case.name,
        "log": case.log,
        "files": changes(case),
        "anchor": case.anchor,
        "receipts": [envelopes.to_json(each) for each in case.shown],
        **verdict(case),
    }


def verdict(case: Case) -> dict[str, Any]:
    try:
        report = verifier.verify(case.shelf, anchor=case.anchor, shown=case.shown)
    except verifier.Unusable:
        return {"exit": 2, "findings": [], "disputed": [], "unjudged": 0}
    found = {(each.index, each.rule, each.code.value) for each in report.findings}
    ordered = sorted(found, key=lambda each: (each[0] is None, each[0] or 0, *each[1:]))
    return {
        "exit": 1 if report.found else 0 if report.anchored else 3,
        "findings": [list(each) for each in ordered],
        "disputed": sorted([each.index, each.revoked_by] for each in report.disputed),
        "unjudged": report.unjudged,
    }


def changes(case: Case) -> dict[str, Any]:
    """By path: null for a file that is gone; else of which file of the log it is made, and what is put where."""
    before, now = LOGS[case.log].shelf.files, case.shelf.files
    told: dict[str, Any] = dict.fromkeys(sorted(before.keys() - now.keys()))
    for path, content in sorted(now.items()):
        if before.get(path) != content:
            of = nearest(path, before)
            told[path] = {"of": of, **change(before.get(of or "", b""), content)}
    return told


def nearest(path: str, before: dict[str, bytes]) -> str | None:
    """The file that this one is most like."""
    if path in before:
        return path
    kind = "/".join(path.split("/")[:2]) if path.startswith("tile/") else "checkpoint"
    return max((each for each in before if each.startswith(kind)), key=lambda each: len(before[each]), default=None)


def change(old: bytes, new: bytes) -> dict[str, Any]:
    """One replacement: `cut` bytes at `at` give way to `put`, `times` times."""
    if new and new == new[:1] * len(new):
        return {"at": 0, "cut": len(old), "put": base64.b64encode(new[:1]).decode(), "times": len(new)}
    at = alike(old, new)
    behind = alike(old[at:][::-1], new[at:][::-1])
    put = base64.b64encode(new[at : len(new) - behind]).decode()
    return {"at": at, "cut": len(old) - behind - at, "put": put, "times": 1}


def alike(one: bytes, other: bytes) -> int:
    """How many bytes they have in common at their beginning."""
    most = min(len(one), len(other))
    return next((at for at in range(most) if one[at] != other[at]), most)


def row(each: Row) -> dict[str, Any]:
    """An obligation as it stands after the last entry."""
    return {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in {
            "index": each.index, "kind": each.kind, "debtor": each.debtor, "creditor": each.creditor,
            "referral": each.referral, "term": each.term, "clause": each.clause, "basis": each.basis,
            "opened_by": each.opened_by, "opened_at": each.opened_at, "due_at": each.due_at, "state": each.state,
            "ending": each.ending, "ended_at": each.ended_at, "ended_by": each.ended_by,
            "paused_since": each.paused_since, "noted_by": each.noted_by, "entered_late": each.entered_late,
            "contested": each.contested, "stops": [span(stop) for stop in each.stops],
            "stopped_by_pauses": int(each.stopped_by_pauses.total_seconds()),
            "stopped_by_host": int(each.stopped_by_host.total_seconds()),
            "due_without_host": each.due_without_host, "state_without_host": each.state_without_host,
        }.items()
    }  # fmt: skip


def span(stop: Span) -> list[str]:
    return [each.isoformat().replace("+00:00", "Z") for each in (stop.from_, stop.until)]


def owed(name: str) -> list[dict[str, Any]]:
    log, docket = LOGS[name], Docket()
    verifier.verify(log.shelf, docket=docket)
    return [row(each) for each in docket.rows(log.at)]


if __name__ == "__main__":
    write()
