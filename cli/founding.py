"""`estafet found`: found a log outside a demo, with roots that never come together on one machine.

Promise: what the founders sign names the keys of this host and each other's roots, and every one of them sees all of it
before signing; the log begins when the last has signed, once. What goes on the provinces' letters is read back from
entry 0, not from what was meant to stand there.
Rules: an origin of demos is refused, and so is a data folder of one: a demo's clock can be set back. A genesis that
names another host's keys founds nothing here.
Elsewhere: signing the draft, `estafet keys sign`; the rules, `ledger.geneses`; the ceremony, docs/operations.md.
"""

import asyncio
import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from casework import agreements
from casework.agreements import Agreement
from cli import desks, drafting, drafts, key_files, servers
from cli.audit import screens
from cli.audit.endings import FOUND, Stopped, application
from cli.demo import files
from cli.demo.foundations import ORIGIN
from database import tables
from database.addresses import Address
from database.transaction import HOST, transaction
from ledger import entries, geneses, keys, notes
from ledger.rules import Refused
from ledger.statements import AgreementAdopted, Founder
from operations import governance, host_keys, wrapping_keys
from operations.desks import Desk
from operations.host_keys import HostKeys
from operations.refusals import Rejected
from settings import Settings

app = application("Found a log: prepare, enter, letter.")
AgreementFile = Annotated[
    Path | None,
    typer.Option("--agreement", help="The agreement's data; as it ships, if left out.", metavar="FILE"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What each province prints on the letter that announces its key."""

    anchor: str
    genesis: AgreementAdopted

    def told(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "log": self.genesis.log,
            "anchor": self.anchor,
            "agreement": self.genesis.agreement,
            "logKey": self.genesis.log_vkey,
            "hostKey": self.genesis.host_key,
            "roots": {founder.party: founder.root_key for founder in self.genesis.parties},
        }


@app.command(no_args_is_help=True)
def prepare(
    roots: Annotated[
        list[Path], typer.Argument(help="What keys show --json says of each province's root.", metavar="FILE")
    ],
    log: Annotated[str, typer.Option(help="The log's origin: a name of your own, such as a host and a path.")],
    out: Annotated[Path, typer.Option("--out", help="The draft that all roots sign.", metavar="FILE")],
    agreement: AgreementFile = None,
    data: servers.Data = None,
) -> None:
    """Make this host's keys, and write what the founders sign."""
    told, document = ours(data), parsed(agreement)
    if log.startswith(ORIGIN):
        raise Stopped(f"{ORIGIN} is for demos: their clocks can be set back")
    founders = {half.party: half for half in map(key_files.public_half, roots)}
    if len(founders) != len(roots) or any(not half.name.endswith("/root") for half in founders.values()):
        raise Stopped("name one root key for each party, and nothing else")
    strangers = founders.keys() - {party.code for party in document.parties}
    if strangers:
        raise Stopped(f"{', '.join(sorted(strangers))}: no party to the agreement", code=FOUND)
    own = host_keys.create(told.keys)
    statement = AgreementAdopted(
        log=log,
        agreement=document.sha256,
        party="FORUM",
        key=None,
        key_prev=None,
        seen=None,
        claimed_at=datetime.now(UTC).replace(microsecond=0),
        log_vkey=spelled(log, own),
        host_key=keys.public_of(own.host),
        parties=tuple(Founder(party=code, root_key=founders[code].public) for code in sorted(founders)),
        witnesses=(),
        quorum=0,
    )
    draft = drafts.new(statement)
    drafting.show(draft)
    drafts.write(out, draft)
    drafting.told(out, draft)


@app.command(no_args_is_help=True)
def enter(
    file: Annotated[Path, typer.Argument(help="The draft that all roots have signed.", metavar="FILE")],
    agreement: AgreementFile = None,
    data: servers.Data = None,
) -> None:
    """Begin the log, and print the letter."""
    told, document, draft = ours(data), parsed(agreement), drafts.read(file)
    genesis = draft.statement
    if not isinstance(genesis, AgreementAdopted):
        raise Stopped(f"{genesis.KIND} founds no log", code=FOUND)
    envelope = drafts.envelope(draft)
    try:
        own = host_keys.read(told.keys)
        geneses.judge(envelope, genesis.log, document.sha256)
    except host_keys.Unusable as fault:
        raise Stopped(str(fault)) from None
    except Refused as refused:
        raise Stopped(f"this founds no log: {refused}", code=FOUND) from None
    if genesis.host_key != keys.public_of(own.host) or genesis.log_vkey != spelled(genesis.log, own):
        raise Stopped(f"it names the keys of another host than {told.keys}", code=FOUND)

    async def begun(address: Address) -> Letter:
        async with desks.databases(address) as opened:
            # Of a party that the agreement which ships with the service does not know, too.
            wrapping_keys.create(told.keys, (party.code for party in document.parties))
            desk = Desk(databases=opened, agreement=document, origin=genesis.log, host=own.host, wrapping=own.wrapping)
            answer = await governance.adopt_agreement(desk, envelope)
        if isinstance(answer, Rejected):
            raise desks.refused(answer)
        return await kept(address)

    with servers.started(told) as address:
        show(asyncio.run(begun(address)))


@app.command()
def letter(
    data: servers.Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """What goes on each province's letter: the anchor, the keys, the log's name."""
    with servers.reached(servers.told(data)) as address:
        found = asyncio.run(kept(address))
    if as_json:
        screens.print_json(found.told())
    else:
        show(found)


def ours(data: Path | None) -> Settings:
    """Settings for a folder that is no demo's."""
    told = servers.told(data)
    if files.is_demo(told.data):
        raise Stopped(f"{told.data} holds a demo", advice="Name another folder with --data.")
    return dataclasses.replace(told, demo=False)


def parsed(agreement: Path | None) -> Agreement:
    """The agreement's data."""
    try:
        shipped = resources.files("casework") / "data" / "fkd-mpu-2025.json"
        return agreements.parse(shipped.read_bytes() if agreement is None else agreement.read_bytes())
    except (OSError, ValueError) as fault:
        raise Stopped(f"the agreement cannot be read: {fault}") from None


def spelled(log: str, own: HostKeys) -> str:
    """The log's key as text."""
    try:
        return notes.key_of(log, own.log).spell()
    except notes.Unreadable as fault:
        raise Stopped(f"{log} is no name for a log: {fault}") from None


async def kept(address: Address) -> Letter:
    """Entry 0 as it stands in the log."""
    entry = tables.ledger_entry.c
    async with desks.databases(address) as opened, transaction(opened.app, HOST) as tx:
        leaf = (await tx.connection.execute(select(entry.leaf).where(entry.index == 0))).scalar_one_or_none()
    if leaf is None:
        raise Stopped("the log has not begun: there is nothing to put on a letter", code=FOUND)
    genesis = geneses.judge(entries.parse(bytes(leaf)).envelope)
    return Letter(anchor=entries.anchor(bytes(leaf)), genesis=genesis)


def show(letter: Letter) -> None:
    """For paper: figures in groups, to be compared by reading aloud."""
    genesis = letter.genesis
    lines = [
        ("Log", genesis.log),
        ("Jangkar / trust anchor", drafting.grouped(letter.anchor)),
        ("Perjanjian / agreement", drafting.grouped(genesis.agreement)),
        ("Kunci log / log key", genesis.log_vkey),
        ("Kunci tuan rumah / host key", drafting.grouped(genesis.host_key)),
        *((f"Akar / root {each.party}", drafting.grouped(each.root_key)) for each in genesis.parties),
    ]
    for name, value in lines:
        screens.out().print(f"{name}: {value}", soft_wrap=True, markup=False, highlight=False)
