"""The house keeps its rooms: none slips past the import contracts, none is shadowed, none is a junk drawer."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import NOT_ROOMS, ROOT, configuration, modules, rooms_on_disk, told, tree

JUNK_DRAWERS = frozenset(
    [
        "utils",
        "util",
        "helpers",
        "helper",
        "common",
        "commons",
        "kit",
        "base",
        "manager",
        "managers",
        "service",
        "services",
        "misc",
        "lib",
        "core",
        "shared",
        "tools",
        "handlers",
        "processors",
        "models",
        "stuff",
    ]
)
VAGUE_VERBS = ("process_", "handle_", "manage_", "do_")


def test_the_import_contracts_govern_every_room_on_disk() -> None:
    assert set(configuration()["tool"]["importlinter"]["root_packages"]) == rooms_on_disk()


def test_every_room_is_typed_and_packaged() -> None:
    assert set(configuration()["tool"]["mypy"]["packages"]) == rooms_on_disk() | {"tests", "benchmarks"}
    packaged = configuration()["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {pattern.rstrip("*") for pattern in packaged} == rooms_on_disk()


def test_nothing_that_is_shipped_needs_the_benchmarks() -> None:
    imported = [
        f"{told(path)}:{node.lineno}"
        for path in modules(*rooms_on_disk())
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "benchmarks")
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "benchmarks" for name in node.names))
    ]
    assert imported == []


def test_our_schema_is_not_shadowed_by_another_package_of_that_name() -> None:
    """PyPI has a package called `schema`; once installed, `import schema` could find it instead of the public
    language, and everything would fail far from the cause."""
    for room in rooms_on_disk():
        found = importlib.util.find_spec(room)
        assert found is not None
        assert found.origin is not None
        assert Path(found.origin).is_relative_to(ROOT), f"{room} is imported from {found.origin}"


def test_no_dependency_brings_a_package_named_like_a_room() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        names = {line.split("==")[0] for line in lock.read_text().splitlines() if "==" in line and line[0].isalnum()}
        assert not names & rooms_on_disk(), told(lock)


def test_no_module_and_no_folder_is_a_junk_drawer() -> None:
    drawers = [
        told(path)
        for path in modules(*rooms_on_disk(), "tests")
        if path.stem in JUNK_DRAWERS or JUNK_DRAWERS & set(path.relative_to(ROOT).parts[:-1])
    ]
    assert drawers == []


def test_no_function_hides_what_it_does_behind_a_vague_verb() -> None:
    # cli.protocols, cli.connect.sockets: the names under which the libraries call them
    theirs = {"handle_ping", "handle_events", "process_redirect"}
    vague = [
        f"{told(path)}:{node.lineno} {node.name}"
        for path in modules(*rooms_on_disk())
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith(VAGUE_VERBS)
        and node.name not in theirs
    ]
    assert vague == []


def test_a_folder_that_is_not_a_room_is_named_here() -> None:
    folders = {f.name for f in ROOT.iterdir() if f.is_dir() and not f.name.startswith(".")}
    assert {f for f in folders if not f.endswith(".egg-info")} - NOT_ROOMS == rooms_on_disk()


@pytest.mark.parametrize("room", ["casework", "ledger"])
def test_a_pure_room_imports_in_a_process_that_has_nothing_else_of_ours(room: str, tmp_path: Path) -> None:
    """The contract is about imports as written; this runs them."""
    for name in ("casework", "ledger"):
        (tmp_path / name).symlink_to(ROOT / name)
    modules_of = [told(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in modules(room)]
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport " + ", ".join(modules_of)
    program += "\nbad = {'sqlalchemy', 'starlette', 'asyncpg', 'graphql', 'settings', 'database'} & set(sys.modules)"
    program += "\nassert not bad, bad"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
