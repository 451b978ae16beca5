"""`estafet graphql`: one GraphQL call as an OAuth client.

Promise: prints the service's answer as it came; exit 0 when it holds no errors, 1 when it does, 2 when there is none.
Rules: the client's file stays on this machine; only an assertion signed with its key is sent.
Elsewhere: the client, `cli.audit.clients`; the language, schema/schema.graphql.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.audit import credentials, screens
from cli.audit.clients import Client
from cli.audit.credentials import is_object
from cli.audit.endings import FOUND, Stopped, application

app = application("One GraphQL call as an OAuth client.")


@app.command(no_args_is_help=True)
def graphql(
    query: Annotated[str, typer.Argument(help="The document, @FILE, or - for stdin.", metavar="QUERY")],
    client: Annotated[Path, typer.Option("--as", help="The client's file.", metavar="FILE")],
    variables: Annotated[str, typer.Option(help="Variables: a JSON object, or @FILE.", metavar="J")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which operation, where QUERY has several.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Purpose of the token, where the client has several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON, also on a terminal.")] = False,
) -> None:
    """One GraphQL call as an OAuth client.

    Example: estafet graphql --as .estafet/demo/clients/ID-JK.json '{ me { partyCode scopes } }'
    """
    given = json_object(text_of(variables), "--variables")
    with Client(credentials.read(client), purpose=purpose) as asking:
        answer = asking.graphql(text_of(query), given, operation=operation)
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        screens.print_json(answer)
    if answer.get("errors"):
        raise typer.Exit(FOUND)


def text_of(argument: str) -> str:
    """The argument itself, the file it names after @, or stdin for -."""
    if argument == "-":
        return sys.stdin.read()
    if not argument.startswith("@"):
        return argument
    try:
        return Path(argument[1:]).read_text(encoding="utf-8")
    except OSError as fault:
        raise Stopped(f"{argument[1:]}: {fault.strerror}") from None


def json_object(text: str, what: str) -> dict[str, object]:
    """A JSON object given on the command line."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Stopped(f"{what} is not JSON: {fault}") from None
    if not is_object(value):
        raise Stopped(f"{what} is not a JSON object")
    return value
