"""What a command shows: results on stdout, progress and remarks on stderr.

Promise: `--json` prints one JSON document on stdout and nothing else; a pipe gets no colours and no moving bars.
Rules: text from outside is printed as plain text, never as markup, and without control characters.
"""

import io
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.syntax import Syntax
from rich.table import Table


def out() -> Console:
    """The screen results go to."""
    return Console(highlight=False)


def err() -> Console:
    """The screen remarks and progress go to."""
    return Console(stderr=True, highlight=False)


def bar() -> Progress:
    """A progress bar on stderr, gone when the work is done; silent where nobody watches."""
    console = err()
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def print_json(document: Mapping[str, object] | Sequence[object]) -> None:
    """The document on stdout: coloured on a terminal, plain JSON in a pipe."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if sys.stdout.isatty():
        out().print(Syntax(text, "json", theme="ansi_dark", background_color="default", word_wrap=True))
    else:
        sys.stdout.write(text + "\n")


def stdout() -> TextIO:
    """Where results go as text of their own, in UTF-8 whatever the locale."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    return sys.stdout


def facts() -> Table:
    """A table of names and what each is, to be filled."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def plain(text: str) -> str:
    """Text from outside, made harmless for a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)
