"""`estafet clients`: register, rotate and disable OAuth clients; register their documents.

Promise: the private keys of a new client stand in one new file (0600) and nowhere else; the service learns only the
public half. A disabled client's tokens end with its next request.
Rules: the file is written before the client is registered: a client whose keys were lost would help nobody. A rotated
key stands in FILE.new until it is registered, and stays there if nobody can say whether it was.
Elsewhere: the register, `auth.clients`; the file's reader, `cli.audit.credentials`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from nacl.signing import SigningKey

import auth.clients
import auth.documents
import auth.keys
from auth import secret_files
from auth.clients import ClientRefused
from cli import desks, key_files, servers
from cli import documents as trusted
from cli.audit import credentials, screens
from cli.audit.endings import FOUND, Stopped, application
from cli.demo import files, worlds
from database.transaction import HOST, Transaction, transaction
from settings import Settings

app = application("OAuth clients: add, rotate, disable, documents.")
INTERRUPTED: Final = "If the service accepts it, rename it over the file; if not, remove it. Then rotate again."
ClientId = Annotated[str, typer.Argument(help="The client's id.", metavar="CLIENT_ID")]


@app.command(no_args_is_help=True)
def add(
    client_id: ClientId,
    file: Annotated[Path, typer.Option("--out", help="The client's new file.", metavar="FILE")],
    party: Annotated[str, typer.Option(help="ID-xx, HOST, AUDITOR:<name> or WITNESS:<name>.", metavar="PARTY")],
    scopes: Annotated[list[str], typer.Option("--scope", help="A scope it may ask for; repeat it.", metavar="SCOPE")],
    purposes: Annotated[
        list[str] | None, typer.Option("--purpose", help="Why it may ask; repeat it. case-management, if left out.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What people call it; its id, if left out.")] = None,
    data: servers.Data = None,
) -> None:
    """Register a client of a party, with fresh keys in a file of its own."""
    private = fresh()

    async def register(tx: Transaction) -> None:
        await auth.clients.add(
            tx.connection,
            client_id=client_id,
            party=party,
            name=name or client_id,
            keys=[auth.keys.public(private)],
            scopes=scopes,
            purposes=purposes or ["case-management"],
            at=tx.at,
        )

    key_files.write_new(file, document(servers.told(data), client_id, party, scopes, private))
    try:
        done(data, register)
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    screens.out().print(f"registered: {client_id}, its file: {file}")


@app.command(no_args_is_help=True)
def rotate(
    client_id: ClientId,
    file: Annotated[Path, typer.Option("--file", help="The client's file, which gets the new key.", metavar="FILE")],
    retire: Annotated[bool, typer.Option("--retire", help="End the old key and the client's tokens at once.")] = False,
    data: servers.Data = None,
) -> None:
    """Give a client a new key. The old one stays valid beside it until the next rotation, or ends with --retire."""
    held = dict(credentials.object_in(file))
    if held.get("client_id") != client_id:
        raise Stopped(f"{file} is not the file of {client_id}")
    private, beside = fresh(), file.with_name(f"{file.name}.new")

    async def change(tx: Transaction) -> None:
        key = auth.keys.public(private)
        await auth.clients.rotate(tx.connection, client_id=client_id, key=key, retire=retire, at=tx.at)

    if beside.exists():
        raise Stopped(f"{beside} is left of a rotation that was interrupted", advice=INTERRUPTED)
    key_files.write_new(beside, held | {"client_jwk": private})
    try:
        done(data, change)
    except Stopped as stopped:
        if stopped.code == FOUND:  # refused: the key is certainly not registered
            beside.unlink()
        raise
    secret_files.rename(beside, file)
    screens.out().print(f"rotated: {client_id}")


@app.command(no_args_is_help=True)
def disable(client_id: ClientId, data: servers.Data = None) -> None:
    """Disable a client: from its next request on it and its tokens are refused."""

    async def change(tx: Transaction) -> None:
        await auth.clients.disable(tx.connection, client_id=client_id, at=tx.at)

    done(data, change)
    screens.out().print(f"disabled: {client_id}")


@app.command(no_args_is_help=True)
def documents(
    client_id: ClientId,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Documents, or manifests of them (.json).", metavar="FILE...")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Take these out of the register.")] = False,
    only: Annotated[
        bool | None, typer.Option("--only/--any", help="Whether the client may send these only, or any document.")
    ] = None,
    data: servers.Data = None,
) -> None:
    """Register documents that a client sends by their id; without FILE, show those it has."""
    given = trusted.read(files or ())
    told = {} if forget else trusted.require_answerable(given)
    known: dict[str, str] = {}

    async def change(tx: Transaction) -> None:
        if forget:
            await auth.documents.forget(tx.connection, client_id=client_id, hashes=given)
        else:
            await auth.documents.register(tx.connection, client_id=client_id, documents=given.values(), at=tx.at)
        if only is not None:
            await auth.documents.hold_to(tx.connection, client_id=client_id, only=only)
        known.update(await auth.documents.listed(tx.connection, client_id=client_id))

    done(data, change)
    for number in given or known:
        screens.out().print(f"sha256:{number}", *told.get(number, ()), soft_wrap=True)
    if only is not None:
        held = "registered documents only" if only else "any document"
        screens.out().print(f"{client_id} may send {held}")


def document(
    told: Settings, client_id: str, party: str, scopes: Sequence[str], private: Mapping[str, str]
) -> dict[str, object]:
    """A client's file."""
    return {
        "issuer": issuer(told),
        "client_id": client_id,
        "party": party,
        "scopes": list(scopes),
        "client_jwk": dict(private),
        "dpop_jwk": key_files.private_jwk(SigningKey.generate()),
    }


def issuer(told: Settings) -> str:
    """Where the client will find the service: a demo's is wherever that demo was started last."""
    if files.is_demo(told.data) and files.whole(told.data):
        return worlds.read(told.data).clients[worlds.AUDITOR].issuer
    return told.issuer


def fresh() -> dict[str, str]:
    """A new private key with its thumbprint as its name."""
    private = key_files.private_jwk(SigningKey.generate())
    return private | {"kid": auth.keys.public(private)["kid"]}


def done(data: Path | None, change: Callable[[Transaction], Awaitable[None]]) -> None:
    """One change of the register."""
    told = servers.told(data)

    async def work() -> None:
        async with desks.databases(address) as opened, transaction(opened.auth, HOST) as tx:
            await change(tx)

    with servers.reached(told) as address:
        try:
            asyncio.run(work())
        except ClientRefused as refused:
            raise Stopped(str(refused), code=FOUND) from None
