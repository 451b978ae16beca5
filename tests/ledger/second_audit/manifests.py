"""The cases of `tests/ledger/logs/manifest.json`, read as another language would read them (section 8).

Also by hand: `python -m tests.ledger.second_audit.manifests` tries them all and prints where the verdict is another.
"""

import base64
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ledger.second_audit import audits

FOLDER = Path(__file__).parents[1] / "logs"
Case = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """Files in memory."""

    files: dict[str, bytes]

    def read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def numbers(self, name: str) -> Sequence[int]:
        names = (path.removeprefix(f"{name}/") for path in self.files if path.startswith(f"{name}/"))
        return sorted(int(each) for each in names if each.isdecimal())


def log(name: str) -> dict[str, bytes]:
    """The files of a golden log."""
    root = FOLDER / name
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def cases() -> list[Case]:
    """All cases, in their order."""
    found: list[Case] = json.loads((FOLDER / "manifest.json").read_bytes())["cases"]
    return found


def spoiled(case: Case) -> Held:
    """The files of a case."""
    before = log(case["log"])
    now = dict(before)
    for path, change in case["files"].items():
        if change is None:
            del now[path]
            continue
        of, at = before.get(change["of"], b""), change["at"]
        now[path] = of[:at] + base64.b64decode(change["put"]) * change["times"] + of[at + change["cut"] :]
    return Held(now)


def expected(case: Case) -> Case:
    return {name: case[name] for name in ("exit", "findings", "disputed", "unjudged")}


def verdict(case: Case) -> Case:
    """What the second audit makes of a case."""
    try:
        found = audits.audit(spoiled(case), case["anchor"], case["receipts"])
    except audits.Unusable:
        return {"exit": 2, "findings": [], "disputed": [], "unjudged": 0}
    ordered = sorted(found.findings, key=lambda each: (each[0] is None, each[0] or 0, *each[1:]))
    return {
        "exit": found.exit,
        "findings": [list(each) for each in ordered],
        "disputed": sorted(map(list, found.disputed)),
        "unjudged": found.unjudged,
    }


def otherwise() -> Iterator[str]:
    """The cases of which the second audit thinks otherwise."""
    for case in cases():
        found = verdict(case)
        if found != expected(case):
            yield f"{case['name']}: {found} where the manifest has {expected(case)}"


if __name__ == "__main__":
    sys.stdout.write("\n".join([*otherwise(), f"{len(cases())} cases tried", ""]))
