"""Processes that are killed, and started again as an operator would: services, a witness, PostgreSQL.

Promise: each is the real command in a process of its own, with PostgreSQL flushing to disk as it ships; whatever a
story does, all of them are gone when the block is left.
Rules: one service runs the PostgreSQL of its folder; two replicas share one that stands by itself. After a kill what
ended is started again, and nothing else is done: no file is removed, no row mended.
Elsewhere: who acts meanwhile, `tests.journeys.runners`; what is asked at the end, `test_killed_under_load` beside it.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psutil  # type: ignore[import-untyped]  # it comes with the embedded server; its types do not

from cli import key_files, servers
from cli.demo import files, foundations
from cli.demo.foundations import ClientSecrets
from cli.key_files import StatementKey
from cli.witness import identities
from database import addresses, embedded
from database.addresses import Address
from database.engines import open_databases
from ledger import notes
from ledger.notes import VerifierKey
from ledger.quorums import Policy
from operations import host_keys
from operations.desks import Desk
from tests.cli.starts import PATIENCE, ROOT, environment, estafet, free_port

ORIGIN = "killed.example/log"
PARTIES = ("ID-JK", "ID-JB", "ID-JT", "ID-JI", "ID-BA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """A log that has begun: who acts in it, and how its auditor knows it."""

    clients: Mapping[str, ClientSecrets]
    keys: Mapping[str, StatementKey]
    log: VerifierKey
    entries: int


@dataclass(slots=True)
class Mortal:
    """One command, begun anew as often as it is killed."""

    words: tuple[str, ...]
    ready: str
    said: Path
    more: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    killed: bool = False

    def start(self) -> None:
        self.killed = False
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli", *self.words],
                cwd=ROOT,
                env=environment(**self.more),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def send(self, kind: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(kind)
        self.killed = kind is signal.SIGKILL

    def ended(self) -> None:
        """Wait until it is gone; one that does not go when asked is killed, as an operator would in the end."""
        assert self.process is not None
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_ready(self) -> None:
        assert self.process is not None
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.ready, timeout=10) as answer:  # noqa: S310  # our own http URL
                    assert answer.status == 200
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise AssertionError(f"not ready: {self.words}\n{self.said.read_text(errors='replace')[-3000:]}")


@dataclass(slots=True, kw_only=True)
class Forum:
    """Everything that runs, in one folder."""

    root: Path
    founded: Founded
    services: list[Mortal]
    urls: list[str]
    witness: Mortal
    watched: str
    replicas: bool

    @property
    def data(self) -> Path:
        return self.root / "data"

    def postgres(self) -> "psutil.Process":
        server = embedded.find(self.data / "pg")
        assert server is not None
        return psutil.Process(server.pid)

    def address(self) -> Address:
        server = embedded.find(self.data / "pg")
        assert server is not None
        return addressed(server)

    # -- one kill, by each way --------------------------------------------------------------------------------------
    def kill(self, victim: str, chance: Random) -> None:
        """SIGKILL: no word, no chance to clean up."""
        service = chance.choice(self.services)
        if victim in ("service", "publishing", "service and postmaster", "service and witness"):
            service.send(signal.SIGKILL)
        if victim in ("witness", "service and witness"):
            self.witness.send(signal.SIGKILL)
        if victim in ("postmaster", "service and postmaster"):
            dead(self.postgres())
        if victim == "backend":
            chance.choice(self.postgres().children()).kill()
        for each in (service, self.witness):
            if each.killed:
                each.ended()

    def mend(self, victim: str) -> None:
        """What ended is started again; then everything answers."""
        if victim in ("postmaster", "service and postmaster"):
            self._postgres_anew()
        for each in (*self.services, self.witness):
            if each.process is None or each.process.poll() is not None:
                each.start()
        for each in (*self.services, self.witness):
            each.wait_ready()

    def _postgres_anew(self) -> None:
        """Two replicas find it again by themselves; a service that ran it is ended and started."""
        if self.replicas:
            embedded.ensure(self.data / "pg")
            return
        for each in self.services:
            each.send(signal.SIGTERM)
            each.ended()


@contextmanager
def standing(root: Path, *, replicas: bool) -> Iterator[Forum]:
    """A founded log with its witness and one service, or two replicas on one database."""
    data = root / "data"
    ports = [free_port() for _ in range(2 if replicas else 1)]
    watched = f"http://127.0.0.1:{free_port()}"
    urls = [f"http://localhost:{port}" for port in ports]
    founded = found(root, urls[0])
    more = {
        "ESTAFET_ISSUER": urls[0],
        "ESTAFET_REQUEST_LOG": "off",
        "ESTAFET_NOTICE_SECONDS": "0",
        "ESTAFET_PUBLISH_SECONDS": "1",
        "ESTAFET_WITNESSES": watched,
        "ESTAFET_COST_BUDGET": "100000000",
        "ESTAFET_COST_PER_SECOND": "10000000",
    }
    with ExitStack() as ends:
        ends.callback(ended, data)
        if replicas:
            address = addressed(embedded.ensure(data / "pg"))
            more |= {"ESTAFET_DATABASE_URL": address.app, "ESTAFET_KEYS_URL": address.keys}
        services = [
            Mortal(
                words=("serve", "--port", str(port), "--data", str(data)),
                ready=f"{url}/readyz",
                said=root / f"service-{number}.log",
                more=more,
            )
            for number, (port, url) in enumerate(zip(ports, urls, strict=True))
        ]
        witness = watching(root, founded, watched)
        for each in (*services, witness):
            ends.callback(gone, each)
            each.start()
        for each in (*services, witness):
            each.wait_ready()
        yield Forum(
            root=root,
            founded=founded,
            services=services,
            urls=urls,
            witness=witness,
            watched=watched,
            replicas=replicas,
        )


def watching(root: Path, founded: Founded, url: str) -> Mortal:
    """The witness's command: it cosigns, and holds every rule against its own copy."""
    port = url.rpartition(":")[2]
    words = ("witness", "run", str(root / "w"), "--log", founded.log.spell(), "--port", port, "--look", "1")
    auditor = ("--as", str(root / "auditor.json"), "--anchor", (root / "anchor").read_text())
    return Mortal(words=(*words, *auditor), ready=f"{url}/status", said=root / "witness.log")


