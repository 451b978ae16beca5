"""The account on a screen: what failed first, then the counts, then what is overdue, and last how far to rely on it.

Promise: a table of a log against which anything was found says so above and below; proposals are said to be proposals.
Rules: what comes from outside is printed as plain text.
Elsewhere: the verdict's own words, `cli.audit.reports`.
"""

from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from casework.agreements import Basis
from casework.obligations import State
from cli.audit import reports, screens
from cli.audit.obligations import moments
from cli.audit.obligations.accounts import Account
from cli.audit.obligations.summaries import FIRST, Summary
from cli.audit.screens import plain
from ledger.dockets import Row

STATES: Final = {
    State.OPEN: "open",
    State.MET: "met",
    State.MET_LATE: "late",
    State.BREACHED: "breached",
    State.WAIVED: "waived",
    State.PAUSED: "paused",
}
SPARED: Final = (State.MET, State.OPEN, State.PAUSED, State.WAIVED)  # what an outage can have spared from being late
MARK: Final = "*"  # of a term that is proposed
PROPOSALS: Final = "terms are proposals of the data, not rules of the agreement"


def rendered(account: Account) -> RenderableType:
    """The whole account."""
    summary = Summary()
    for row in account.rows:
        summary.add(row)
    parts: list[RenderableType] = [*failed(account), heading(account), Text("")]
    parts += [counts(account, summary), apart(summary)] if summary.rows else [Text("no obligation was opened.")]
    parts += [outages(account, summary)] if account.outages else []
    parts.append(Text(""))
    if summary.overdue and account.as_of is not None:
        parts += [overdue(summary, account.as_of), Text("")]
    parts += [at_risk(account), Text("")] if account.urgent else []
    if summary.proposed:
        parts.append(Text(f"{summary.proposed:,} of {summary.rows:,}: {PROPOSALS} ({MARK}).", style="yellow"))
    return Group(*parts, conclusion(account))


def failed(account: Account) -> list[RenderableType]:
    """What was found against the log, and what that means for the rest."""
    if account.sound:
        return []
    verdict = account.verdict
    parts: list[RenderableType] = [reports.findings(verdict)] if verdict.report.findings else []
    parts += [
        Text(f"✗ another tree than before: contradictions/{plain(name)}", "red") for name in verdict.contradictions
    ]
    return [*parts, Text(""), Text("What follows is of a log that is at fault: do not rely on it.", style="bold red")]


def heading(account: Account) -> Table:
    """Which log, and as of when."""
    report = account.verdict.report
    table = screens.facts()
    if account.demo:
        table.add_row("DEMO", Text("a demonstration: no person and no act in it is real", style="bold"))
    table.add_row("log", Text(plain(report.origin)))
    table.add_row("entries", f"{report.size:,}")
    table.add_row("root", report.root)
    if account.verdict.receipts:
        table.add_row("receipts", reports.receipts(account.verdict))
    table.add_row("as of", as_of(account))
    return table


def as_of(account: Account) -> str:
    """The instant, and whether the log reaches that far."""
    instant, end = moments.spell(account.as_of), moments.spell(account.ends_at)
    if account.as_of == account.ends_at:
        return f"{instant}, its last entry" if instant else "no entry can be read"
    if account.behind_the_end:
        return f"{instant}, later than its last entry ({end}): as if nothing more had been entered"
    return f"{instant}; its last entry is of {end}"


def counts(account: Account, summary: Summary) -> Table:
    """A line for each party, and under it one for each clause."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("owed by, under", no_wrap=True)
    for name in (*STATES.values(), "all"):
        table.add_column(name, justify="right", no_wrap=True)
    for party, groups in groupby(summary.ordered(), key=itemgetter(0)):
        under = [(clause, group) for _, clause, group in groups]
        name = plain(account.name(party))
        told = Text.assemble(name, (f" {plain(party)}" if name != plain(party) else "", "dim"), style="bold")
        table.add_row(told, *numbers(sum((group.states for _, group in under), Counter())))
        for clause, group in under:
            table.add_row(Text(f"  {plain(clause)}"), *numbers(group.states))
    return table


def numbers(states: Counter[str]) -> list[Text]:
    """The counts of a line."""
    told = [Text(f"{states[state]:,}", style=style(state, states[state])) for state in STATES]
    return [*told, Text(f"{states.total():,}")]


def apart(summary: Summary) -> Text:
    """What is within the counts and worth a word."""
    groups = summary.groups.values()
    late, contested = sum(group.entered_late for group in groups), sum(group.contested for group in groups)
    return Text(f"of these, {late:,} met are entered late by paper, {contested:,} late are contested.")


def outages(account: Account, summary: Summary) -> Text:
    """What rests on the host's word alone."""
    told, length = account.outages, sum((each.span.length for each in account.outages), timedelta(0))
    states = [f"{summary.on_hosts_word[state]:,} {STATES[state]}" for state in SPARED]
    text = Text(
        f"by the host's word alone, {len(told):,} outage{'' if len(told) == 1 else 's'} ({lasting(length)}) stopped "
        f"{summary.stopped_by_host:,} of these clocks; without it {', '.join(states)} would be late or breached."
    )
    text.stylize("yellow" if summary.on_hosts_word else "dim")
    return text


def style(state: State, number: int) -> str:
    """What is owed and not done stands out; what is none recedes."""
    if not number:
        return "dim"
    return {State.BREACHED: "bold red", State.MET_LATE: "yellow"}.get(state, "")


def overdue(summary: Summary, at: datetime) -> Table:
    """Those due first, and for how long."""
    rows = summary.first_overdue()
    title = f"overdue: {summary.overdue:,}" + (f", the first {len(rows)} by due" if summary.overdue > FIRST else "")
    table = Table(
        box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0), title=title, title_justify="left"
    )
    for name in ("entry", "overdue by"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("due", "by", "owes", "to", "term"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*line(row, at))
    return table


def at_risk(account: Account) -> Table:
    """What the log tells, and what is so at the sealed risk."""
    title = "at the sealed risk, as it was opened; counted nowhere"
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for name in ("entry", "by", "owes", "in the log", "state", "at its risk", "state"):
        table.add_column(name, overflow="fold")
    for each in account.urgent:
        row, differs = each.row, each.state != each.row.state
        table.add_row(
            *(str(row.index), plain(row.debtor), plain(row.kind)),
            *(f"{row.term}, due {moments.spell(row.due_at)}", row.state),
            *(
                f"{each.risk}: {each.term}, due {moments.spell(each.due_at)}",
                Text(each.state, "red" if differs else ""),
            ),
        )
    return table


def line(row: Row, at: datetime) -> tuple[str | Text, ...]:
    """One overdue obligation; a proposed term has its mark."""
    term = f"{row.term}{MARK}" if row.basis == Basis.PROPOSED else row.term
    return (
        str(row.index),
        Text(lasting(at - row.due_at), style="red"),
        moments.spell(row.due_at) or "",
        *(Text(plain(field)) for field in (row.debtor, row.kind, row.creditor, term)),
    )


def lasting(time: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = int(time.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days:,} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min" if minutes else "under 1 min"


def conclusion(account: Account) -> Text:
    """The one line that counts."""
    if not account.sound:
        found = account.verdict.report.found + len(account.verdict.contradictions)
        many = "" if found == 1 else "s"
        return Text(f"✗ {found} finding{many}: this table is not to be relied on.", style="bold red")
    return reports.conclusion(account.verdict)
