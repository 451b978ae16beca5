"""`audit verify`: one audit from its beginning to its exit code.

Promise: the verdict is the verifier's; this only brings it files, cores and the anchor, and tells what to do with it.
Rules: an anchor that is given is kept in the folder only when the log is this anchor's; without one the verdict says so
and is never plain "clean".
Elsewhere: the rules, `ledger.verifier`; how a verdict looks, `cli.audit.reports`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from cli.audit import receipts, screens
from cli.audit.endings import CLEAN, FOUND, NO_ANCHOR, Stopped
from cli.audit.folders import Folder
from cli.audit.receipts import Held, Shown
from cli.audit.signatures import examining
from cli.audit.tallies import Counting, Tally
from ledger import verifier
from ledger.dockets import Docket
from ledger.sightings import Sightings
from ledger.verifier import Report

ANCHOR: Final = re.compile(r"[0-9a-f]{64}")
Anchor = Annotated[
    str | None, typer.Option(help="The trust anchor from a province's letter; kept for next time.", metavar="HEX")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of an audit."""

    report: Report
    tally: Tally
    contradictions: tuple[str, ...]
    receipts: tuple[Held, ...] = ()

    @property
    def code(self) -> int:
        """The exit code."""
        if self.report.found or self.contradictions:
            return FOUND
        return CLEAN if self.report.anchored else NO_ANCHOR


def audit(folder: Folder, anchor: str | None, docket: Docket | None = None, shown: Sequence[Shown] = ()) -> Verdict:
    """Verify a folder, filling the docket; `anchor`, or else the one remembered, says whose log it must be.

    Receipts that are `shown` are held against it.
    """
    given = checked(anchor) if anchor is not None else folder.anchor()
    counted = Counting()
    with screens.bar() as bar:
        task = bar.add_task("verifying", total=None)
        try:
            report = verifier.verify(
                folder,
                anchor=given,
                shown=[each.envelope for each in shown],
                examining=lambda several: counted.counting(examining(several)),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
                docket=docket,
            )
        except verifier.Unusable as unusable:
            raise Stopped(f"{folder.path}: {unusable}") from None
    if anchor is not None and report.anchored:
        folder.remember(anchor)
    held = [Held(file=each.file, pledge=pledge) for each, pledge in zip(shown, report.pledges, strict=True)]
    return Verdict(
        report=report,
        tally=counted.tally(),
        contradictions=folder.names("contradictions"),
        receipts=tuple(held),
    )


def witnesses(seen: Sightings, size: int) -> Mapping[str, object]:
    """What the witnesses saw."""
    return {
        "named": [key.name for key in seen.policy.witnesses],
        "quorum": seen.policy.quorum,
        "colluding": seen.policy.colluding,
        "newest": list(seen.newest),
        "cosignatures": seen.cosignatures,
        "checkpoints": len(seen.sizes),
        "uncovered": max(0, size - seen.covered) if seen.policy.quorum else 0,
        "wrong": list(seen.wrong),
    }


def checked(anchor: str) -> str:
    """An anchor as it is printed on a letter: 64 hex digits."""
    text = "".join(anchor.split()).lower()
    if ANCHOR.fullmatch(text) is None:
        raise Stopped("an anchor is 64 hexadecimal digits")
    return text


def document(verdict: Verdict) -> Mapping[str, object]:
    """The verdict as one JSON document."""
    report, counted = verdict.report, verdict.tally
    return {
        "log": report.origin,
        "size": report.size,
        "root": report.root,
        "agreement": report.agreement,
        "anchor": report.anchor,
        "anchored": report.anchored,
        "exit": verdict.code,
        "found": report.found,
        "findings": [
            {"index": each.index, "rule": each.rule, "code": each.code, "message": each.message}
            for each in report.findings
        ],
        "contradictions": list(verdict.contradictions),
        "disputed": [{"index": each.index, "key": each.key, "revokedBy": each.revoked_by} for each in report.disputed],
        "parties": dict(counted.parties),
        "kinds": dict(report.kinds),
        "keys": [{"key": key, "statements": line.statements, "last": line.last} for key, line in report.signed.items()],
        "referrals": counted.referrals,
        "handovers": {"agree": counted.agree, "disagree": counted.disagree, "refused": counted.refused},
        "earlierCheckpoints": report.earlier_checkpoints,
        "witnesses": witnesses(report.sightings, report.size),
        "receipts": receipts.document(verdict.receipts),
        "unjudged": report.unjudged,
    }
