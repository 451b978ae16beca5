"""Files of secrets: whole or absent, their owner's alone, and never over another by accident."""

import stat
from pathlib import Path

import pytest

from auth import secret_files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_its_owners_alone_and_nothing_stands_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log.json"
    secret_files.put_new(path, "secret")
    assert (secret_files.read(path), mode(path), mode(path.parent)) == ("secret", 0o600, 0o700)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_stands_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    secret_files.put_new(path, "first")
    with pytest.raises(FileExistsError):
        secret_files.put_new(path, "second")
    assert secret_files.read(path) == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "oauth.json"
    secret_files.replace(path, "first")
    secret_files.replace(path, "second")
    assert (secret_files.read(path), mode(path)) == ("second", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_kill_left_beside_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    left = secret_files.aside(path, "half")
    secret_files.put_new(path, "whole")
    assert secret_files.read(path) == "whole"
    assert left.read_text() == "half"


@pytest.mark.parametrize("others", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_can_reach_is_not_read(tmp_path: Path, others: int) -> None:
    path = tmp_path / "host.json"
    secret_files.put_new(path, "never shown")
    path.chmod(others)
    with pytest.raises(secret_files.Exposed, match=r"host\.json") as told:
        secret_files.read(path)
    assert "never shown" not in str(told.value)
