"""Several processes on one database, behind one port and behind two: what one does the others know, and nothing twice.

Two workers and a replica of one process, started once: three that serve, sweep and publish the same log.
"""

import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from cli import key_files
from cli.audit import credentials
from cli.audit.clients import Client
from cli.audit.connections import Connection
from cli.audit.endings import Stopped
from cli.demo import documents
from cli.demo.answers import number, rows, walk, word
from cli.demo.chapters import PERSON
from cli.demo.histories import PROVINCES
from cli.demo.provinces import Province
from database import embedded
from tests.cli.starts import Started, estafet, launched, postgres_of, wait_ready

EACH = 2  # referrals that each province sends
MINE = "query { referrals(first: 100) { totalCount edges { node { id } } } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Two workers, and a replica on their database."""

    service: Started
    replica: Started

    @property
    def urls(self) -> tuple[str, str]:
        return self.service.url, self.replica.url


class Patient(Client):
    """A client that sends what was not answered again, as it was."""

    def __init__(self, house: House, name: str, url: str) -> None:
        super().__init__(credentials.read(house.service.data / "demo" / "clients" / f"{name}.json"))
        self._connection = Connection(url)  # proofs and assertions go on naming the one issuer
        self._token_path = "/oauth/token"

    def graphql(
        self, query: str, variables: Mapping[str, object] | None = None, *, operation: str | None = None
    ) -> dict[str, object]:
        for _ in range(100):
            try:
                return super().graphql(query, variables, operation=operation)
            except Stopped:
                time.sleep(0.1)
        return super().graphql(query, variables, operation=operation)


def workers_of(service: Started) -> list[psutil.Process]:
    children = psutil.Process(service.process.pid).children()
    return [each for each in children if "spawn_main" in " ".join(each.cmdline())]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data, other = (tmp_path_factory.mktemp("house") / name for name in ("data", "other"))
    with ExitStack() as ends:
        service = ends.enter_context(launched(data, workers=2))
        wait_ready(service)
        other.mkdir()
        for folder in ("keys", "demo"):
            shutil.copytree(data / folder, other / folder)
        (other / "ledger").symlink_to(data / "ledger")
        server = embedded.find(data / "pg")
        assert server is not None
        replica = ends.enter_context(
            launched(
                other,
                ESTAFET_DATABASE_URL=server.url("estafet_app", "estafet"),
                ESTAFET_KEYS_URL=server.url("estafet_keys", "estafet_keys"),
                ESTAFET_ISSUER=service.url,
            )
        )
        wait_ready(replica)
        yield House(service=service, replica=replica)


def sent(house: House, code: str, url: str) -> list[tuple[str, str]]:
    """Cases opened, assessed and referred to the next province: each case with its referral."""
    several = sorted(PROVINCES)
    to = several[(several.index(code) + 1) % len(several)]
    done = []
    with Patient(house, code, url) as client:
        province = Province(client=client, key=key_files.read(house.service.data / "demo" / "keys" / f"{code}.json"))
        for turn in range(EACH):
            given: dict[str, object] = {"number": f"{code}/W/{turn}", "category": "LANJUT_USIA_TERLANTAR"}
            given |= {"vulnerabilities": ["ELDERLY"], "person": PERSON, "idempotencyKey": f"{code}-w-{turn}"}
            opened = [word(province.do(documents.OPEN_CASE, "openCase", given), "case", "id") for _ in range(2)]
            assert opened[0] == opened[1]  # sent again, it was done once
            fields = {"case": opened[0], "expectedVersion": 1, "risk": "HIGH", "vulnerabilities": ["ELDERLY"]}
            version = number(province.do(documents.ASSESS_CASE, "assessCase", fields), "case", "version")
            acted = province.sign("sendReferral", "referralSent", {"case": opened[0], "to": to}, version=version)
            done.append((opened[0], word(acted.answer, "referral", "id")))
    return done


def until(what: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_ten_clients_at_three_processes_while_one_is_killed(house: House, tmp_path: Path) -> None:
    """Nothing that was acknowledged is lost, nothing is there twice, the killed one is replaced, the log verifies."""
    before = workers_of(house.service)
    assert len(before) == 2
    with ThreadPoolExecutor(10) as pool:
        turns = [pool.submit(sent, house, code, house.urls[at % 2]) for at, code in enumerate(sorted(PROVINCES))]
        time.sleep(0.5)
        before[0].kill()
        done = [each for turn in turns for each in turn.result()]
    assert len(done) == len(set(done)) == 10 * EACH
    until(lambda: len(workers_of(house.service)) == 2)
    assert before[1] in workers_of(house.service)
    for at, code in enumerate(sorted(PROVINCES)):
        with Patient(house, code, house.urls[(at + 1) % 2]) as client:  # at the other one
            seen = rows(client.graphql(MINE), "data", "referrals", "edges")
        mine = [word(edge, "node", "id") for edge in seen]
        assert {referral for _, referral in done[at * EACH : (at + 1) * EACH]} <= set(mine)
        assert len(mine) == len(set(mine))
    anchor, copy = (house.service.data / "demo" / "anchor").read_text().strip(), str(tmp_path / "copy")
    auditor = ("--as", str(house.service.data / "demo" / "clients" / "auditor.json"))
    assert estafet("audit", "fetch", house.service.url, copy, *auditor).returncode == 0
    verified = estafet("audit", "verify", copy, "--anchor", anchor, "--json")
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
    told = estafet("audit", "obligations", copy, "--anchor", anchor, "--json")
    notices = [row["notedBy"] for row in json.loads(told.stdout)["rows"] if row["notedBy"]]
    assert len(notices) == len(set(map(str, notices)))  # three that sweep noted each breach once


def test_a_client_that_is_disabled_is_refused_by_all_at_once(house: House) -> None:
    data = ("--data", str(house.service.data))
    with ExitStack() as ends:
        several = [ends.enter_context(Patient(house, "ID-YO", url)) for url in (*house.urls, house.service.url)]
        for each in several:
            assert walk(each.graphql("{ me { partyCode } }"), "data", "me", "partyCode") == "ID-YO"
        assert estafet("clients", "disable", "demo-id-yo", *data).returncode == 0
        for each in several:
            with pytest.raises(Stopped):
                Client.graphql(each, "{ me { partyCode } }")


def test_all_end_with_the_one_that_started_them(house: House) -> None:
    """Last of all: SIGTERM to the replica, then the terminal's Ctrl-C to the two workers."""
    assert house.replica.stop(signal.SIGTERM)[0] == 143
    several = psutil.Process(house.service.process.pid).children(recursive=True)
    code, out, err = house.service.stop(signal.SIGINT)
    assert code == 130
    assert f"estafet demo --data {house.service.data}" in out
    assert [line for line in err.splitlines() if "estafet.workers" not in line] == []
    until(lambda: not any(each.is_running() for each in several), 5)
    assert postgres_of(house.service.data) is None


def test_workers_end_when_who_started_them_is_killed(house: House) -> None:
    """On the same folder, once more: nobody is there to tell them."""
    assert house.service.process.returncode is not None
    with launched(house.service.data, workers=2) as service:
        wait_ready(service)
        several = workers_of(service)
        service.stop(signal.SIGKILL)  # which waits until nobody writes to its pipes any more: the workers, too
        until(lambda: not any(each.is_running() for each in several), 5)
