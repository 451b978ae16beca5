"""Habits that became checks. Each says what went wrong elsewhere for want of it."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from cli.demo import files
from tests.conftest import SOAK
from tests.house.sources import ROOT, modules, rooms_on_disk, told, tree

MOST_LINES = 300
MOST_FUNCTION_LINES = 40
LONGER_WITH_A_REASON: dict[str, str] = {}
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "monotonic"),
    ("time", "time_ns"),
    ("time", "gmtime"),
    ("time", "localtime"),
}
INPUT_OUTPUT = frozenset(
    [
        "os",
        "io",
        "socket",
        "subprocess",
        "asyncio",
        "threading",
        "multiprocessing",
        "urllib",
        "http",
        "pathlib",
        "shutil",
        "tempfile",
        "logging",
        "random",
        "sqlite3",
        "time",
    ]
)


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_every_module_opens_with_its_promise() -> None:
    silent = [told(p) for p in modules(*rooms_on_disk(), "tests") if not ast.get_docstring(tree(p))]
    assert silent == []


def test_no_module_grows_past_what_one_can_hold_in_mind() -> None:
    """The god module of a well-known codebase of this field has 4,216 lines."""
    long = {told(p): n for p in modules(*rooms_on_disk()) if (n := len(p.read_text().splitlines())) > MOST_LINES}
    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{told(path)}:{node.name}": length
        for path in modules(*rooms_on_disk())
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_FUNCTION_LINES
        and f"{told(path)}:{node.name}" not in LONGER_WITH_A_REASON
    }
    assert long == {}


def test_rules_and_evidence_never_look_at_a_clock() -> None:
    """A rule that reads the clock judges the same entry differently in the service and at the auditor's desk."""
    looks = [
        f"{told(path)}:{node.lineno}"
        for path in modules("casework", "ledger")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute)
        if ((node.value.id if isinstance(node.value, ast.Name) else node.value.attr), node.attr) in CLOCKS
    ]
    assert looks == []


def test_rules_and_evidence_do_no_input_or_output() -> None:
    reaches = []
    for path in modules("casework", "ledger"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
                continue
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            if {name.split(".")[0] for name in names} & INPUT_OUTPUT:
                reaches.append(f"{told(path)}:{node.lineno}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("open", "print"):
                reaches.append(f"{told(path)}:{node.lineno}")
    assert reaches == []


def ends_a_transaction(node: ast.expr) -> bool:
    """`.commit`, `.begin(` (leaving it commits) but for the journal's own, and SQL's or SQLAlchemy's words for it."""
    match node:
        case ast.Attribute(attr="commit"):
            return True
        case ast.Call(func=ast.Attribute(attr="begin", value=of)):
            return not (
                isinstance(of, ast.Name) and of.id == "journal"
            )  # the first entry, in a transaction given to it
        case ast.Constant(value=str(text)):
            return text.strip().upper() in ("COMMIT", "AUTOCOMMIT")
    return False


def test_nothing_commits_but_the_transaction() -> None:
    """A commit in a request's teardown once made half an act true elsewhere. Leaving `transaction()` commits."""
    commits = {
        told(path)
        for path in modules(*rooms_on_disk())
        for node in ast.walk(tree(path))
        if isinstance(node, ast.expr) and ends_a_transaction(node) and not told(path).startswith("ledger/")
    }
    assert commits == set(COMMITS_WITH_A_REASON)


COMMITS_WITH_A_REASON: dict[str, str] = {
    "database/transaction.py": "the transaction itself",
    "database/migrating.py": "a migration is one transaction of the schema's owner, before any act can be",
    "auth/endpoints.py": "the authorization server keeps its tokens apart from all acts, under a role of its own",
    "auth/resources.py": "one statement as the authorization role, atomic by itself: no round trips around it",
    "reading/snapshots.py": "an answer ends its own read-only transaction before its first byte leaves",
}


def test_no_exemption_is_without_its_reason() -> None:
    """`# type: ignore` and `# noqa` say why, on the same line, after two spaces and a hash."""
    bare = [
        f"{told(path)}:{number}"
        for path in modules(*rooms_on_disk(), "tests")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"#\s*(type: ignore|noqa|pragma: no)", line) and told(path) != "tests/house/test_habits.py"
        if not re.search(r"#\s*(type: ignore\[[\w,-]+\]|noqa: [\w, ]+|pragma: no (cover|branch))\s+#\s*\S", line)
    ]
    assert bare == []


def test_no_work_is_left_for_later_in_a_comment() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
    later = [
        f"{told(path)}:{number}"
        for path in modules(*rooms_on_disk(), "tests")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\b(" + "|".join(words) + r")\b", line)
    ]
    assert later == []


@pytest.mark.parametrize("room", sorted(rooms_on_disk()))
def test_every_room_has_its_tests(room: str) -> None:
    assert any((ROOT / "tests" / room).glob("test_*.py"))


def test_no_file_names_a_machine_or_a_registry() -> None:
    hosts = "|".join(["pypi" + r"\.org", "python" + "hosted", r"registry\.npm" + "js", r"deb\.debian"])
    machine = "|".join(["/ro" + "ot/", "/ho" + r"me/\w+/", "/wo" + "rk/"])
    kinds = (".py", ".md", ".toml", ".txt", ".ini", ".sql", ".json", ".graphql", ".html", ".js", ".css", "Makefile")
    named = [
        told(path)
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and path.name.endswith(kinds)
        if not any(part.startswith(".") or part.endswith(".egg-info") for part in path.relative_to(ROOT).parts)
        if re.search(f"{hosts}|{machine}", path.read_text())
    ]
    assert named == []


def test_make_soak_says_what_the_tests_listen_for() -> None:
    """A variable that nobody reads makes the long run a second short one."""
    recipe = re.search(r"^soak:.*\n\t(\w+)=(\w+) ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    assert recipe.groups() == (SOAK, "1")


@pytest.mark.parametrize("marked", [True, False])
def test_make_clean_removes_only_what_a_demo_made(tmp_path: Path, marked: bool) -> None:
    """`make clean DATA=..` takes any folder's name, also that of one's own documents."""
    data = tmp_path / "da ta"
    data.mkdir()
    (data / "letter").touch()
    if marked:
        files.claim(tmp_path / "made")
        (tmp_path / "made" / "demo").rename(data / "demo")
    make = ["make", "--silent", "--directory", str(ROOT), "clean", f"DATA={data}"]
    done = subprocess.run(make, capture_output=True, check=False)
    assert (done.returncode == 0) is marked
    assert data.exists() is not marked
