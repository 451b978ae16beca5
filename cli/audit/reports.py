"""A verdict for people: first what failed, by index and rule, then what the log is, and last the one line that counts.

Promise: nothing is said to be verified that was not; a log without an anchor is never called clean.
Elsewhere: the same as JSON, `cli.audit.verdicts`.
"""

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.audit import screens
from cli.audit.receipts import counted
from cli.audit.screens import plain
from cli.audit.verdicts import Verdict
from ledger.findings import Finding
from ledger.pledges import Outcome
from ledger.rules import RULES

SHOWN: Final = 200  # findings on a screen; all of them are in --json
FILES: Final = 20  # of receipts that are not kept, by name
BROKEN: Final = {
    Outcome.UNKEPT: "not kept",
    Outcome.INVALID: "not this host's receipt",
    Outcome.FALSE: "a refusal of what stood in the log",
}


def rendered(verdict: Verdict) -> RenderableType:
    """The whole report (R12)."""
    parts: list[RenderableType] = []
    if verdict.report.findings:
        parts += [findings(verdict), Text("")]
    for name in verdict.contradictions:
        parts.append(Text(f"✗ a fetch met another tree than before: contradictions/{name}", style="red"))
    parts += [summary(verdict), Text(""), conclusion(verdict)]
    return Group(*parts)


def findings(verdict: Verdict) -> Table:
    """One line for each finding: where, by which rule, what."""
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left", padding=(0, 2, 0, 0))
    table.add_column("entry", justify="right", style="bold red", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("what is wrong", overflow="fold")
    for each in verdict.report.findings[:SHOWN]:
        table.add_row("log" if each.index is None else str(each.index), each.rule, told(each))
    left_out = verdict.report.found - min(SHOWN, len(verdict.report.findings))
    if left_out:
        table.add_row("…", "", f"and {left_out} more (--json shows up to 10,000)")
    return table


def told(finding: Finding) -> Text:
    """What is wrong, and the rule that says so."""
    return Text.assemble(
        (f"{finding.code}", "red"), f"  {plain(finding.message)}\n", (RULES.get(finding.rule, ""), "dim")
    )


def summary(verdict: Verdict) -> Table:
    """What the log is."""
    report, counted = verdict.report, verdict.tally
    table = screens.facts()
    for name, value in (
        ("log", plain(report.origin)),
        ("entries", f"{report.size:,}"),
        ("parties", ", ".join(f"{name} {count}" for name, count in counted.parties.items())),
        ("referrals", f"{counted.referrals:,}"),
        ("handovers", handovers(verdict)),
        ("checkpoints", f"{report.earlier_checkpoints:,} kept, each a prefix of this tree"),
        ("root", report.root),
        ("anchor", report.anchor or "entry 0 cannot be read"),
    ):
        table.add_row(name, Text(value))
    if report.sightings.policy.witnesses:
        table.add_row("witnesses", witnesses(verdict))
    if verdict.receipts:
        table.add_row("receipts", receipts(verdict))
    if report.disputed:
        indexes = ", ".join(str(each.index) for each in report.disputed[:20])
        table.add_row("disputed", f"{len(report.disputed)} statements of revoked keys: entries {indexes}")
    return table


def handovers(verdict: Verdict) -> str:
    """How the handovers went."""
    counted = verdict.tally
    received = counted.agree + counted.disagree
    return (
        f"{received:,} received ({counted.agree:,} agree, {counted.disagree:,} in worse condition), "
        f"{counted.refused:,} refused"
    )


def witnesses(verdict: Verdict) -> Text:
    """Who cosigned, what a quorum has seen, and how many would have to lie together."""
    seen, size = verdict.report.sightings, verdict.report.size
    policy = seen.policy
    text = Text(
        f"{len(seen.newest)} of {len(policy.witnesses)} cosigned this checkpoint; the quorum is {policy.quorum}"
    )
    text.append(f"\n{seen.cosignatures:,} cosignatures in all checkpoints, {len(seen.sizes):,} of which have a quorum")
    text.append(f"\n{policy.colluding} must collude, beside the host, to hide another history")
    if policy.quorum and seen.covered < size:
        count = size - seen.covered
        entries = "1 entry at the end was" if count == 1 else f"{count:,} entries at the end were"
        text.append(f"\n{entries} not seen by a quorum yet", "yellow")
    for name in sorted(set(seen.wrong)):
        text.append(f"\na cosignature of {plain(name)} does not verify and is not counted", "yellow")
    return text


def receipts(verdict: Verdict) -> Text:
    """What the receipts that were shown came to, and by its file each that is not kept."""
    counts = counted(verdict.receipts)
    text = Text(f"{counts['shown']:,} shown, {counts['kept']:,} kept")
    if newer := counts["newer"]:
        text.append(f"; {newer:,} newer than this copy, of which it proves nothing", "yellow")
    if refused := counts["refused"]:
        text.append(f"; {refused:,} signed refusals, as the host gave them")
    broken = [each for each in verdict.receipts if each.pledge.outcome in BROKEN]
    for each in broken[:FILES]:
        text.append(f"\n{plain(each.file)}: {BROKEN[each.pledge.outcome]}", "red")
    if left_out := len(broken) - len(broken[:FILES]):
        text.append(f"\nand {left_out:,} more (--json shows all)", "red")
    return text


def conclusion(verdict: Verdict) -> Text:
    """The one line that counts."""
    report = verdict.report
    count = report.found + len(verdict.contradictions)
    if count:
        return Text(f"✗ {count} finding{'' if count == 1 else 's'}: this is not what was signed.", style="bold red")
    if not report.anchored:
        return Text("○ internally consistent; whose log this is was not checked (give --anchor)", style="bold yellow")
    return Text("✓ clean: every entry, signature, link and root is what the parties signed.", style="bold green")
