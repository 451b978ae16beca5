"""What a started service tells: what to open, and what to try.

Promise: every line works when pasted into a shell in the folder where the service was started.
Elsewhere: the story, `cli.stories`.
"""

import os
import shlex
import sys
from pathlib import Path

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from settings import Settings

QUESTION = "{ me { partyCode scopes } cases(first: 3) { totalCount edges { node { number status } } } }"


def rendered(told: Settings) -> RenderableType:
    """The whole invitation."""
    title = Text("Estafet is ready", style="bold green")
    if not told.demo:
        return Group(title, Text(told.issuer))
    lines = Table.grid(padding=(0, 1))
    lines.add_column(style="dim", no_wrap=True)
    lines.add_column(overflow="fold", no_wrap=False)
    lines.add_row("open", Text(told.issuer, style="bold"))
    for what, command in tries(told).items():
        lines.add_row("", Text(""))
        lines.add_row("try", Text(what, style="italic"))
        lines.add_row("", Text(command, style="cyan", no_wrap=True))
    lines.add_row("", Text(""))
    lines.add_row("files", Text(f"{told.data / 'demo'}: clients/ keys/ roots/ anchor"))
    lines.add_row("stop", Text("Ctrl-C"))
    head = Panel.fit(
        Text.assemble(("DEMO", "bold reverse yellow"), "  everybody in it is invented"), border_style="yellow"
    )
    return Group(head, title, lines)


def tries(told: Settings) -> dict[str, str]:
    """What to try: a sentence and a command."""
    estafet, data = shlex.quote(command_name()), shlex.quote(str(told.data))
    return {
        "the whole story, in your terminal": f"{estafet} demo --data {data}",
        "ask as Jakarta": f"{estafet} graphql --as {data}/demo/clients/ID-JK.json {shlex.quote(QUESTION)}",
        "bring the log": (f"{estafet} audit fetch {told.issuer} {data}/copy --as {data}/demo/clients/auditor.json"),
        "verify it, offline": f"{estafet} audit verify {data}/copy --anchor $(cat {data}/demo/anchor)",
        "the log's newest checkpoint": f"curl {told.issuer}/ledger/checkpoint",
    }


def command_name() -> str:
    """The command as it was called, by the shortest path from here."""
    called = Path(sys.argv[0])
    if called.name != "estafet":
        return "estafet"
    nearby = os.path.relpath(called.resolve())
    return min((str(called), nearby), key=len) if called.is_absolute() else str(called)
