"""`estafet keys`: make, show, delegate and revoke statement keys.

Promise: a private key never leaves its file and never the screen; a delegation is signed by the province's root and by
the new key, which so proves that it is held.
Rules: a province that keeps its root key to itself writes an envelope with --out and sends that; the host enters it
with `keys enter`. Nothing is entered that the log's rules refuse.
Elsewhere: the files, `cli.key_files`; entering, `operations.governance`; the statements, `cli.delegations`.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli import delegations, key_files, servers
from cli.audit import screens
from cli.audit.endings import Stopped, application
from cli.delegations import Ground
from ledger import instants

app = application("Statement keys: new, show, delegate, revoke.")
Root = Annotated[Path, typer.Option("--root", help="The province's root key file.", metavar="FILE")]
Out = Annotated[Path | None, typer.Option("--out", help="Write the envelope here and enter nothing.", metavar="FILE")]
Log = Annotated[str | None, typer.Option("--log", help="With --out: the log's origin.", metavar="ORIGIN")]
Agreement = Annotated[str | None, typer.Option("--agreement", help="With --out: its SHA-256.", metavar="HEX")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.command(no_args_is_help=True)
def new(
    file: Annotated[Path, typer.Argument(help="Where the key goes; never over another file.", metavar="FILE")],
    party: Annotated[str, typer.Option(help="Whose key: a province's code.", metavar="ID-xx")],
    root: Annotated[bool, typer.Option("--root", help="A root key, from which others descend.")] = False,
    as_json: Json = False,
) -> None:
    """Make a statement key: an Ed25519 key in a file that only you can read."""
    key_files.write(file, key_files.new(party, root=root))
    told(file, as_json)


@app.command(no_args_is_help=True)
def show(file: Annotated[Path, typer.Argument(help="The key's file.", metavar="FILE")], as_json: Json = False) -> None:
    """Show a key's name and public half; never the private one."""
    told(file, as_json)


@app.command(no_args_is_help=True)
def delegate(
    root: Root,
    key: Annotated[Path, typer.Option("--key", help="The key that may act from now on.", metavar="FILE")],
    days: Annotated[int | None, typer.Option(help="For how many days; without it until revoked.", min=1)] = None,
    out: Out = None,
    log: Log = None,
    agreement: Agreement = None,
    data: servers.Data = None,
) -> None:
    """Let a key act for its province: `key.added`, signed by the root and by the key itself."""
    roots, added = key_files.read(root), key_files.read(key)
    delegations.require_root(roots, added.party)

    def made(ground: Ground) -> delegations.Made:
        return delegations.added(ground, roots, added, days)

    finished(made, out, ground_given(log, agreement), data)


@app.command(no_args_is_help=True)
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name in the register.", metavar="ID-xx/k...")],
    root: Root,
    since: Annotated[
        str | None,
        typer.Option(help="Since when its signatures are disputed (UTC); now, if left out.", metavar="INSTANT"),
    ] = None,
    out: Out = None,
    log: Log = None,
    agreement: Agreement = None,
    data: servers.Data = None,
) -> None:
    """Take a key's right away: nothing it signs is entered any more."""
    roots = key_files.read(root)
    delegations.require_root(roots, name.partition("/")[0])
    claimed = None if since is None else instant(since)

    def made(ground: Ground) -> delegations.Made:
        return delegations.revoked(ground, roots, name, claimed or ground.at)

    finished(made, out, ground_given(log, agreement), data)


@app.command(no_args_is_help=True)
def enter(
    file: Annotated[Path, typer.Argument(help="An envelope written with --out.", metavar="FILE")],
    data: servers.Data = None,
) -> None:
    """Enter a delegation or revocation that a province has signed elsewhere."""
    envelope = delegations.read(file)
    settings = servers.told(data)
    with servers.reached(settings) as address:
        index = asyncio.run(delegations.enter(settings, address, lambda ground: envelope))
    screens.out().print(f"entry {index}")


def finished(made: "delegations.Making", out: Path | None, ground: Ground | None, data: Path | None) -> None:
    """Write the envelope, or enter it."""
    if out is not None:
        if ground is None:
            raise Stopped("--out needs --log and --agreement: they stand in what is signed")
        delegations.write(out, made(ground))
        screens.out().print(f"written: {out}")
        return
    settings = servers.told(data)
    with servers.reached(settings) as address:
        index = asyncio.run(delegations.enter(settings, address, made))
    screens.out().print(f"entry {index}")


def ground_given(log: str | None, agreement: str | None) -> Ground | None:
    """What the statement stands on, from the command line."""
    if log is None or agreement is None:
        return None
    return Ground(log=log, agreement=agreement, at=datetime.now(UTC).replace(microsecond=0))


def instant(text: str) -> datetime:
    """An instant as bodies write it."""
    try:
        return instants.parse(text)
    except ValueError:
        raise Stopped(f"{text} is not an instant such as 2026-11-24T06:00:00Z") from None


def told(file: Path, as_json: bool) -> None:
    """A key, without its secret."""
    key = key_files.read(file)
    if as_json:
        screens.print_json({"name": key.name, "party": key.party, "public": key.public, "file": str(file)})
        return
    table = Table.grid(padding=(0, 2))
    for name, value in (("name", key.name), ("party", key.party), ("public", key.public), ("file", str(file))):
        table.add_row(name, value)
    screens.out().print(table)
