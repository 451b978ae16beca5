"""The list of what must be refused names tests that exist, and each of them looks whether something has changed.

Promise: a renamed test or story is noticed here. Whether a test shows what is said of it, no test can tell.
Elsewhere: the list, `refusals.toml`; the threats that these are the small change of, `docs/threat-model.md`.
"""

import ast
import re
import tomllib
from functools import cache

import pytest

from tests.house.sources import ROOT, tree

FILE = ROOT / "tests" / "house" / "refusals.toml"
NAMED = re.compile(r"([\w/]+\.py)::(\w+)(?:\[(.+)\])?")
# How the rooms' tests see that nothing has changed: what access keeps, a digest of all tables, or a witness of it.
WITNESSES = frozenset({"kept", "digest", "casework", "unchanged"})
WITNESS_OF_ACTS = "refused"  # of tests/operations/conftest.py


@cache
def listed() -> dict[str, dict[str, str]]:
    """By chapter: what must be refused, and the test that shows it."""
    told = tomllib.loads(FILE.read_text())
    return {chapter: rows for chapter, rows in told.items() if chapter not in ("accepting", "open")}


ROWS = [(chapter, case, named) for chapter, rows in listed().items() for case, named in rows.items()]


@cache
def functions(path: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a file of tests."""
    body = tree(ROOT / "tests" / path).body if (ROOT / "tests" / path).is_file() else []
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("chapter", "case", "named"), ROWS, ids=[f"{c}: {r}" for c, r, _ in ROWS])
def test_each_refusal_names_a_test_and_a_story_that_are_there(chapter: str, case: str, named: str) -> None:
    found = NAMED.fullmatch(named)
    assert found is not None, named
    path, name, story = found.groups()
    assert name in functions(path), f"{chapter}, {case}: {named}"
    if story is not None:
        texts = {node.value for node in ast.walk(tree(ROOT / "tests" / path)) if isinstance(node, ast.Constant)}
        assert story in texts, f"{chapter}, {case}: no story of this name in {path}"


def test_each_refusal_is_shown_to_change_nothing() -> None:
    accepting = set(tomllib.loads(FILE.read_text())["accepting"]["tests"])
    without = []
    for _, _, named in ROWS:
        path, name, _ = NAMED.fullmatch(named).groups()  # type: ignore[union-attr]  # the test above
        if f"{path}::{name}" not in accepting and not _witnessed(path, name):
            without.append(f"{path}::{name}")
    assert not without, "\n".join(sorted(set(without)))


def _witnessed(path: str, name: str) -> bool:
    nodes = list(ast.walk(functions(path)[name]))
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    return bool(names & WITNESSES) or (path.startswith("operations/") and WITNESS_OF_ACTS in names)


def test_what_is_not_held_says_why() -> None:
    assert all(len(reason) > 40 for reason in tomllib.loads(FILE.read_text())["open"].values())
