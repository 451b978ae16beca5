"""The project's own source as data, for the house's tests: files, syntax trees, rooms."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOT_ROOMS = frozenset({"tests", "docs", "requirements", "build", "dist", "benchmarks"})


@cache
def configuration() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def rooms_on_disk() -> set[str]:
    """Every top-level folder that holds Python, but for the tests and the benchmarks."""
    return {
        folder.name
        for folder in ROOT.iterdir()
        if folder.is_dir() and not folder.name.startswith(".") and folder.name not in NOT_ROOMS
        if any(folder.rglob("*.py"))
    }


def modules(*rooms: str) -> Iterator[Path]:
    """The Python files of these rooms, in a stable order."""
    for room in rooms:
        yield from sorted(path for path in (ROOT / room).rglob("*.py") if "__pycache__" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text())


def told(path: Path) -> str:
    """A file's address within the project."""
    return path.relative_to(ROOT).as_posix()
