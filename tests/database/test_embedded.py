"""The embedded server: started, adopted, replaced, refused; killed in every way a service can be."""

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it has no types
import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from database import embedded

QUICK = {**embedded.SETTINGS, **embedded.UNSAFE_BUT_QUICK}
SERVICE = """
import sys, time
from pathlib import Path
from database import embedded
with embedded.running(Path(sys.argv[1]), {**embedded.SETTINGS, **embedded.UNSAFE_BUT_QUICK}) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder, outside pytest's own, which is too deep for a socket and shut to other accounts."""
    folder = Path(tempfile.mkdtemp(prefix="estafet-data-"))
    yield folder
    server = embedded.find(folder / "pg")
    if server is not None:
        embedded.stop(server)
    shutil.rmtree(folder)


class Service:
    """A service in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", SERVICE, str(folder)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        assert self.process.stdout is not None
        self.postgres = int(self.process.stdout.readline() or 0)

    def end(self, kind: signal.Signals) -> int:
        self.process.send_signal(kind)
        self.process.communicate(timeout=60)
        return self.process.returncode


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_dead(pid: int) -> None:
    while alive(pid):
        time.sleep(0.01)


async def answer(server: embedded.Server, question: str) -> object:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_it_listens_on_a_socket_that_only_its_account_reaches_and_nowhere_else(data: Path) -> None:
    with embedded.running(data / "pg", QUICK) as server:
        assert await answer(server, "show listen_addresses") == ""
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert [c for c in psutil.Process(server.pid).net_connections("inet") if c.status == "LISTEN"] == []
        assert psutil.Process(server.pid).uids().effective != 0  # also when the tests run as root
    assert not alive(server.pid)


def test_folders_above_it_stay_unlistable_and_the_keys_stay_shut(data: Path) -> None:
    keys = data / "keys"
    keys.mkdir(mode=0o700)
    with embedded.running(data / "pg", QUICK):
        assert stat.S_IMODE(data.stat().st_mode) & 0o066 == 0
        assert stat.S_IMODE(keys.stat().st_mode) == 0o700
        if os.geteuid() == 0:
            assert stat.S_IMODE(data.stat().st_mode) == 0o701


async def test_what_was_kept_is_there_at_the_second_start_and_the_start_is_quick(data: Path) -> None:
    with embedded.running(data / "pg", QUICK) as server:
        await answer(server, "create table kept (one int)")
    began = time.monotonic()
    with embedded.running(data / "pg", QUICK) as server:
        assert time.monotonic() - began < 5
        assert await answer(server, "select count(*) from kept") == 0


async def test_nothing_of_rows_or_statements_stands_in_its_log(data: Path) -> None:
    with embedded.running(data / "pg", QUICK) as server:
        for question in (
            "select 'Siti Contoh'::int",
            "create table p (nik text check (length(nik) < 3))",
            "insert into p values ('3171234567890001')",
        ):
            try:
                await answer(server, question)
            except asyncpg.PostgresError:
                continue
    log = (data / "pg" / "server.log").read_text()
    assert "3171234567890001" not in log


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ending_the_service_ends_its_server(data: Path, kind: signal.Signals) -> None:
    service = Service(data / "pg")
    assert alive(service.postgres)
    service.end(kind)
    assert not alive(service.postgres)


async def test_a_killed_service_leaves_a_server_that_the_next_one_adopts(data: Path) -> None:
    service = Service(data / "pg")
    service.end(signal.SIGKILL)
    assert alive(service.postgres)
    with embedded.running(data / "pg") as server:
        assert server.pid == service.postgres
        assert await answer(server, "select 1") == 1
    assert not alive(service.postgres)


async def test_a_killed_service_and_a_killed_server_leave_nothing_that_blocks_the_next_start(data: Path) -> None:
    service = Service(data / "pg")
    service.end(signal.SIGKILL)
    os.kill(service.postgres, signal.SIGKILL)
    wait_dead(service.postgres)
    with embedded.running(data / "pg") as server:
        assert server.pid != service.postgres
        assert await answer(server, "select 1") == 1


async def test_a_stale_pid_file_with_the_number_of_a_living_process_does_not_block_the_start(data: Path) -> None:
    with embedded.running(data / "pg", QUICK) as server:
        lines = (data / "pg" / "postmaster.pid").read_text().splitlines()
    lines[0] = str(os.getpid())
    (data / "pg" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    with embedded.running(data / "pg", QUICK) as server:
        assert await answer(server, "select 1") == 1


async def test_a_cluster_half_made_is_made_again(data: Path) -> None:
    half = data / "pg.new-abc"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with embedded.running(data / "pg", QUICK) as server:
        assert await answer(server, "select 1") == 1
    assert not half.exists()


def test_a_second_service_on_the_same_folder_is_refused_and_the_first_goes_on(data: Path) -> None:
    service = Service(data / "pg")
    with pytest.raises(embedded.FolderInUse, match="another service runs on"), embedded.running(data / "pg"):
        pass
    assert alive(service.postgres)
    found = embedded.find(data / "pg")  # a command beside the service may still talk to its server
    assert found is not None
    assert found.pid == service.postgres
    service.end(signal.SIGTERM)
    assert embedded.find(data / "pg") is None


async def test_a_path_too_long_for_a_socket_gets_a_short_one_that_is_removed_again(data: Path) -> None:
    deep = data / ("d" * 90) / "pg"
    with embedded.running(deep, QUICK) as server:
        assert server.socket_folder != deep
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert await answer(server, "select 1") == 1
    assert not server.socket_folder.exists()


def test_the_lock_ends_with_the_process_that_held_it(data: Path) -> None:
    service = Service(data / "pg")
    service.end(signal.SIGKILL)
    with (data / "pg.lock").open("a") as free:
        fcntl.flock(free, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    with pytest.raises(embedded.StartFailed, match="nonsense"), embedded.running(data / "pg", {"nonsense": "1"}):
        pass
