"""A real `estafet serve` in a process of its own, for stories about the command.

Promise: whatever a test does, the process and its PostgreSQL are gone when the block is left.
"""

import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from cli.main import main
from database import embedded

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A service that is ready."""

    process: "subprocess.Popen[str]"
    url: str
    data: Path
    port: int

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """End it; its exit code and what it said."""
        self.process.send_signal(kind)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


def environment(**more: str) -> dict[str, str]:
    """Ours, without anything that would configure a service."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESTAFET_")}
    return {name: value for name, value in kept.items() if name not in ("PORT", "DATA")} | more


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def estafet(*words: str) -> Done:
    """Run the command to its end, in this process: a new one for each word would take most of the time."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    return Done(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def alone(*words: str, **more: str) -> Done:
    """Run the command to its end, in a process of its own."""
    command = [sys.executable, "-m", "cli", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(**more), capture_output=True, text=True, timeout=120, check=False
    )
    return Done(returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(data: Path, port: int | None = None) -> Iterator[Started]:
    """`estafet serve --demo`, until it is ready."""
    with launched(data, port) as service:
        wait_ready(service)
        yield service


@contextmanager
def launched(
    data: Path, port: int | None = None, *, demo: bool = True, workers: int = 1, **more: str
) -> Iterator[Started]:
    """`estafet serve --demo`, from its first moment."""
    port = port or free_port()
    kind = ["--demo"] if demo else []
    command = [sys.executable, "-m", "cli", "serve", *kind, "--port", str(port), "--data", str(data)]
    command += ["--workers", str(workers)] if workers > 1 else []
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    service = Started(process=process, url=f"http://localhost:{port}", data=data, port=port)
    try:
        yield service
    finally:
        if process.poll() is None:
            service.stop()
        left = embedded.find(data / "pg")
        if left is not None:  # of a service that was killed
            embedded.stop(left)


def wait_ready(service: Started) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and service.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{service.url}/readyz") as answer:  # noqa: S310  # our own http URL
                assert answer.status == 200
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    service.process.kill()
    raise AssertionError(service.process.communicate()[1])


def postgres_of(data: Path) -> int | None:
    """The process of the folder's PostgreSQL, if it runs."""
    try:
        number = int((data / "pg" / "postmaster.pid").read_text().split()[0])
        os.kill(number, 0)
    except (OSError, ValueError):
        return None
    return number
