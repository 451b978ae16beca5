"""The command `estafet` itself: which words there are, and where each of them lives.

Promise: a word loads its own module and nothing else; `estafet --help` loads none; `estafet audit` never loads the
service.
Rules: every line of help about a word stands here, so that listing them costs nothing.
Elsewhere: one module for each word; how commands end, `cli.audit.endings`.
"""

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import typer
from typer.core import TyperCommand, TyperGroup

from cli.audit.endings import application, run

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("cli.serving", "The service; with --demo on data of its own making."),
    "demo": ("cli.stories", "One person's way from Jakarta to East Java, told against a running service."),
    "graphql": ("cli.questions", "One GraphQL call as an OAuth client."),
    "sign": ("cli.signing", "Read a prepared statement, show what it says, and sign it."),
    "audit": ("cli.audit.commands", "Fetch a log and verify it, offline and trusting nobody."),
    "keys": ("cli.keys", "Statement keys: make, show, delegate, revoke."),
    "clients": ("cli.clients", "OAuth clients: add, rotate, disable."),
    "migrate": ("cli.upkeep:migrate", "Bring the database to this version."),
    "check": ("cli.upkeep:check", "The safety check that also runs at every start."),
}


class Words(TyperGroup):
    """The list of words; a word's module is imported only when that word was said."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # Typer's own Context type is private
        return list(WORDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | TyperGroup | None:  # type: ignore[override]
        if cmd_name not in WORDS:
            return None
        if cmd_name in ctx.protected_args or cmd_name == said(ctx):
            return loaded(cmd_name)
        return TyperCommand(cmd_name, help=WORDS[cmd_name][1])
