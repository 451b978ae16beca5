"""`estafet keys`: make, show, delegate, sign, enter, rotate and revoke keys.

Promise: a private key never leaves its file and never the screen; a delegation is signed by the province's root and by
the new key, which so proves that it is held, on two machines where they are kept apart. A rotation leaves no moment
without a valid key: the new one is added before the old one is revoked.
Rules: who keeps a root key apart writes a draft with --out and passes it on; who must sign it does so with `keys sign`,
and the host enters it with `keys enter`. Nothing is entered that the log's rules refuse.
Elsewhere: roots and the host's key, `cli.first_keys`; the files, `cli.key_files`; drafts, `cli.drafts` and
`cli.drafting`; entering, `operations.governance`; the statements, `cli.delegations`; the authorization server's keys,
`cli.token_keys`; founding a log, `cli.founding`.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.table import Table

from cli import delegations, drafting, drafts, first_keys, key_files, passphrases, servers, token_keys
from cli.audit import screens
from cli.audit.endings import Stopped, application
from cli.delegations import OFFICER_DAYS, Ground, Making
from cli.key_files import PublicHalf
from ledger import instants
from ledger.statements import AgreementAmended

app = application("Statement keys: new, show, delegate, sign, enter, rotate, revoke.")
app.command("sign", no_args_is_help=True)(drafting.sign)
app.command("join", no_args_is_help=True)(drafting.join)
app.command("replace-root", no_args_is_help=True)(first_keys.replace_root)
app.command("replace-host", no_args_is_help=True)(first_keys.replace_host)
app.command("rotate-tokens", no_args_is_help=True)(token_keys.rotate_tokens)

Root = Annotated[Path, typer.Option("--root", help="The province's root key file.", metavar="FILE")]
Out = Annotated[Path | None, typer.Option("--out", help="Write a draft here and enter nothing.", metavar="FILE")]
Log = Annotated[str | None, typer.Option("--log", help="With --out: the log's origin.", metavar="ORIGIN")]
Agreement = Annotated[str | None, typer.Option("--agreement", help="With --out: its SHA-256.", metavar="HEX")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Days = Annotated[
    int | None,
    typer.Option(help=f"For how many days; until revoked, or {OFFICER_DAYS} for an officer, if left out.", min=1),
]
LATER: Final = "When nothing signs with the old key any more: estafet keys revoke"


@app.command(no_args_is_help=True)
def new(
    file: Annotated[Path, typer.Argument(help="Where the key goes; never over another file.", metavar="FILE")],
    party: Annotated[str, typer.Option(help="Whose key: a province's code.", metavar="ID-xx")],
    root: Annotated[bool, typer.Option("--root", help="A root key, from which others descend.")] = False,
    seal: Annotated[bool, typer.Option("--seal", help="Seal it with a passphrase: a desk key.")] = False,
    passphrase_file: passphrases.FileGiven = None,
    as_json: Json = False,
) -> None:
    """Make a statement key: an Ed25519 key in a file that only you can read."""
    made = key_files.new(party, root=root)
    passphrase = passphrases.asked(file, passphrase_file, twice=True) if seal or passphrase_file else None
    key_files.write(file, made, passphrase)
    told(file, as_json)


@app.command(no_args_is_help=True)
def show(file: Annotated[Path, typer.Argument(help="The key's file.", metavar="FILE")], as_json: Json = False) -> None:
    """Show a key's name and public half; never the private one."""
    told(file, as_json)


@app.command(no_args_is_help=True)
def delegate(
    root: Root,
    key: Annotated[Path | None, typer.Option("--key", help="The key that may act from now on.", metavar="FILE")] = None,
    public: Annotated[
        Path | None,
        typer.Option("--public", help="Where it is elsewhere: what keys show --json says of it.", metavar="FILE"),
    ] = None,
    officer: Annotated[
        str | None, typer.Option("--officer", help="An officer's key: who holds it. Only a commitment is logged.")
    ] = None,
    opening: Annotated[
        Path | None, typer.Option("--opening", help="With --officer: what opens that commitment.", metavar="FILE")
    ] = None,
    days: Days = None,
    out: Out = None,
    log: Log = None,
    agreement: Agreement = None,
    passphrase_file: passphrases.FileGiven = None,
    data: servers.Data = None,
) -> None:
    """Let a key act for its province: `key.added`, signed by the root and by the key itself.

    With --public the draft lacks the key's own signature: estafet keys sign, where that key is.
    """
    half, added = which(key, public, out)
    delegations.require_root(key_files.public_half(root), half.party)
    roots = key_files.read(root, passphrase_file)
    own = None if added is None else key_files.read(added, passphrase_file)
    for_whom = delegations.officer(officer, opening, days)

    def made(ground: Ground) -> delegations.Made:
        draft = drafts.signed(drafts.new(delegations.addition(ground, roots, half, days, for_whom)), roots)
        return draft if own is None else drafts.signed(draft, own)

    finished(made, out, ground_given(log, agreement), data)


