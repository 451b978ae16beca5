"""The threat model names what exists: every threat has its five lines, every file and every test is there.

Promise: a renamed test or a moved file is noticed here. Whether a test shows what is said of it, no test can tell.
"""

import ast
import re
from functools import cache

import pytest

from tests.house.sources import ROOT, rooms_on_disk, tree

TEXT = (ROOT / "docs" / "threat-model.md").read_text()
ROW = re.compile(r"^\| T(\d+) \| (.+) \| (held|in part|not held) \|$", re.MULTILINE)
LABELS = ["Attacker", "At stake", "Held by", "Not held", "Shown by"]
OF_THE_EVIDENCE = [
    "Fork, split view",
    "Rewriting, also by the database's superuser",
    "Dropped after acceptance",
    "Refused or delayed without reason",
    "Back-dating",
    "Publisher restored from a backup",
    "Stolen statement key",
    "Replay: again, in another log, as something else",
    "Guessing or linking a person from the log",
    "Host altered to sign for an officer",
    "Host read while running",
    "Keys lost, or thrown away with backups",
]


def chapters() -> dict[str, str]:
    """What is said of each threat, by its heading."""
    parts = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0]: re.split(r"^## ", part, flags=re.MULTILINE)[0] for part in parts}


def said(chapter: str) -> dict[str, str]:
    """The lines of one threat, by their labels."""
    found = re.split(r"^- \*\*([^*]+):\*\*", chapter, flags=re.MULTILINE)[1:]
    return {label: text.strip() for label, text in zip(found[::2], found[1::2], strict=True)}


@cache
def collected(path: str) -> frozenset[str]:
    """The tests that pytest would collect of a file: functions of the module, none within another."""
    if not (ROOT / path).is_file():
        return frozenset()
    body = tree(ROOT / path).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_the_list_has_every_threat_to_the_evidence_and_its_numbers_have_no_gap() -> None:
    rows = ROW.findall(TEXT)
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1))
    assert [title for _, title, _ in rows][: len(OF_THE_EVIDENCE)] == OF_THE_EVIDENCE
    assert len(rows) == len(re.findall(r"^\| T\d", TEXT, re.MULTILINE))


def test_every_threat_of_the_list_is_told_in_its_order_and_no_other() -> None:
    assert list(chapters()) == [f"T{number} {title}" for number, title, _ in ROW.findall(TEXT)]


@pytest.mark.parametrize("title", chapters())
def test_each_threat_says_what_is_had_at_stake_held_not_held_and_shown(title: str) -> None:
    lines = said(chapters()[title])
    assert list(lines) == LABELS
    assert all(lines.values())
    standing = {f"T{number} {name}": word for number, name, word in ROW.findall(TEXT)}[title]
    assert standing != "held" or re.search(r"`[a-z_]+/[\w/]+\.py`", lines["Held by"])
    assert len(re.findall(r"::test_", lines["Shown by"])) >= 1


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
    assert len(named) == TEXT.count("::")
    assert [f"{path}::{name}" for path, name in named if name not in collected(path)] == []


def test_no_test_is_named_twice_for_one_threat() -> None:
    for title, chapter in chapters().items():
        named = re.findall(r"`(tests/[\w/]+\.py::\w+)`", chapter)
        assert len(named) == len(set(named)), title


def test_every_file_that_is_named_exists() -> None:
    rooms = "|".join(sorted(rooms_on_disk() | {"docs", "tests"}))
    named = re.findall(rf"`((?:{rooms})/[\w./-]+)`", TEXT)
    assert len(named) > len(chapters())
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_every_rule_that_is_named_is_in_the_format() -> None:
    format_ = (ROOT / "docs" / "ledger-format.md").read_text()
    cited = set(re.findall(r"\b([FVOA]\d+)\b", TEXT))
    assert cited
    assert cited <= set(re.findall(r"^- \*\*([FVOA]\d+)\*\*", format_, re.MULTILINE))
