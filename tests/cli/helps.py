"""Every word's --help, as text of 80 columns; `python -m tests.cli.helps` accepts how they are now."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from typer.core import TyperGroup

from cli.main import WORDS, loaded, main

KEPT = Path(__file__).with_name("help.txt")


def lines() -> list[tuple[str, ...]]:
    """Every command line that asks for help."""
    found: list[tuple[str, ...]] = [()]
    for word in WORDS:
        command = loaded(word)
        found.append((word,))
        if isinstance(command, TyperGroup):
            found += [(word, name) for name in command.commands]
    return found


def helps() -> str:
    """What they answer."""
    told = []
    for words in lines():
        out = StringIO()
        with redirect_stdout(out):
            assert main([*words, "--help"]) == 0
        text = "\n".join(line.rstrip() for line in out.getvalue().strip("\n").splitlines())
        told.append(f"$ {' '.join(('estafet', *words))} --help\n{text}\n")
    return "\n".join(told)


if __name__ == "__main__":
    import os

    os.environ |= {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    KEPT.write_text(helps())
