"""How a command ends: its exit code, and one clear sentence when it cannot go on.

Promise: 0 done, 1 the answer is no (findings, a refusal), 2 unusable (input, network, files), 3 no anchor (R11).
Rules: a command that cannot go on raises `Stopped`; only `run` turns that into words on stderr. A traceback never shows
local variables: they may hold keys.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Final

import typer
from rich.console import Console
from rich.text import Text

CLEAN: Final = 0
FOUND: Final = 1
UNUSABLE: Final = 2
NO_ANCHOR: Final = 3
INTERRUPTED: Final = 130


class Stopped(Exception):
    """The command cannot go on; the message says what to do about it."""

    def __init__(self, message: str, *, code: int = UNUSABLE, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.advice = advice


def run(command: Callable[..., object], arguments: Sequence[str] | None = None, *, name: str = "estafet") -> int:
    """Run a command line to its end; returns the exit code."""
    try:
        command(args=None if arguments is None else list(arguments), prog_name=name)
    except SystemExit as left:  # how Typer ends, also when all went well
        return left.code if isinstance(left.code, int) else CLEAN
    except Stopped as stopped:
        tell(stopped)
        return stopped.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away: `estafet ... | head`
        sys.stderr.close()
        return CLEAN
    return CLEAN


def tell(stopped: Stopped) -> None:
    """Say on stderr why a command stopped, and what would help."""
    console = Console(stderr=True, highlight=False)
    console.print(Text.assemble(("✗ ", "bold red"), stopped.message), soft_wrap=True)
    if stopped.advice:
        console.print(Text("  " + stopped.advice, style="dim"), soft_wrap=True)


def application(help: str) -> typer.Typer:
    """A Typer application of ours: no completion installer, no tracebacks with local variables."""
    return typer.Typer(
        help=help,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
