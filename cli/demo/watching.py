"""The demo's three witnesses: beside the service, each with a folder of its own, and a quorum of two.

Promise: what a demo publishes is witnessed as a real log's would be, over the same protocol; they end with the service.
Rules: what lies in the past is cosigned while it is made, by the same witnesses, with their clocks set to that hour;
only then are they ever set. A demo that was made without witnesses goes on without.
Elsewhere: a witness, `cli.witness`; who asks them, `operations.collecting`; the past, `cli.demo.seeding`.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from cli.witness import commands, identities, records, servers
from cli.witness.doors import Door
from cli.witness.identities import Identity
from cli.witness.records import Records
from cli.witness.signers import Signer
from ledger import witnesses
from ledger.notes import VerifierKey
from ledger.quorums import Policy
from ledger.witnesses import Objection
from operations.collecting import Collector

FOLDER: Final = "witness"
NUMBERS: Final = ("1", "2", "3")
QUORUM: Final = 2


def new(data: Path) -> tuple[Identity, ...]:
    """Make the witnesses of a new demo."""
    return tuple(identities.new(data / FOLDER / each, f"witness-{each}.demo.estafet.invalid") for each in NUMBERS)


def policy(several: tuple[Identity, ...]) -> Policy:
    """Two of them are enough."""
    return Policy(witnesses=tuple(each.public for each in several), quorum=QUORUM)


@contextmanager
def past(data: Path, log: VerifierKey, now: Callable[[], int]) -> Iterator[Collector]:
    """The witnesses asked in this process, at the hour that `now` says."""
    with ExitStack() as ends:
        doors = {each: ends.enter_context(opened(data / FOLDER / each, log, now)) for each in NUMBERS}

        async def post(address: str, sent: bytes) -> tuple[int, str, bytes]:
            return asked(doors[address].signer, sent)

        yield Collector(addresses=NUMBERS, post=post)


@asynccontextmanager
async def present(data: Path) -> AsyncIterator[Mapping[str, str]]:
    """The witnesses as servers on this machine, by their folders; where each listens."""
    known = [each for each in NUMBERS if (data / FOLDER / each / identities.FILE).is_file()]
    if not known:
        yield {}
        return
    _, log = commands.log_of(str(data / "ledger" / "vkey"))
    with ExitStack() as ends:
        doors = [ends.enter_context(opened(data / FOLDER / each, log, commands.now)) for each in known]
        async with servers.beside(doors) as addresses:
            yield dict(zip(known, addresses, strict=True))


@contextmanager
def opened(folder: Path, log: VerifierKey, now: Callable[[], int]) -> Iterator[Door]:
    """One of them."""
    own = identities.read(folder)
    with records.alone(folder):
        kept = Records(root=folder, key=own.public)
        yield Door(signer=Signer(name=own.name, key=own.key, logs={log.name: log}, records=kept, now=now))


def asked(signer: Signer, sent: bytes) -> tuple[int, str, bytes]:
    """What it would answer."""
    try:
        return 200, "text/plain", signer.add(sent)
    except witnesses.Refused as refused:
        if refused.objection is Objection.STALE:
            return 409, "text/x.tlog.size", f"{refused.size}\n".encode()
        raise
