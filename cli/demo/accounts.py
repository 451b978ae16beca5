"""What each province owes, told twice: by the service, when the auditor asks, and by the auditor, from the log alone.

Promise: the two are counted from different sources and shown as one table only if they are the same in every number.
Rules: as of the last entry of the copy that was fetched: what has been entered since is not in it.
Elsewhere: the question, `cli.demo.documents`; the auditor's account, `cli.audit.obligations`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from rich.text import Text

from cli.audit.clients import Client
from cli.audit.endings import CLEAN, FOUND, Stopped
from cli.demo import documents
from cli.demo.answers import number, rows, word
from cli.demo.pages import Page
from cli.demo.processes import heard

STATES: Final = {
    "OPEN": "open",
    "MET": "met",
    "MET_LATE": "metLate",
    "BREACHED": "breached",
    "WAIVED": "waived",
    "PAUSED": "paused",
}
HEADS: Final = ("", "open", "met", "late", "breached", "waived", "paused")
Accounts: TypeAlias = Mapping[str, Mapping[str, int]]  # by province, by state


def tell(page: Page, asker: Client, copy: Path, anchor: str) -> None:
    """Chapter 14."""
    page.chapter("Kewajiban tiap provinsi, diceritakan dua kali", "what each province owes, told twice")
    account = json.loads(heard(page, ["obligations", str(copy), "--anchor", anchor, "--json"], CLEAN))
    at = word(account, "asOf")
    audited = by_auditor(account)
    told = by_service(asker, at)
    page.says(f"> obligationSummary(asOf: {at})", "cyan")
    if told != audited:
        raise Stopped("the service and the log tell different things of what was owed", code=FOUND)
    page.table(HEADS, [line(party, counts) for party, counts in sorted(told.items())])
    of = sum(sum(counts.values()) for counts in told.values())
    page.says(f"{of} obligations, the same in every number: from the service's table, and from the log alone.", "bold")


def by_auditor(account: object) -> Accounts:
    """From the rows that a fresh process found in the log."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(account, "rows"):
        counted[word(row, "debtor")][word(row, "state")] += 1
    return {party: {state: counts[state] for state in STATES} for party, counts in counted.items()}


def by_service(asker: Client, at: str) -> Accounts:
    """As the service counts them, for the auditor's client."""
    answer = asker.graphql(documents.OWED, {"at": at})
    if answer.get("errors"):
        raise Stopped(f"the auditor was refused: {word(answer, 'errors', 0, 'message')}", code=FOUND)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(answer, "data", "obligationSummary", "rows"):
        counted[word(row, "party", "code")].update({state: number(row, name) for state, name in STATES.items()})
    return {party: {state: counts[state] for state in STATES} for party, counts in counted.items()}


def line(party: str, counts: Mapping[str, int]) -> tuple[Text, ...]:
    """One province."""
    return Text(party, style="bold"), *(Text(str(counts[state] or "·"), style=style(state)) for state in STATES)


def style(state: str) -> str:
    """What is overdue or late is seen at once."""
    return {"BREACHED": "bold red", "MET_LATE": "yellow", "MET": "green"}.get(state, "")