def dead(process: "psutil.Process") -> None:
    """Killed, and not merely told so: one that is still dying would be taken for a server that stands."""
    process.kill()
    for _ in range(1000):
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.01)
    raise AssertionError("it does not end")


def gone(each: Mortal) -> None:
    if each.process is not None and each.process.poll() is None:
        each.send(signal.SIGTERM)
        each.ended()


def ended(data: Path) -> None:
    left = embedded.find(data / "pg")
    if left is not None:
        embedded.stop(left)


def addressed(server: embedded.Server) -> Address:
    return addresses.derive(server.url("estafet_app", servers.NAME), keys=server.url("estafet_keys", servers.KEYS))


# -- the beginning ----------------------------------------------------------------------------------------------------
def found(root: Path, issuer: str) -> Founded:
    """Entry 0, a key and a client for each party, the auditor's file, the anchor."""
    root.mkdir(parents=True, exist_ok=True)
    own = host_keys.create(root / "data" / "keys")
    witness = identities.new(root / "w", "w.killed.example/1")
    with embedded.running(root / "data" / "pg") as server:
        address = asyncio.run(servers.ready(server, anew=True))
        founded = asyncio.run(begun(address, own, Policy(witnesses=(witness.public,), quorum=1)))
        told = estafet("found", "letter", "--json", "--data", str(root / "data"))
    assert told.returncode == 0, told.stderr
    key_files.write_new(root / "auditor.json", files.document(founded.clients[foundations.AUDITOR], issuer))
    (root / "anchor").write_text(json.loads(told.stdout)["anchor"])
    return founded


async def begun(address: Address, own: host_keys.HostKeys, policy: Policy) -> Founded:
    databases = await open_databases(address)
    try:
        desk = Desk(
            databases=databases,
            agreement=foundations.agreement(),
            origin=ORIGIN,
            host=own.host,
            wrapping=own.wrapping,
        )
        at = datetime.now(UTC).replace(microsecond=0)
        roots = {code: key_files.new(code, root=True) for code in PARTIES}
        keys = {code: key_files.new(code) for code in PARTIES}
        await foundations.adopt(desk, own.log, roots, at, policy)
        for code in PARTIES:
            await foundations.delegate(desk, roots[code], keys[code], at)
        clients = await foundations.register(databases, PARTIES)
    finally:
        await databases.close()
    return Founded(clients=clients, keys=keys, log=notes.key_of(ORIGIN, own.log), entries=1 + len(PARTIES))
