"""A kill at any moment stands in nobody's way: what it left behind, and a start after it."""

import os
import signal
import stat
import time
from pathlib import Path

import pytest

from cli import key_files
from cli.audit.endings import Stopped
from cli.demo import files
from operations import host_keys
from tests.cli.starts import PATIENCE, Started, estafet, launched, postgres_of, started


class Killed(BaseException):
    """Nothing catches it to go on."""


@pytest.mark.parametrize("name", [host_keys.LOG, host_keys.HOST, host_keys.CURSOR])
def test_host_keys_are_made_beside_what_a_kill_left(name: str, tmp_path: Path) -> None:
    (tmp_path / f".{name}.0badcafe").write_text('{"kty": "OK')
    made = host_keys.create(tmp_path)
    assert host_keys.create(tmp_path).cursor == made.cursor
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [f".{name}.0badcafe"]


@pytest.mark.parametrize("moment", ["write", "sync", "name"])
def test_a_secret_file_is_whole_or_absent(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped at any moment before the last, there is nothing under its name, and the next try succeeds."""

    def end(*_: object, **__: object) -> None:
        raise Killed

    place = tmp_path / "keys" / "key.json"
    with monkeypatch.context() as within:
        if moment == "name":
            within.setattr(Path, "hardlink_to", end)
        else:
            within.setattr(os, {"write": "fdopen", "sync": "fsync"}[moment], end)
        with pytest.raises(Killed):
            key_files.write(place, key_files.new("ID-JK"))
    assert not place.exists()
    key_files.write(place, key_files.new("ID-JK"))
    assert key_files.read(place).party == "ID-JK"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_a_secret_file_is_never_written_over_another(tmp_path: Path) -> None:
    key_files.write(tmp_path / "key.json", key_files.new("ID-JK"))
    before = (tmp_path / "key.json").read_bytes()
    with pytest.raises(Stopped, match="not overwritten"):
        key_files.write(tmp_path / "key.json", key_files.new("ID-JK"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"key.json": before}


@pytest.mark.parametrize("left", [[], [".MADE-BY-DEMO.0badcafe"]])
def test_a_folder_whose_claim_was_interrupted_can_be_claimed(left: list[str], tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    for name in left:
        (tmp_path / "demo" / name).write_text("This fol")
    files.claim(tmp_path)
    assert files.is_demo(tmp_path)


@pytest.mark.parametrize("path", ["demo/anchor", "letters.txt", "demo/letters.txt"])
def test_a_folder_with_anything_else_in_it_cannot(path: str, tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / path).write_text("not ours")
    with pytest.raises(Stopped, match="no demo made"):
        files.claim(tmp_path)
    assert (tmp_path / path).read_text() == "not ours"
    assert not files.is_demo(tmp_path)


@pytest.mark.parametrize("moment", ["ledger/checkpoint", "demo/anchor"])
def test_a_service_that_was_killed_starts_again_on_its_folder(moment: str, tmp_path: Path) -> None:
    """Killed when this file has just appeared; its PostgreSQL is left running, and the next start takes it over."""
    data = tmp_path / "data"
    with launched(data) as service:
        wait_file(service, data / moment)
        service.stop(signal.SIGKILL)
        with started(data) as again:
            assert (data / "demo" / "anchor").is_file()
            asked = estafet("graphql", "--as", str(data / "demo" / "clients" / "ID-BA.json"), "{ me { partyCode } }")
            assert (asked.returncode, asked.stderr) == (0, "")
            assert estafet("check", "--ledger", "--data", str(data)).returncode == 0
            again.stop()
    assert postgres_of(data) is None


def wait_file(service: Started, path: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not path.exists():
        assert service.process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
