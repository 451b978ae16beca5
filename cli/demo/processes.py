"""The auditor's command, run by the story in processes of their own.

Promise: what is shown is what `python -m cli.audit` said; an exit code that the story does not expect stops it.
Elsewhere: the command, `cli.audit`; what is asked of it, `cli.demo.evidence` and `cli.demo.accounts`.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.text import Text

import cli
from cli.audit.endings import FOUND, Stopped
from cli.demo.pages import Page

ROOM: Final = Path(cli.__file__).parent.parent


def said(page: Page, words: Sequence[str], code: int, most: int = 40) -> str:
    """Run the auditor's command in a process of its own, and show what it says."""
    text = heard(page, words, code)
    lines = [line.rstrip() for line in text.strip().splitlines()]
    page.quoted(Text("\n".join(lines[:most] + (["…", lines[-1]] if len(lines) > most else []))))
    return text


def heard(page: Page, words: Sequence[str], code: int) -> str:
    """The same, and what it says is for the story to read."""
    page.says(f"$ estafet audit {' '.join(map(shortened, words))}", "cyan")
    with page.waiting("another process is at work"):
        done = subprocess.run(  # noqa: S603  # our own command, by this very interpreter
            [sys.executable, "-m", "cli.audit", *words],
            cwd=ROOM,
            env={**os.environ, "COLUMNS": "72", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != code:
        raise Stopped(
            f"the auditor's process ended with {done.returncode}, not {code}: {done.stderr.strip()}", code=FOUND
        )
    return done.stdout


def shortened(word: str) -> str:
    """A path by its last part, a hash by its beginning: for reading, not for pasting."""
    if len(word) == 64 and word.isalnum():
        return f"{word[:12]}…"
    return word if "://" in word else Path(word).name
