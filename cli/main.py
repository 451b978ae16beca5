"""The command `estafet` itself: which words there are, and where each of them lives.

Promise: a word loads its own module and nothing else; `estafet --help` loads none; `estafet audit` never loads the
service.
Rules: the line of help about a word stands here, so that listing them costs nothing.
Elsewhere: one module for each word; how commands end, `cli.audit.endings`.
"""

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Annotated, Final

import typer
from typer.core import TyperCommand, TyperGroup

from cli.audit import endings

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("cli.serving", "The service; with --demo on data of its own making."),
    "demo": ("cli.stories", "One person's way from Jakarta to East Java, told against a running service."),
    "graphql": ("cli.questions", "One GraphQL call as an OAuth client."),
    "connect": (
        "cli.connect.commands",
        "A sidecar on this machine, through which any software speaks to the service.",
    ),
    "sign": ("cli.signing", "Read a prepared statement, show what it says, and sign it."),
    "audit": ("cli.audit.commands", "Fetch a log and verify it, offline and trusting nobody."),
    "rewrap": ("cli.rewrapping", "Renew the keys that wrap the keys of persons."),
    "witness": (
        "cli.witness.commands",
        "One party's witness: it cosigns checkpoints, mirrors the log, and takes deposits.",
    ),
    "found": ("cli.founding", "Found a log: prepare, enter, letter."),
    "keys": ("cli.keys", "Statement keys: new, show, delegate, sign, enter, rotate, revoke."),
    "clients": ("cli.clients", "OAuth clients: add, rotate, disable, documents."),
    "migrate": ("cli.migrating", "Bring the database to this version."),
    "check": ("cli.checking", "The safety check that is also made at every start."),
    "recover": ("cli.recovering", "What a restored database has lost, by the published log."),
}

app = endings.application("People handed over between provinces: signed by both sides, provable to an auditor.")


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        sys.stdout.write(f"estafet {version('estafet')}\n")
        raise typer.Exit


@app.callback()
def estafet(
    shown: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", is_eager=True, callback=show_version)
    ] = False,
) -> None:
    """People handed over between provinces: signed by both sides, provable to an auditor."""


def words(arguments: Sequence[str]) -> TyperGroup:
    """The command line's grammar, with the one word loaded that was said."""
    group = typer.main.get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("an application with a callback is a group")
    said = next((argument for argument in arguments if not argument.startswith("-")), None)
    for word, (_, help_line) in WORDS.items():
        group.add_command(loaded(word) if word == said else TyperCommand(word, help=help_line), word)
    return group


def loaded(word: str) -> TyperCommand | TyperGroup:
    """The word's own command."""
    command = typer.main.get_command(importlib.import_module(WORDS[word][0]).app)
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(f"{word} is not a Typer command")
    command.name = word
    return command


def main(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    return endings.run(words(arguments).main, arguments)


def run() -> None:
    """The entry point that pyproject.toml names."""
    sys.exit(main(sys.argv[1:]))
