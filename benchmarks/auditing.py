"""`estafet audit verify` and `estafet audit obligations` over one log, whole processes, by turns.

    python -m benchmarks.auditing FOLDER --entries 100000 --runs 3

Promise: each command is run as a person would, in turn with the other, and told with its least, middle and largest
figure; the ratio is taken pair by pair, so that a machine that slows down slows both.
Rules: memory is the proportional set size of the command and all its workers together (what they share is counted
once), sampled twice a second, and beside it the kernel's own figure for the largest single process.
Elsewhere: the log, `benchmarks.logs`.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types

from benchmarks import logs
from ledger import cuts, entries, tiles

EVERY = 0.5  # seconds between two looks at the memory
TICK = 0.02  # seconds between two looks whether it has ended
MB = 1e6


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a command took."""

    wall: float
    cpu: float
    tree: float  # MB, all processes together, at most
    single: float  # MB, the largest process, at most


def run(command: list[str]) -> Run:
    """Run a command to its end."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    watched, most = psutil.Process(process.pid), 0
    looked = began - EVERY
    while True:
        waited, status, usage = os.wait4(process.pid, os.WNOHANG)
        if waited:
            break
        if time.monotonic() - looked >= EVERY:
            most, looked = max(most, _together(watched)), time.monotonic()
        time.sleep(TICK)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):  # 3: nobody said whose log this must be
        told = process.stderr.read().decode() if process.stderr else ""
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}\n{told}")
    return Run(wall, usage.ru_utime + usage.ru_stime, most / MB, usage.ru_maxrss * 1024 / MB)


def _together(process: psutil.Process) -> int:
    """The memory of a process and all that descend from it; shared pages are shared out."""
    total = 0
    try:
        for each in (process, *process.children(recursive=True)):
            try:
                total += each.memory_full_info().pss
            except psutil.Error:
                continue  # it has just ended
    except psutil.Error:
        pass
    return total


def anchor(folder: Path) -> str:
    """The log's trust anchor, as a province's letter would tell it."""
    first = (folder / tiles.Tile(None, 0).path()).read_bytes()
    return entries.anchor(cuts.cut(first)[0].leaf)


def measured(folder: Path, runs: int) -> dict[str, list[Run]]:
    """Both commands by turns."""
    estafet = str(Path(sys.executable).parent / "estafet")
    commands = {
        "verify": [estafet, "audit", "verify", str(folder), "--anchor", anchor(folder)],
        "obligations": [estafet, "audit", "obligations", str(folder), "--anchor", anchor(folder)],
    }
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(runs):
        for name, command in commands.items():
            found[name].append(run(command))
            sys.stderr.write(f"{number + 1} of {runs}: {name} {found[name][-1].wall:.1f} s\n")
    return found


def spread(figures: list[float], form: str = ".1f") -> str:
    """Middle, and between which."""
    return f"{statistics.median(figures):{form}} ({min(figures):{form}} to {max(figures):{form}})"


def told(found: dict[str, list[Run]], size: int) -> str:
    """The table."""
    lines = [
        "| command | wall, s | CPU, s | entries a second | memory of all processes, MB | of the largest, MB |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in found.items():
        figures = (
            spread([each.wall for each in runs]),
            spread([each.cpu for each in runs]),
            f"{size / statistics.median(each.wall for each in runs):,.0f}",
            f"{max(each.tree for each in runs):.0f}",
            f"{max(each.single for each in runs):.0f}",
        )
        lines.append(f"| `audit {name}` | {' | '.join(figures)} |")
    pairs = list(zip(found["verify"], found["obligations"], strict=True))
    wall, cpu = ([getattr(b, of) / getattr(a, of) for a, b in pairs] for of in ("wall", "cpu"))
    lines.append(f"\n`audit obligations` takes {spread(wall, '.2f')} times as long as `audit verify`,")
    lines.append(f"and {spread(cpu, '.2f')} times the processor time, which others on the machine disturb less.")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Measure the auditor's commands on a log.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--entries", type=int, default=100_000)
    asked.add_argument("--runs", type=int, default=3)
    given = asked.parse_args()
    folder = logs.made(given.folder, given.entries)
    sys.stdout.write(f"{given.entries:,} entries\n\n{told(measured(folder, given.runs), given.entries)}\n")


if __name__ == "__main__":
    main()
