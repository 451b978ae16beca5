"""`estafet audit verify` against the least it could do: a loop that verifies, parses and checks the canonical form.

    python -m benchmarks.verifying FOLDER --entries 1000000 --rounds 5

Promise: the loop goes over the same entries, in one process on one core; the command is run as a person would, and its
speed is told as a part of the loop's times the cores. Everything else that it does (hash and tree, register of keys,
order, every rule of the field, findings) is what it may cost beside.
Rules: the loop is what a stranger would write: PyNaCl's verification, `json`, and `rfc8785` for whether leaf and body
are canonical. It is made twice: so, and with the quicker strict reading of `ledger.canonical`; the aim is of the first.
Elsewhere: the log, `benchmarks.logs`; whole processes and their memory, `benchmarks.auditing`.
"""

import argparse
import base64
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rfc8785
from nacl.signing import VerifyKey

from benchmarks import auditing, logs, reports
from benchmarks.meters import Aim, Spread, ratio
from cli.audit.folders import Folder
from ledger import canonical, cuts, envelopes, statements, tiles
from ledger.statements import AgreementAdopted, KeyAdded

PART = 20_000  # entries of one turn of the loop
MOST_MB = 400


def leaves(folder: Path, first: int, count: int) -> Iterator[bytes]:
    """The leaves of so many entries, whole bundles."""
    files = Folder(folder)
    for number in range(first // tiles.WIDTH, (first + count) // tiles.WIDTH):
        content = files.read(tiles.Tile(None, number).path())
        assert content is not None
        yield from (cut.leaf for cut in cuts.cut(content))


def keys(folder: Path) -> dict[str, VerifyKey]:
    """Every key that the first entries of the log tell of."""
    found: dict[str, VerifyKey] = {}
    for leaf in leaves(folder, 0, tiles.WIDTH):
        envelope = envelopes.parse(canonical.parse(leaf)["env"])  # type: ignore[call-overload,index]  # an object
        told = statements.parse(envelope.payload)
        if isinstance(told, AgreementAdopted):
            found |= {f"{each.party}/root": VerifyKey(bytes.fromhex(each.root_key)) for each in told.parties}
            found["HOST/host"] = VerifyKey(bytes.fromhex(told.host_key))
        elif isinstance(told, KeyAdded):
            found[told.name] = VerifyKey(bytes.fromhex(told.public))
    return found


def stock(text: bytes) -> Any:
    """Parsed, and in canonical form, by the usual libraries."""
    found = json.loads(text)
    if rfc8785.dumps(found) != text:
        raise SystemExit("a text that is not canonical")
    return found


def loop(some: list[bytes], known: dict[str, VerifyKey], parse: Callable[[bytes], Any]) -> float:
    """Entries a second."""
    began = time.perf_counter()
    for leaf in some:
        envelope = parse(leaf)["env"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        body = parse(payload)
        signed = envelopes.pae(envelope["payloadType"], payload)
        known[body["key"]].verify(signed, base64.b64decode(envelope["signatures"][0]["sig"], validate=True))
    return len(some) / (time.perf_counter() - began)


def measured(folder: Path, size: int, rounds: int) -> dict[str, list[Any]]:
    """The loop, the command and the loop again, by turns."""
    known, some = keys(folder), list(leaves(folder, tiles.WIDTH, min(PART, size // 2)))
    command = [str(Path(sys.executable).parent / "estafet"), "audit", "verify", str(folder)]
    command += ["--anchor", auditing.anchor(folder)]
    found: dict[str, list[Any]] = {"stock": [], "strict": [], "verify": [], "runs": []}
    for number in range(rounds):
        before = loop(some, known, stock), loop(some, known, canonical.parse)
        run = auditing.run(command)
        after = loop(some, known, stock), loop(some, known, canonical.parse)
        found["stock"].append((before[0] + after[0]) / 2)
        found["strict"].append((before[1] + after[1]) / 2)
        found["verify"].append(size / run.wall)
        found["runs"].append(asdict(run))
        told = f"the loop {found['stock'][-1]:,.0f} a second, verify {found['verify'][-1]:,.0f}, {run.tree:.0f} MB"
        sys.stderr.write(f"round {number + 1} of {rounds}: {told}\n")
    return found


def aims(found: dict[str, list[Any]]) -> list[Aim]:
    cores = len(os.sched_getaffinity(0))
    most = Spread.of([run["tree"] for run in found["runs"]])
    return [
        Aim(
            name=f"`audit verify`, against {cores} cores times the loop",
            wanted=0.8,
            found=ratio(found["verify"], [cores * each for each in found["stock"]]),
        ),
        Aim(name="memory of all its processes, MB", wanted=MOST_MB, found=most, at_most=True),
    ]


def told(found: dict[str, list[Any]], size: int) -> str:
    """The table."""
    lines = ["| | entries a second |", "|---|---|"]
    for name, what in (
        ("loop of the usual libraries, one core", "stock"),
        ("loop with `ledger.canonical`, one core", "strict"),
        (f"`audit verify`, {size:,} entries", "verify"),
    ):
        lines.append(f"| {name} | {Spread.of(found[what]).told(',.0f')} |")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Measure the auditor's verification against a bare loop.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--entries", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--results", type=Path)
    given = asked.parse_args()
    found = measured(logs.made(given.folder, given.entries), given.entries, given.rounds)
    sys.stdout.write(f"{told(found, given.entries)}\n\n{reports.aimed(aims(found))}\n")
    if given.results is not None:
        reports.keep(given.results, "verify", {**found, "entries": given.entries}, aims(found))


if __name__ == "__main__":
    main()
