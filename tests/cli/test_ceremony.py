"""The key ceremony of docs/operations.md, run from its page: from nothing to a founded log and the first served act.

What is asked at a terminal is answered by the options for it; nothing else is added to what is printed there.
"""

import asyncio
import io
import json
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nacl.pwhash import argon2id
from rich.console import Console

from cli import key_files, passphrases
from cli.audit import credentials
from cli.audit.clients import Client
from cli.audit.endings import Stopped
from cli.audit.folders import Folder
from cli.demo.answers import number, word
from cli.demo.chapters import found
from cli.demo.pages import Page
from cli.demo.provinces import Province
from database.addresses import Address
from ledger import verifier
from tests.cli.starts import ROOT, Done, Started, estafet, free_port, launched, wait_ready

FOUNDERS = ("ID-JI", "ID-JK")
ORIGIN = "rehearsal.example/log"


def page() -> list[str]:
    """The lines of the ceremony, in order."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```ceremony\n(.*?)```", text, re.DOTALL)
    return [line for line in str(block).splitlines() if not line.startswith("#")]


def run(line: str, known: dict[str, str]) -> Done:
    """One line, as a shell would run it in the folder where all files come together."""
    for name, value in known.items():
        line = line.replace(name, value)
    line, _, into = line.partition(" > ")
    words = [each for word in shlex.split(line)[1:] for each in (sorted(map(str, Path().glob(word))) or [word])]
    if any(word.startswith("root-") for word in words) and words[1] != "show":
        words += ["--passphrase-file", "passphrase"]
    done = estafet(*words, *(["--yes"] if words[:2] == ["keys", "sign"] else []))
    if into:
        Path(into).write_text(done.stdout)
    return done


def held(line: str, known: dict[str, str]) -> str:
    """What it printed; it must have gone well."""
    done = run(line, known)
    assert done.returncode == 0, f"{line}: {done.stderr}"
    return done.stdout


@pytest.fixture
def room(tmp_path: Path, address: Address) -> Iterator[Path]:
    """The folder where all files come together, and the host's empty database."""
    with pytest.MonkeyPatch.context() as patch, chdir(tmp_path):
        for name in [each for each in os.environ if each.startswith("ESTAFET_")]:
            patch.delenv(name)
        patch.setattr(passphrases, "OPSLIMIT", 1)  # how hard a guess is made is no part of this story
        patch.setattr(passphrases, "MEMLIMIT", argon2id.MEMLIMIT_MIN)
        patch.setenv("DATA", "data")
        patch.setenv("ESTAFET_DATABASE_URL", address.app)
        Path("passphrase").write_text("kuda lumping makan beling\n")
        Path("passphrase").chmod(0o600)
        yield tmp_path


def ceremony() -> None:
    """All lines of the page."""
    known = {"ORIGIN": ORIGIN}
    for line in page():
        said = [held(line, {**known, "ID-xx": code}) for code in (FOUNDERS if "ID-xx" in line else ("",))]
        if line == "estafet found letter":
            Path("letter").write_text(said[0])
            known["SHA256"] = json.loads(held(f"{line} --json", {}))["agreement"]


@contextmanager
def serving(room: Path, address: Address) -> Iterator[Started]:
    """The host's service, and the clients' files told where it is."""
    # Nobody reads what it says while it runs: a line for each request would fill the pipe and stop it.
    told = {"ESTAFET_PUBLISH_SECONDS": "1", "ESTAFET_DATABASE_URL": address.app, "ESTAFET_REQUEST_LOG": "off"}
    with launched(room / "data", free_port(), demo=False, workers=1, **told) as service:
        wait_ready(service)
        for file in ("client-ID-JK.json", "auditor.json"):
            Path(file).write_text(json.dumps(json.loads(Path(file).read_text()) | {"issuer": service.url}))
        yield service


