"""Backup and restore as docs/operations.md has them, run from its page against a real server.

A service acts, is backed up, acts more, is backed up again, and loses everything. The older backup is refused, and
nothing that was published changes; the newer one serves, opens what was sealed, and goes on with the auditor's copy.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.demo.answers import rows, word
from database import embedded, postmasters
from tests.cli.starts import ROOT, Started, alone, estafet, free_port, launched, postgres_of, wait_ready
from tests.cli.test_serving import as_client, asked

BINARIES = embedded._binaries()
LOST = ("pg", "keys", "ledger")
NAMES = "{ cases(first: 100) { edges { node { number person { identity { fullName nik } } } } } }"
OPEN = """mutation { openCase(input: {idempotencyKey: "%s", number: "%s", category: GELANDANGAN, vulnerabilities: [],
  person: {fullName: "Budi Misal", nik: "9900004101700018", sex: MALE, birthDate: "1970-01-01", aliases: [],
  birthDateEstimated: false}}) { case { id } errors { code } } }"""


def lines(name: str) -> list[str]:
    """The commands of one block of the page."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```{name}\n(.*?)```", text, re.DOTALL)
    return str(block).splitlines()


def run(name: str, data: Path, kept: Path, server: embedded.Server) -> None:
    """Run them, as the page has them; each must go well."""
    places = {"BACKUP": kept / "backup", "APART": kept / "apart", "SAFE": kept / "safe", "DATA": data}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    environ = {**os.environ, "PGHOST": str(server.socket_folder), "PGPORT": str(postmasters.PORT), "PGUSER": "postgres"}
    for line in lines(name):
        words = [re.sub("^(BACKUP|APART|SAFE|DATA)(?=/|$)", lambda m: str(places[m[1]]), w) for w in shlex.split(line)]
        program = BINARIES / words[0]
        done = subprocess.run(
            [str(program) if program.exists() else words[0], *words[1:]],
            env=environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stderr}"


@contextmanager
def empty_server(data: Path) -> Iterator[embedded.Server]:
    """A server with nothing in it, where the service looks for its own."""
    with embedded.running(data / "pg") as server:
        yield server


def opened(service: Started, number: str) -> None:
    answer = asked(service, "ID-JK", OPEN % (number, number))
    assert rows(answer, "openCase", "errors") == [], answer


def names(service: Started) -> dict[str, str]:
    several = rows(asked(service, "ID-JK", NAMES), "cases", "edges")
    return {word(each, "node", "number"): word(each, "node", "person", "identity", "fullName") for each in several}


def published(data: Path) -> dict[str, bytes]:
    root = data / "ledger"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def lose(data: Path) -> None:
    for name in LOST:
        shutil.rmtree(data / name)


def test_what_is_lost_is_restored_from_the_page_and_what_is_too_old_is_refused(tmp_path: Path) -> None:
    data, older, newer, copy = (tmp_path / name for name in ("data", "older", "newer", "copy"))
    port = free_port()
    with launched(data, port) as service:
        wait_ready(service)
        running = embedded.find(data / "pg")
        assert running is not None
        opened(service, "JK/BEFORE")
        run("backup", data, older, running)
        opened(service, "JK/AFTER")
        assert estafet("demo", "--data", str(data)).returncode == 0  # signed, entered and published
        anchor = (data / "demo" / "anchor").read_text().strip()
        fetch = ("audit", "fetch", service.url, str(copy), *as_client(service, "auditor"))
        assert estafet(*fetch).returncode == 0
        before, files = names(service), published(data)
        run("backup", data, newer, running)
        assert service.stop()[0] == 143
    kept = published(newer / "backup")
    assert kept.keys() >= files.keys()

    lose(data)
    with empty_server(data) as server:  # the newest published files, and a database from before
        shutil.rmtree(older / "backup" / "ledger")
        shutil.copytree(newer / "backup" / "ledger", older / "backup" / "ledger")
        run("restore", data, older, server)
    told = alone("serve", "--demo", "--port", str(port), "--data", str(data))
    assert told.returncode == 2
    assert "fewer entries than" in told.stderr
    assert estafet("recover", "--check", "--data", str(data)).returncode == 1
    assert published(data) == kept
    assert postgres_of(data) is None

    lose(data)
    with empty_server(data) as server:
        run("restore", data, newer, server)
    assert estafet("check", "--data", str(data)).returncode == 0
    assert estafet("recover", "--check", "--data", str(data)).returncode == 0
    with launched(data, port) as service:
        wait_ready(service)
        assert names(service) == before  # opened with the restored keys
        assert before["JK/BEFORE"] == before["JK/AFTER"] == "Budi Misal"
        opened(service, "JK/AGAIN")
        assert estafet(*fetch).returncode == 0  # which refuses a log that is not the copy's continued
        verified = estafet("audit", "verify", str(copy), "--anchor", anchor)
        assert (verified.returncode, verified.stderr) == (0, "")
