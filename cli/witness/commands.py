"""`estafet witness`: a party's, or another institution's, own eye on the log.

Promise: `new` makes a witness's key and prints it as a genesis names it; `run` is the witness: it cosigns, watches and
takes deposits until it is stopped.
Rules: heard on this machine alone unless told otherwise; TLS ends in front of it. One process a folder.
Elsewhere: `cli.witness.doors` and what stands behind it; how it is operated, docs/operations.md.
"""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from cli.audit import credentials, screens, verdicts
from cli.audit.endings import Stopped, application
from cli.witness import identities, mirrors, records, servers
from cli.witness.deposits import Deposits
from cli.witness.doors import Door
from cli.witness.identities import Identity
from cli.witness.mirrors import Mirror
from cli.witness.records import Records
from cli.witness.signers import Signer
from ledger import notes
from ledger.notes import LOG_KEY, Unreadable, VerifierKey

log = logging.getLogger("estafet.witness")

app = application("One party's witness: it cosigns checkpoints, mirrors the log, and takes deposits.")
LOOK: Final = 600
Folder = Annotated[Path, typer.Argument(help="The witness's own folder.", metavar="DIR")]


@app.callback()
def witness() -> None:
    """One party's witness: it cosigns checkpoints, mirrors the log, and takes deposits."""


@app.command(no_args_is_help=True)
def new(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Under which it signs, such as komnas.example.go.id/w1.", metavar="NAME")],
) -> None:
    """Make a witness: its key, in a folder of its own. Prints the key as a log's first entry names it.

    Example: estafet witness new w1 --name komnas.example.go.id/w1
    """
    print(identities.new(folder, name).public.spell())


@app.command(no_args_is_help=True)
def run(
    folder: Folder,
    logs: Annotated[
        list[str], typer.Option("--log", help="A log's key, or a file of it; again for more.", metavar="VKEY")
    ],
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Which port.", min=0, max=65535)] = 8070,
    client: Annotated[
        Path | None,
        typer.Option("--as", help="A client's file with the scope ledger:read: mirror, too.", metavar="FILE"),
    ] = None,
    anchor: verdicts.Anchor = None,
    look: Annotated[int, typer.Option(help="Seconds between looks at the log.", min=1)] = LOOK,
) -> None:
    """Be a witness until told to stop.

    Example: estafet witness run w1 --log .estafet/ledger/vkey --as auditor.json --anchor $(cat anchor)
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    own = identities.read(folder)
    known = dict(map(log_of, logs))
    with records.alone(folder), ExitStack() as ends:
        door = opened(folder, own, known, client, anchor)
        if door.mirror is not None and door.deposits is not None:
            ends.enter_context(looking(door.mirror, door.deposits, look))
        asyncio.run(serving(door, host, port))


def opened(folder: Path, own: Identity, logs: dict[str, VerifierKey], client: Path | None, anchor: str | None) -> Door:
    """The witness of a folder, which is this process's alone."""
    kept = Records(root=folder, key=own.public)
    signer = Signer(name=own.name, key=own.key, logs=logs, records=kept, now=now)
    if client is None:
        return Door(signer=signer)
    given = None if anchor is None else verdicts.checked(anchor)
    mirror = mirrors.held(folder / "mirror", credentials.read(client), given, now, kept.last)
    return Door(signer=signer, mirror=mirror, deposits=Deposits(records=kept, mirror=mirror))


def log_of(told: str) -> tuple[str, VerifierKey]:
    """A log by its key, or by the file that its key stands in."""
    text = told
    if "+" not in told or Path(told).is_file():
        try:
            text = Path(told).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise Stopped(f"--log {told}: neither a log's key nor a file of one") from None
    try:
        key = notes.read_key(text)
    except Unreadable as fault:
        raise Stopped(f"--log {told}: {fault}") from None
    if key.type != LOG_KEY:
        raise Stopped(f"--log {told}: a witness's key, not a log's")
    return key.name, key


async def serving(door: Door, host: str, port: int) -> None:
    """Serve, and say where as soon as it is so."""
    server = servers.Server(door, host, port, alone=True)
    task = asyncio.create_task(server.serve())
    await asyncio.wait([task, asyncio.create_task(server.listening.wait())], return_when=asyncio.FIRST_COMPLETED)
    if server.started:
        screens.out().print(Text(f"{door.signer.name} listens on {server.address}"), soft_wrap=True)
        sys.stdout.flush()
    await task


@contextmanager
def looking(mirror: Mirror, deposits: Deposits, seconds: int) -> Iterator[None]:
    """Look at the log while the block lasts."""
    leaving = threading.Event()

    def repeated() -> None:
        while not leaving.is_set():
            try:
                mirror.look(deposits.receipts)
                deposits.ask()
            except Exception as fault:
                log.error("the log could not be looked at: %s", type(fault).__qualname__)
            leaving.wait(max(seconds, mirror.took * mirrors.SPARED))

    task = threading.Thread(target=repeated, name="looking", daemon=True)
    task.start()
    try:
        yield
    finally:
        leaving.set()
        task.join(timeout=5)


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())