@app.command(no_args_is_help=True)
def rotate(
    file: Annotated[Path, typer.Argument(help="Where the new key goes; never over another file.", metavar="FILE")],
    old: Annotated[Path, typer.Option("--old", help="The key that it comes after.", metavar="FILE")],
    root: Root,
    seal: Annotated[bool, typer.Option("--seal", help="Seal the new one with a passphrase.")] = False,
    out: Out = None,
    log: Log = None,
    agreement: Agreement = None,
    passphrase_file: passphrases.FileGiven = None,
    data: servers.Data = None,
) -> None:
    """Give a system a new key: made, delegated, and the old one still valid until you revoke it."""
    before, ground = key_files.public_half(old), ground_given(log, agreement)
    if out is not None and ground is None:
        needed()
    delegations.require_root(key_files.public_half(root), before.party)
    roots = key_files.read(root, passphrase_file)
    fresh = key_files.new(before.party)
    key_files.write(file, fresh, passphrases.asked(file, passphrase_file, twice=True) if seal else None)

    def made(ground: Ground) -> delegations.Made:
        half = PublicHalf(name=fresh.name, public=fresh.public)
        return drafts.signed(drafts.signed(drafts.new(delegations.addition(ground, roots, half, None)), roots), fresh)

    finished(made, out, ground, data)
    screens.out().print(f"{fresh.name} signs from now on: give {file} to the software that signs.", soft_wrap=True)
    screens.out().print(f"{LATER} {before.name}", soft_wrap=True)


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
    passphrase_file: passphrases.FileGiven = None,
    data: servers.Data = None,
) -> None:
    """Take a key's right away: nothing it signs is entered any more."""
    delegations.require_root(key_files.public_half(root), name.partition("/")[0])
    roots = key_files.read(root, passphrase_file)
    claimed = None if since is None else instant(since)

    def made(ground: Ground) -> delegations.Made:
        return drafts.signed(drafts.new(delegations.revocation(ground, roots, name, claimed or ground.at)), roots)

    finished(made, out, ground_given(log, agreement), data)


@app.command(no_args_is_help=True)
def enter(
    file: Annotated[Path, typer.Argument(help="A draft that all have signed.", metavar="FILE")],
    data: servers.Data = None,
) -> None:
    """Enter what was signed elsewhere: a delegation, a revocation, another root, another key of the host's."""
    draft = drafts.read(file)
    drafts.envelope(draft)  # complete?
    if isinstance(draft.statement, AgreementAmended):
        first_keys.enter_host(servers.told(data), draft)
    else:
        finished(lambda ground: draft, None, None, data)


def which(key: Path | None, public: Path | None, out: Path | None) -> tuple[PublicHalf, Path | None]:
    """The key to delegate to, and its file where that is here."""
    if key is not None and public is None:
        return key_files.public_half(key), key
    if public is None or key is not None:
        raise Stopped("name the key by --key, or by --public where it is elsewhere")
    if out is None:
        raise Stopped("--public needs --out: the key itself has yet to sign")
    return key_files.public_half(public), None


def finished(made: Making, out: Path | None, ground: Ground | None, data: Path | None) -> None:
    """Write the draft, or enter it."""
    if out is not None:
        draft = made(ground or needed())
        drafts.write(out, draft)
        drafting.told(out, draft)
        return
    settings = servers.told(data)
    with servers.reached(settings) as address:
        entered = asyncio.run(delegations.enter(settings, address, made))
    screens.out().print(f"entry {entered.index}")
    if entered.left == 0:
        screens.err().print(f"! no key of {entered.party} can sign now: delegate to a new one", style="yellow")


def needed() -> NoReturn:
    """What a draft cannot do without."""
    raise Stopped("--out needs --log and --agreement: they stand in what is signed")


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
    key = key_files.public_half(file)
    if as_json:
        screens.print_json({"name": key.name, "party": key.party, "public": key.public, "file": str(file)})
        return
    table = Table.grid(padding=(0, 2))
    for name, value in (("name", key.name), ("party", key.party), ("public", key.public), ("file", str(file))):
        table.add_row(name, value)
    screens.out().print(table)
