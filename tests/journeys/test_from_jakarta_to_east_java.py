"""From Jakarta to East Java: one person handed over, signed by both sides, proved by an auditor.

HTTP in, files out, and the proof made in a process that has the rules, the evidence and the auditor's command, and
nothing else of ours.
"""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from cli import key_files
from tests.api.doors import AUDITOR, PROVINCE, Door
from tests.api.test_handovers import HANDOVER, HURT, LOOK, REFERRAL, WELL, arriving, assessed, departing, examined
from tests.auth.partners import Partner
from tests.cli.starts import ROOT, Started, alone, postgres_of, started


@dataclass(frozen=True, slots=True, kw_only=True)
class Forum:
    """A running demo with three provinces in front of it."""

    service: Started
    jakarta: Door
    east_java: Door
    west_java: Door


def door(service: Started, http: httpx.AsyncClient, name: str) -> Door:
    """A demo client, from the files that the demo leaves for others."""
    told = json.loads((service.data / "demo" / "clients" / f"{name}.json").read_text())
    assert told["issuer"] == service.url
    jwks = [{**told[each], "alg": "Ed25519"} for each in ("client_jwk", "dpop_jwk")]
    partner = Partner(issuer=told["issuer"], client_id=told["client_id"], client_jwk=jwks[0], dpop_jwk=jwks[1])
    scopes = frozenset(told["scopes"])
    assert scopes == (AUDITOR if name == "auditor" else PROVINCE)
    made = Door(http=http, partner=partner, scopes=scopes)
    if name != "auditor":
        key = key_files.read(service.data / "demo" / "keys" / f"{name}.json")
        made.signing, made.name = key.signing, key.name
    return made


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with started(tmp_path_factory.mktemp("journey") / "data") as running:
        yield running


@pytest.fixture
async def forum(service: Started) -> AsyncIterator[Forum]:
    async with httpx.AsyncClient(base_url=service.url) as http:
        jakarta, east_java, west_java = (door(service, http, name) for name in ("ID-JK", "ID-JI", "ID-JB"))
        yield Forum(service=service, jakarta=jakarta, east_java=east_java, west_java=west_java)


ALONE = """
import runpy, sys
tools, *words = sys.argv[1:]

others = {"api", "auth", "console", "database", "operations", "reading", "schema", "settings"}

class OnlyThese:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in others:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, OnlyThese())
sys.path.insert(0, tools)
sys.argv = ["audit", *words]
runpy.run_module("cli.audit", run_name="__main__", alter_sys=True)
"""


def auditor(copy: Path, tools: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """The auditor's command where only `ledger`, `casework` and itself can be imported."""
    command = [sys.executable, "-I", "-c", ALONE, str(tools), *words, str(copy)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tools)


def tools_in(folder: Path) -> Path:
    """A copy of what an auditor needs."""
    for room in ("ledger", "casework", "cli/audit"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "cli" / "__init__.py", folder / "cli" / "__init__.py")
    return folder


async def test_one_person_is_handed_over_signed_by_both_sides_and_proved_by_an_auditor(
    forum: Forum, tmp_path: Path
) -> None:
    case = await assessed(forum.jakarta)
    prepared = await forum.jakarta.prepare("referralSent", case=case["id"], to="ID-JI")
    referral = (await forum.jakarta.act("sendReferral", prepared, case["version"], REFERRAL))["referral"]
    assert (await forum.east_java.ask(LOOK, id=referral["id"]))["referral"]["case"] is None
    for kind, mutation in (("referralAcknowledged", "acknowledgeReferral"), ("referralAccepted", "acceptReferral")):
        prepared = await forum.east_java.prepare(kind, referral=referral["id"])
        referral = (await forum.east_java.act(mutation, prepared, referral["version"], REFERRAL))["referral"]
    prepared = await forum.jakarta.prepare("fitnessCertified", referral=referral["id"], **examined())
    referral = (await forum.jakarta.act("certifyFitness", prepared, referral["version"], REFERRAL))["referral"]
    prepared = await forum.jakarta.prepare("handoverReleased", referral=referral["id"], **departing())
    given = await forum.jakarta.act("releaseHandover", prepared, referral["version"], HANDOVER)
    prepared = await forum.east_java.prepare("handoverReceived", handover=given["handover"]["id"], **arriving())
    taken = await forum.east_java.act("receiveHandover", prepared, given["handover"]["version"], HANDOVER)
    assert (taken["handover"]["agrees"], taken["referral"]["status"]) == (False, "COMPLETED")
    seen = "query($id: ID!) { handover(id: $id) { conditionAtRelease { injury } conditionAtReceipt { injury } } }"
    assert (await forum.jakarta.ask(seen, id=given["handover"]["id"]))["handover"] == {
        "conditionAtRelease": {"injury": WELL["injury"]},
        "conditionAtReceipt": {"injury": HURT["injury"]},
    }
    assert (await forum.west_java.ask(LOOK, id=referral["id"]))["referral"] is None
    await proved(forum, taken["entry"], tmp_path)


async def proved(forum: Forum, entry: dict[str, object], folder: Path) -> None:
    """The log is fetched, verified where nothing else of ours can be imported, and a tampered copy is caught."""
    index, copy, demo = int(str(entry["index"])), folder / "copy", forum.service.data / "demo"
    await covered(forum, index)
    fetched = alone("audit", "fetch", forum.service.url, str(copy), "--as", str(demo / "clients" / "auditor.json"))
    assert fetched.returncode == 0, fetched.stderr
    tools, anchor = tools_in(folder / "tools"), (demo / "anchor").read_text().strip()
    (kept := folder / "receipt.json").write_text(json.dumps({"data": {"receiveHandover": {"entry": entry}}}))
    receipt = ("--receipt", str(kept))
    clean = auditor(copy, tools, "verify", "--anchor", anchor, *receipt)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "1 shown, 1 kept" in clean.stdout
    shown(forum.service.url, entry, copy / "vkey", folder / "shown.tlog-proof")
    [bundle] = (copy / "tile" / "entries").glob("000.p/*")
    assert int(bundle.name) > index
    whole = bundle.read_bytes()
    assert b"Siti" not in whole
    assert b"3578014505600001" not in whole
    place = whole.rindex(b'"payload":"') + 200
    bundle.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    caught = auditor(copy, tools, "verify", "--anchor", anchor, "--json", *receipt)
    assert caught.returncode == 1, caught.stderr
    assert json.loads(caught.stdout)["findings"][0]["index"] == int(bundle.name) - 1


def shown(url: str, entry: dict[str, object], key: Path, proof: Path) -> None:
    """Who was given a receipt proves the entry to others from public files, without a token or the entry itself."""
    made = alone("audit", "prove", url, str(entry["index"]), "--out", str(proof))
    assert made.returncode == 0, made.stderr
    for leaf, code in ((str(entry["leaf"]), 0), ("ab" * 32, 1)):
        checked = alone("audit", "verify-proof", str(proof), "--key", str(key), "--hash", leaf)
        assert checked.returncode == code, checked.stderr


async def covered(forum: Forum, index: int) -> None:
    """Wait until a checkpoint covers this entry."""
    for _ in range(600):
        size = int((await forum.jakarta.http.get("/ledger/checkpoint")).text.split("\n")[1])
        if size > index:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the entry was never published")


def test_when_the_service_is_told_to_end_its_database_ends_too(service: Started) -> None:
    assert postgres_of(service.data) is not None
    service.stop()
    assert postgres_of(service.data) is None
