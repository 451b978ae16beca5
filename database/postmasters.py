"""The server process of a folder, as its postmaster.pid tells it: found, checked to be one, ended.

Promise: a number in a file is believed only while a PostgreSQL on that very folder has it.
Elsewhere: starting one, and what to do with one that was left, `database.embedded`.
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # comes with the wheel; its types do not

PORT = 5432  # names the socket file, nothing listens there
SOCKET = f".s.PGSQL.{PORT}"
STOP_SECONDS = 60.0
SOCKET_FOLDER = "estafet-pg-"  # begins the name of a short folder made for a socket only


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A ready server: where its socket is, and as which process it runs."""

    folder: Path
    socket_folder: Path
    pid: int
    process: "subprocess.Popen[bytes] | None" = None  # when it is our own child, to be reaped

    def url(self, user: str, database: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.socket_folder}&port={PORT}"


def find(folder: Path) -> Server | None:
    """The ready server of this folder, for commands that run beside the service; None when there is none."""
    return ready(folder.resolve())


def stop(server: Server) -> None:
    """End it: politely to itself, rudely to its clients; and not politely at all when it does not end."""
    for kind, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        if not runs(server.pid, server.folder):
            break
        send(server.pid, kind)
        wait_gone(server.pid, server.folder, seconds)
    if server.process is not None:
        server.process.wait(10.0)
    if server.socket_folder.name.startswith(SOCKET_FOLDER):
        shutil.rmtree(server.socket_folder, ignore_errors=True)


def _lines(folder: Path) -> list[str]:
    try:
        return [line.strip() for line in (folder / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def number(folder: Path) -> int | None:
    lines = _lines(folder)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def ready(folder: Path) -> Server | None:
    """postmaster.pid: process, folder, start, port, socket folder, address, memory, state."""
    lines = _lines(folder)
    if len(lines) < 8 or lines[7] != "ready" or not runs(int(lines[0]), folder):
        return None
    return Server(folder=folder, socket_folder=Path(lines[4]), pid=int(lines[0]))


def sweep(folder: Path) -> None:
    """Remove what a killed server left, when the folder is ours alone and none runs on it.

    PostgreSQL would believe the number in its lock files if another process of ours, or an unreaped one, has it now.
    """
    lines = _lines(folder)
    if len(lines) > 4 and Path(lines[4]).name.startswith(SOCKET_FOLDER):
        shutil.rmtree(lines[4], ignore_errors=True)
    for name in ("postmaster.pid", SOCKET, f"{SOCKET}.lock"):
        (folder / name).unlink(missing_ok=True)


def runs(pid: int, folder: Path) -> bool:
    """Is this process a PostgreSQL on this folder? Numbers are reused, and a zombie has one too."""
    try:
        words: list[str] = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return len(words) > 2 and Path(words[0]).name == "postgres" and words[1:3] == ["-D", str(folder)]


def send(pid: int, kind: signal.Signals) -> None:
    try:
        os.kill(pid, kind)
    except ProcessLookupError:
        return


def wait_gone(pid: int, folder: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while runs(pid, folder) and time.monotonic() < deadline:
        time.sleep(0.02)