def send(key: str) -> int:
    """Jakarta opens a case and sends a referral, signed by this key; the entry's index."""
    with Client(credentials.read(Path("client-ID-JK.json"))) as client:
        province = Province(client=client, key=key_files.read(Path(key)))
        case = found(Page(Console(file=io.StringIO())), province)
        acted = province.sign("sendReferral", "referralSent", {"case": case, "to": "ID-JI"}, version=2)
    assert word(acted.answer, "referral", "status") == "SENT"
    return number(acted.answer, "entry", "index")


def audited(service: Started, index: int, *more: str) -> Done:
    """A copy that reaches this entry, verified."""
    size, copy = 0, Path("copy")
    while size <= index:
        done = estafet("audit", "fetch", service.url, str(copy), "--as", "auditor.json")
        assert done.returncode in (0, 3), done.stderr
        size = verifier.verify(Folder(copy)).size
    return estafet("audit", "verify", str(copy), "--json", *more)


async def size(superuser: Any) -> int:
    return int(await superuser.fetchval("select count(*) from ledger_entry"))


async def test_from_nothing_to_the_first_served_act_and_on_through_rotation_and_theft(
    room: Path, address: Address, superuser: Any
) -> None:
    await asyncio.to_thread(ceremony)
    assert await size(superuser) == 1 + len(FOUNDERS)
    letter = json.loads((await asyncio.to_thread(estafet, "found", "letter", "--json")).stdout)
    printed = (await asyncio.to_thread((room / "letter").read_text)).replace(" ", "")
    for each in (letter["anchor"], letter["hostKey"], *letter["roots"].values()):
        assert each in printed
    again = await asyncio.to_thread(estafet, "found", "enter", "genesis.json")
    assert (again.returncode, "has begun already" in again.stderr) == (1, True)
    assert await size(superuser) == 1 + len(FOUNDERS), "a log begins once"
    await asyncio.to_thread(lived, room, address, letter["anchor"])
    early = await asyncio.to_thread(host_given_a_key)
    assert (early.returncode, "a service is running" in early.stderr) == (1, True)
    assert (room / "data" / "keys" / "host.next.json").exists()
    await superuser.execute("alter table heartbeat disable trigger user")
    await superuser.execute("update heartbeat set at = at - interval '1 minute'")
    await superuser.execute("alter table heartbeat enable trigger user")
    await asyncio.to_thread(replaced, room, address, letter["anchor"])


def lived(room: Path, address: Address, anchor: str) -> None:
    """The first act; a new system key beside the old; the old one stolen and revoked; and what an auditor sees."""
    line = "estafet clients add auditor --party AUDITOR:bpk --out auditor.json --scope ledger:read --purpose audit"
    held(line, {})
    with serving(room, address) as service:
        first = audited(service, send("system-ID-JK.json"), "--anchor", anchor)
        assert (first.returncode, json.loads(first.stdout)["disputed"]) == (0, [])
        assert audited(service, 0, "--anchor", "ab" * 32).returncode == 1
        since = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
        held("estafet keys rotate system-2.json --old system-ID-JK.json --root root-ID-JK.json", {})
        before, after = send("system-ID-JK.json"), send("system-2.json")
        name = key_files.public_half(Path("system-ID-JK.json")).name
        held(f"estafet keys revoke {name} --root root-ID-JK.json --since {since}", {})
        with pytest.raises(Stopped, match="was revoked"):
            send("system-ID-JK.json")
        last = audited(service, send("system-2.json"), "--anchor", anchor)
        verdict = json.loads(last.stdout)
        assert (last.returncode, verdict["findings"]) == (0, [])
        assert [each["index"] for each in verdict["disputed"]] == [before]
        assert after not in [each["index"] for each in verdict["disputed"]]


GROUND = f"--log {ORIGIN} --agreement SHA256"


def ground() -> dict[str, str]:
    return {"SHA256": json.loads(held("estafet found letter --json", {}))["agreement"]}


def host_given_a_key() -> Done:
    """All parties give the host another key, while it was heard a moment ago."""
    held(f"estafet keys replace-host --out host.json {GROUND}", ground())
    for code in FOUNDERS:
        held(f"estafet keys sign host.json --key root-{code}.json", {})
    return estafet("keys", "enter", "host.json")


