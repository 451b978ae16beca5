"""estafet clients: whatever goes wrong, the key that the service knows is in a file, and no other file is left."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cli import clients
from cli.audit.endings import FOUND, Stopped
from cli.main import main

ADD = ("clients", "add", "panti-1", "--party", "ID-JB", "--scope", "cases:read", "--out")
ROTATE = ("clients", "rotate", "panti-1", "--file")
Change = Callable[..., Awaitable[None]]


def failing(monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
    """The register's change ends so."""

    def done(data: Path | None, change: Change) -> None:
        raise fault

    monkeypatch.setattr(clients, "done", done)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clients, "done", lambda data, change: None)
    place = tmp_path / "client.json"
    assert main([*ADD, str(place)]) == 0
    return place


@pytest.mark.parametrize("fault", [Stopped("no", code=FOUND), OSError("the line broke"), KeyboardInterrupt()])
def test_a_client_that_was_not_registered_has_no_file(
    fault: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, fault)
    with pytest.raises(type(fault)):
        clients.add("panti-1", tmp_path / "client.json", "ID-JB", ["cases:read"])
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_being_registered_is_in_a_file_already(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the old one still has its own, until the register says that the new one is in."""
    old, beside = file.read_bytes(), file.with_name("client.json.new")
    seen: list[bytes] = []

    def done(data: Path | None, change: Change) -> None:
        assert file.read_bytes() == old
        seen.append(beside.read_bytes())

    monkeypatch.setattr(clients, "done", done)
    assert main([*ROTATE, str(file)]) == 0
    assert [file.read_bytes()] == seen
    assert not beside.exists()
    assert json.loads(seen[0])["client_jwk"] != json.loads(old)["client_jwk"]


def test_a_rotation_nobody_can_tell_the_end_of_keeps_both_keys(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, beside = file.read_bytes(), file.with_name("client.json.new")
    failing(monkeypatch, OSError("the line broke"))
    with pytest.raises(OSError, match="the line broke"):
        clients.rotate("panti-1", file)
    kept = beside.read_bytes()
    with pytest.raises(Stopped, match="interrupted"):
        clients.rotate("panti-1", file)
    assert (file.read_bytes(), beside.read_bytes()) == (old, kept)
    assert oct(beside.stat().st_mode & 0o777) == "0o600"


def test_a_rotation_that_was_refused_leaves_the_old_file_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = file.read_bytes()
    failing(monkeypatch, Stopped("disabled", code=FOUND))
    assert main([*ROTATE, str(file)]) == FOUND
    assert {path.name: path.read_bytes() for path in file.parent.iterdir()} == {"client.json": old}
