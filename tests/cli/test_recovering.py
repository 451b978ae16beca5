"""estafet recover --check, and a start, on a database that was put back from a copy of an earlier day."""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli import recovering
from cli.audit.folders import Folder
from cli.recovering import Survey
from ledger import checkpoints, notes
from operations.recovering import Difference, Head, Told
from tests.cli.starts import PATIENCE, estafet, launched, started


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A data folder whose database is older than what was published, and the two sizes."""

    data: Path
    held: int
    published: int


def copied(folder: Path, to: Path) -> None:
    """With owners: the server may be another user's."""
    subprocess.run(["/bin/cp", "-a", str(folder), str(to)], check=True)


def size(data: Path) -> int:
    note = Folder(data / "ledger").read(".signed")
    return 0 if note is None else checkpoints.parse(notes.parse(note).text).size


def waited(data: Path, least: int) -> int:
    """The published size, once it is this and stays for more than a round of publishing."""
    until = time.monotonic() + PATIENCE
    while (found := size(data)) < least:
        assert time.monotonic() < until
        time.sleep(0.1)
    time.sleep(4)
    return found if size(data) == found else waited(data, found + 1)


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Restored:
    """PostgreSQL's own files, copied while it was stopped, and put back after one more handover was published."""
    data, copy = tmp_path_factory.mktemp("recover") / "data", tmp_path_factory.mktemp("backup") / "pg"
    with started(data) as service:
        held = waited(data, 1)
        service.stop()
    copied(data / "pg", copy)
    with started(data) as service:
        told = estafet("demo", "--data", str(data))
        assert told.returncode == 0, told.stderr
        published = waited(data, held + 1)
        service.stop()
    whole = estafet("recover", "--check", "--data", str(data))
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "the database's log holds all that was published" in whole.stdout
    shutil.rmtree(data / "pg")
    copied(copy, data / "pg")
    return Restored(data=data, held=held, published=published)


def files(data: Path) -> dict[str, bytes]:
    root = data / "ledger"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_service_does_not_start_on_a_restored_database_and_enters_nothing(restored: Restored) -> None:
    """Its first entry, of its own silence, would stand where another one was published."""
    before = files(restored.data)
    with launched(restored.data) as service:
        _, err = service.process.communicate(timeout=PATIENCE)
        assert service.process.returncode == 2
    assert "it is not safe to serve" in err
    assert f"fewer entries than the {restored.published} that are published" in " ".join(err.split())
    assert files(restored.data) == before


def test_what_is_missing_is_told_and_nothing_is_changed(restored: Restored) -> None:
    before = files(restored.data)
    told = estafet("recover", "--check", "--data", str(restored.data), "--json")
    assert told.returncode == 1, told.stderr
    answer = json.loads(told.stdout)
    assert (answer["held"], answer["published"]) == (restored.held, restored.published)
    assert (answer["missing"], answer["continues"]) == (restored.published - restored.held, True)
    assert [each["index"] for each in answer["entries"]] == list(range(restored.held, restored.published))
    assert answer["kinds"]["handover.received"] == 1
    (referral,) = [each for each in answer["referrals"] if each["before"] is None]
    assert referral["after"] == "COMPLETED"
    assert referral["handovers"]
    shown = estafet("recover", "--check", "--data", str(restored.data))
    assert shown.returncode == 1
    assert f"{answer['missing']} published entries are missing, from entry {restored.held} on" in shown.stdout
    assert f"referral {referral['referral']}" in shown.stdout
    assert files(restored.data) == before


def test_without_check_nothing_is_done_and_that_is_said(restored: Restored) -> None:
    told = estafet("recover", "--data", str(restored.data))
    assert told.returncode == 2
    assert "nothing was done" in told.stderr


def test_published_files_at_fault_are_not_compared_with(restored: Restored, tmp_path: Path) -> None:
    data = tmp_path / "data"
    copied(restored.data, data)
    bundle = data / "ledger" / f"tile/entries/000.p/{restored.published}"
    if not bundle.is_file():
        bundle = data / "ledger" / "tile/entries/000"
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    bundle.write_bytes(content)
    told = estafet("recover", "--check", "--data", str(data))
    assert told.returncode == 1
    assert "the published log is itself at fault" in told.stderr
    (data / "keys" / "log.json").write_bytes((data / "keys" / "host.json").read_bytes())
    told = estafet("recover", "--check", "--data", str(data))
    assert told.returncode == 2
    assert "not signed by this host's key" in " ".join(told.stderr.split())


def test_a_fork_is_told_with_its_first_entry_and_what_stands_from_there_on(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    beyond = Told(index=7, at=at, kind="host.outage", party="HOST", referral=None, key=None)
    apart = Difference(index=7, message="the database holds another one than was published", beyond=(beyond,), count=1)
    head = Head(origin="demo.estafet.invalid/x", size=8, leaf_hash="0" * 64)
    survey = Survey(head=head, published=8, difference=apart, lost=(), moved={})
    recovering.show(survey)
    told = capsys.readouterr().out
    assert "✗ entry 7: the database holds another one than was published" in told
    assert "entry 7 2026-11-24T09:00:00Z host.outage by HOST" in told
    assert "holds all that was published" not in told
    answer = recovering.document(survey)
    assert (answer["continues"], answer["missing"], answer["differs"]["count"]) == (False, 0, 1)
