"""`estafet sign`: read what was prepared, show what it says, and sign it.

Promise: nobody signs anything that was not shown to them; the sentence is built from the signed body, never taken from
whoever prepared it. Without a yes nothing is written.
Rules: exit 0 signed, 1 it is not what it claims to be or was not wanted, 2 it cannot be read. The envelope alone goes
to stdout; everything to be read goes to stderr.
Elsewhere: the examination, `cli.prepared`; what a signer remembers, `cli.signing_states`.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel
from rich.text import Text

from cli import key_files, passphrases, prepared, signing_states
from cli.audit import receipts, screens
from cli.audit.credentials import is_object
from cli.audit.endings import FOUND, Stopped, application
from cli.audit.folders import Folder
from cli.prepared import Examined
from ledger import canonical, envelopes, instants, sentences
from ledger.rules import Refused

State = Annotated[
    Path | None,
    typer.Option("--state", help="What this key signed and saw so far; kept up to date.", metavar="FILE"),
]
Keep = Annotated[
    Path | None,
    typer.Option("--keep", help="With --receipt: keep it in this folder, for `audit verify`.", metavar="DIR"),
]

app = application("Read a prepared statement, show what it says, and sign it.")


@app.command(no_args_is_help=True)
def sign(
    key_file: Annotated[Path, typer.Option("--key", help="The signing key's file.", metavar="FILE")],
    source: Annotated[
        Path | None, typer.Argument(help="The PreparedStatement; stdin if left out.", metavar="FILE")
    ] = None,
    state_file: State = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", help="A folder of log files, to check `seen` and receipts against.", metavar="DIR"),
    ] = None,
    receipt: Annotated[
        bool, typer.Option("--receipt", help="The input is an act's answer: note its receipt in --state, sign nothing.")
    ] = False,
    keep: Keep = None,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without asking (it is shown all the same).")] = False,
    output: Annotated[Path | None, typer.Option("--out", help="Where the envelope goes; stdout if left out.")] = None,
    passphrase_file: passphrases.FileGiven = None,
) -> None:
    """Read a prepared statement, show what it says, and sign it.

    Example: estafet graphql --as CLIENT.json @prepare.graphql --json | estafet sign --key KEY.json > envelope.json
    """
    key = key_files.read(key_file, passphrase_file)
    document = given(source)
    if receipt:
        note_receipt(document, state_file, key, None if log is None else Folder(log), keep)
        return
    if keep is not None:
        raise Stopped("--keep goes with --receipt: what is kept there are receipts")
    examined = prepared.examine(document)
    prepared.require_own(examined, key)
    state = None if state_file is None else signing_states.read(state_file, key)
    if state is not None:
        signing_states.require_own_past(state, examined, None if log is None else Folder(log))
    show(examined)
    if not yes and not wanted(source is None):
        raise Stopped("not signed", code=FOUND)
    write(prepared.sealed_envelope(examined, key), output)
    if state is not None and state_file is not None:
        signing_states.write(state_file, signing_states.signed(state, examined))


def given(source: Path | None) -> dict[str, object]:
    """The JSON that was handed in."""
    try:
        text = sys.stdin.read() if source is None else source.read_text(encoding="utf-8")
        document: object = json.loads(text)
    except OSError as fault:
        raise Stopped(f"{source}: {fault.strerror}") from None
    except (ValueError, RecursionError):
        raise Stopped("this is not JSON, so it is not signed") from None
    if not is_object(document):
        raise Stopped("this is not a PreparedStatement, so it is not signed")
    return document


def show(examined: Examined) -> None:
    """What will be signed, in words, and every sealed fact that goes with it."""
    statement, told = examined.statement, sentences.sentence(examined.statement)
    table = screens.facts()
    for name, value in examined.facts.items():
        table.add_row(name, screens.plain(value if isinstance(value, str) else canonical.encode(value).decode()))
    seen = "-" if statement.seen is None else f"size {statement.seen.size}"
    for name, text in (
        ("key", statement.key or "-"),
        ("log", statement.log),
        ("agreement", statement.agreement),
        ("seen", seen),
        ("claimed at", instants.spell(statement.claimed_at)),
        ("statement", examined.statement_id),
    ):
        table.add_row(Text(name, style="dim italic"), Text(text, style="dim"))
    console = screens.err()
    console.print(Panel(Text.assemble((told.id, "bold"), "\n", (told.en, "italic")), title=statement.KIND, width=100))
    console.print(table)


def wanted(piped: bool) -> bool:
    """Ask; where stdin brought the statement, the terminal itself is asked."""
    try:
        with Path("/dev/tty").open() if piped else sys.stdin as answers:
            screens.err().print("Tanda tangani? / Sign? [y/N] ", end="")
            return answers.readline().strip().lower() in ("y", "yes", "ya")
    except OSError:
        raise Stopped(
            "nobody is there to be asked", advice="Use --yes where a program signs by its own policy."
        ) from None


def write(envelope: str, output: Path | None) -> None:
    """The envelope, to stdout or a file."""
    if output is None:
        sys.stdout.write(envelope + "\n")
    else:
        Folder(output.parent).write(output.name, envelope.encode() + b"\n")


def note_receipt(
    document: dict[str, object],
    state_file: Path | None,
    key: key_files.StatementKey,
    log: Folder | None,
    keep: Path | None,
) -> None:
    """Remember that one of our statements was entered: it is what the next one must name as `key_prev`.

    The receipt itself is kept first: should this end between the two, the same answer can be handed in again.
    """
    if state_file is None:
        raise Stopped("--receipt needs --state: that is where a receipt is remembered")
    found = sorted(set(receipts.within(document)))
    if len(found) != 1:
        raise Stopped("expected the answer to one act, with its entry's `receipt`")
    try:
        envelope = envelopes.decode(found[0].encode())
    except Refused as refused:
        raise Stopped(f"this is no receipt: {refused}") from None
    state = signing_states.receipted(signing_states.read(state_file, key), envelope, log)
    if keep is not None:
        Folder(keep).write(f"{state.last}.json", envelopes.encode(envelope) + b"\n")
    signing_states.write(state_file, state)
    screens.err().print(f"noted: {state.last}")
