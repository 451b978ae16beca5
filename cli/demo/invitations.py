"""What a started service tells: what to open, and what to try.

Promise: every line works when pasted into a shell in the folder where the service was started.
Elsewhere: the story, `cli.stories`.
"""

import os
import shlex
import sys
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from settings import Settings

QUESTION = "{ me { partyCode scopes } cases(first: 3) { totalCount edges { node { number status } } } }"


def show(told: Settings, console: Console) -> None:
    """The whole invitation. Commands are never wrapped or cut: they are there to be copied."""
    if told.demo:
        mark = Text.assemble(("DEMO", "bold reverse yellow"), "  everybody in it is invented")
        console.print(Panel.fit(mark, border_style="yellow"))
    console.print(Text.assemble(("Estafet is ready", "bold green"), "  ", (told.issuer, "bold underline")))
    if not told.demo:
        return
    for what, command in tries(told).items():
        console.print(Text(f"\n  {what}", style="italic"))
        console.print(Text(f"  {command}", style="cyan"), soft_wrap=True)
    console.print(
        Text(f"\nclients, keys, roots, anchor: {told.data / 'demo'}    stop: Ctrl-C", style="dim"), soft_wrap=True
    )


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
