"""A demo leaves every database alone that this very demo did not make."""

from pathlib import Path
from typing import Any

import pytest

from cli.audit.endings import Stopped
from cli.demo import files, guards
from database.addresses import Address
from database.engines import Databases
from settings import Settings
from tests.operations import digests, worlds


def told(data: Path) -> Settings:
    return Settings(data=data, demo=True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    files.claim(tmp_path / "data")
    return tmp_path / "data"


async def test_an_empty_migrated_database_may_be_used(address: Address, data: Path) -> None:
    await guards.require_own_database(told(data), address)


async def test_a_log_that_this_folder_did_not_make_is_left_alone(
    address: Address, databases: Databases, data: Path, superuser: Any
) -> None:
    await worlds.found(databases)
    before = await digests.digest(superuser)
    with pytest.raises(Stopped, match="another demo's log"):
        await guards.require_own_database(told(data), address)
    (data / "demo" / files.ANCHOR).write_text("ab" * 32)
    with pytest.raises(Stopped, match="another demo's log"):
        await guards.require_own_database(told(data), address)
    assert await digests.digest(superuser) == before


async def test_its_own_log_is_recognised_by_the_anchor(
    address: Address, databases: Databases, data: Path, superuser: Any
) -> None:
    await worlds.found(databases)
    anchor = await superuser.fetchval("select encode(sha256(leaf), 'hex') from ledger_entry where index = 0")
    (data / "demo" / files.ANCHOR).write_text(anchor + "\n")
    await guards.require_own_database(told(data), address)


async def test_a_log_of_no_demo_is_left_alone(
    address: Address, databases: Databases, data: Path, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "ORIGIN", "estafet.example/1")
    await worlds.found(databases)
    with pytest.raises(Stopped, match="no demo made"):
        await guards.require_own_database(told(data), address)


async def test_a_database_of_something_else_is_left_alone(address: Address, data: Path, superuser: Any) -> None:
    await superuser.execute("drop schema public cascade; create schema public; create table letters (text text)")
    with pytest.raises(Stopped, match="not Estafet's"):
        await guards.require_own_database(told(data), address)
    assert await superuser.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 1


def test_forgetting_an_unfinished_demo_needs_its_marker(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "checkpoint").write_text("somebody's")
    with pytest.raises(Stopped):
        files.forget(tmp_path)
    assert (tmp_path / "ledger" / "checkpoint").read_text() == "somebody's"
