"""`estafet keys replace-root` and `replace-host`: what only the forum can change, as drafts that go from root to root.

Promise: a root that was lost or stolen is replaced by the word of the others, the host's key by that of all. The host's
new key is made here, stays aside until the log knows it, and then takes the old one's place, whatever was killed in
between.
Rules: the host's key is not exchanged under a service that runs: its receipts would be signed by a key that signs for
nothing any more. The log's own key is not replaced: entry 0 names it, and every checkpoint and witness goes by it.
Elsewhere: the rules, `ledger.forums`; entering, `cli.delegations`; the host's folder, `operations.host_keys`.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, TypedDict

import typer
from nacl.signing import SigningKey
from sqlalchemy import select

from auth import secret_files
from cli import delegations, desks, drafting, drafts, key_files, servers
from cli.audit import screens
from cli.audit.endings import FOUND, Stopped
from cli.drafts import Draft
from database import heartbeats
from database.addresses import Address
from database.tables import register_key
from database.transaction import HOST, transaction
from ledger import keys
from ledger.statements import HOST_KEY, AgreementAmended, RootReplaced
from operations import host_keys
from settings import Settings

NEXT: Final = "host.next.json"
ALIVE: Final = timedelta(seconds=40)  # four beats
Out = Annotated[Path, typer.Option("--out", help="The draft that the roots sign.", metavar="FILE")]
Log = Annotated[str, typer.Option("--log", help="The log's origin.", metavar="ORIGIN")]
Agreement = Annotated[str, typer.Option("--agreement", help="The agreement's SHA-256.", metavar="HEX")]


def replace_root(
    public: Annotated[
        Path, typer.Option("--public", help="What keys show --json says of the new root.", metavar="FILE")
    ],
    out: Out,
    log: Log,
    agreement: Agreement,
) -> None:
    """Write the draft by which a party gets another root: signed by the new root and by two thirds of the others."""
    half = key_files.public_half(public)
    if not half.name.endswith("/root"):
        raise Stopped(f"{half.name} is not a root key")
    statement = RootReplaced(**forum(log, agreement), replaced=half.party, root_key=half.public)
    written(out, drafts.new(statement))


def replace_host(out: Out, log: Log, agreement: Agreement, data: servers.Data = None) -> None:
    """Make the host another key, and write the draft by which all parties give it that key."""
    told = servers.told(data)
    path = told.keys / NEXT
    try:
        if not path.exists():
            document = json.dumps(keys.private_jwk(SigningKey.generate(), HOST_KEY), indent=2)
            secret_files.put_new(path, document + "\n")
        public = keys.public_of(host_keys.read_signing(path))
    except (OSError, host_keys.Unusable) as fault:
        raise Stopped(f"{path}: {fault}") from None
    statement = AgreementAmended(**forum(log, agreement), host_key=public)
    written(out, drafts.new(statement))


class Forum(TypedDict):
    """The fields that all that the forum says has."""

    log: str
    agreement: str
    party: str
    key: None
    key_prev: None
    seen: None
    claimed_at: datetime


def forum(log: str, agreement: str) -> Forum:
    """Said by several parties together, now."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Forum(log=log, agreement=agreement, party="FORUM", key=None, key_prev=None, seen=None, claimed_at=now)


def written(out: Path, draft: Draft) -> None:
    """The draft, shown and in its file."""
    drafting.show(draft)
    drafts.write(out, draft)
    drafting.told(out, draft)


def enter_host(told: Settings, draft: Draft) -> None:
    """Enter it while nothing serves, and put the key in its place; said again after a kill, it only does the rest."""
    if not isinstance(draft.statement, AgreementAmended):
        raise TypeError("an amendment gives the host a key")
    with servers.reached(told) as address:
        if asyncio.run(take_place(told, address)):
            screens.out().print("it had been entered; the key is in its place now")
            return
        require_prepared(told, draft.statement)
        asyncio.run(require_stopped(address))
        entered = asyncio.run(delegations.enter(told, address, lambda ground: draft))
        asyncio.run(take_place(told, address))
    screens.out().print(f"entry {entered.index}; {told.keys / host_keys.HOST} is the new key")


async def require_stopped(address: Address) -> None:
    """No process serves: one that did would go on signing with the old key."""
    async with desks.databases(address) as opened, transaction(opened.worker, HOST) as tx:
        last = await heartbeats.held(tx.connection)
        if last is not None and tx.at - last < ALIVE:
            advice = f"Stop every process of it, and come again after {ALIVE.seconds} seconds."
            raise Stopped("a service is running on this database", code=FOUND, advice=advice)


async def take_place(told: Settings, address: Address) -> bool:
    """Put the next key in the place of the host's, if the log knows it: also after a kill just behind the entry."""
    path = told.keys / NEXT
    if not path.exists():
        return False
    key = register_key.c
    asked = select(key.public).where(key.name == HOST_KEY, key.replaced_index.is_(None))
    async with desks.databases(address) as opened, transaction(opened.app, HOST) as tx:
        known = (await tx.connection.execute(asked)).scalar_one_or_none()
    if known != keys.public_of(host_keys.read_signing(path)):
        return False
    secret_files.rename(path, told.keys / host_keys.HOST)
    return True


def require_prepared(told: Settings, statement: AgreementAmended) -> None:
    """The key that is given to the host is the one that lies here."""
    path = told.keys / NEXT
    try:
        if statement.host_key == keys.public_of(host_keys.read_signing(path)):
            return
    except host_keys.Unusable as fault:
        raise Stopped(str(fault), code=FOUND) from None
    raise Stopped(f"the draft gives the host another key than {path}", code=FOUND)