def replaced(room: Path, address: Address, anchor: str) -> None:
    """A root that was lost, and the host's key; then everything goes on, and all of it audits clean."""
    held("estafet keys new root-new.json --party ID-JK --root", {})
    Path("new.json").write_text(held("estafet keys show root-new.json --json", {}))
    held(f"estafet keys replace-root --public new.json --out root.json {GROUND}", ground())
    assert run("estafet keys enter root.json", {}).returncode == 1, "nobody has signed"
    held("estafet keys sign root.json --key root-new.json", {})
    assert run("estafet keys enter root.json", {}).returncode == 1, "none of the others has"
    held("estafet keys sign root.json --key root-ID-JI.json", {})
    held("estafet keys enter root.json", {})
    stale = run("estafet keys enter host.json", {})
    assert (stale.returncode, "V1" in stale.stderr) == (1, True), "signed by the root of before"
    held(f"estafet keys replace-host --out host.json {GROUND}", ground())
    for file in ("root-new.json", "root-ID-JI.json"):
        held(f"estafet keys sign host.json --key {file}", {})
    keys, before = Path("data/keys"), Path("data/keys/host.json").read_text()
    held("estafet keys enter host.json", {})
    assert not (keys / "host.next.json").exists()
    (keys / "host.next.json").write_text((keys / "host.json").read_text())  # as a kill behind the entry leaves them
    (keys / "host.next.json").chmod(0o600)
    (keys / "host.json").write_text(before)
    assert "had been entered" in held("estafet keys enter host.json", {})
    assert (keys / "host.json").read_text() != before
    with serving(room, address) as service:
        held("estafet keys rotate system-3.json --old system-2.json --root root-new.json", {})
        last = audited(service, send("system-3.json"), "--anchor", anchor)
        verdict = json.loads(last.stdout)
        assert (last.returncode, verdict["findings"]) == (0, [])
        assert len(verdict["disputed"]) == 1
        assert {each["key"]: each["statements"] for each in verdict["keys"]}["FORUM"] == 2


def prepared(*more: str, roots: tuple[str, ...] = FOUNDERS) -> Done:
    for code in roots:
        if not Path(f"root-{code}.json").exists():
            estafet("keys", "new", f"root-{code}.json", "--party", code, "--root")
    files = [f"root-{code}.json" for code in roots]
    return estafet("found", "prepare", *files, "--log", ORIGIN, "--out", "genesis.json", *more)


async def test_what_is_no_founding_begins_nothing(room: Path, superuser: Any) -> None:
    def stories() -> list[tuple[Done, int, str]]:
        told = [
            (prepared(roots=("ID-JK",)), 2, "cannot be said"),
            (prepared(roots=("ID-JK", "ID-XX")), 1, "no party to the agreement"),
            (prepared("--log", "demo.estafet.invalid/x"), 2, "for demos"),
            (prepared("--log", "with space"), 2, "with space"),
        ]
        assert not Path("genesis.json").exists()
        prepared()
        told.append((estafet("found", "enter", "genesis.json"), 1, "not signed yet by ID-JI/root, ID-JK/root"))
        for code in FOUNDERS:
            estafet("keys", "sign", "genesis.json", "--key", f"root-{code}.json", "--yes")
        told.append((estafet("found", "enter", "genesis.json", "--data", "elsewhere"), 2, "not readable"))
        estafet("found", "prepare", "root-ID-JK.json", "root-ID-JI.json", "--log", "x", "--out", "x", "--data", "other")
        told.append((estafet("found", "enter", "genesis.json", "--data", "other"), 1, "the keys of another host"))
        told.append((estafet("found", "letter"), 1, "has not begun"))
        return told

    for done, code, because in await asyncio.to_thread(stories):
        assert (done.returncode, because in done.stderr) == (code, True), done.stderr
    assert await size(superuser) == 0
