"""audit verify on a whole log and on spoiled copies: what is wrong is found and named, and the exit code says so."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from ledger import entries, tiles
from tests.ledger import golden

ROOT = Path(__file__).parents[2]
LOG = golden.legal()
ANCHOR = entries.anchor(LOG.leaves[0])
BUNDLE = f"tile/entries/000.p/{len(LOG.leaves)}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return LOG.shelf.lay(tmp_path / "copy")


def verify(copy: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    code = main(["audit", "verify", str(copy), "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def test_a_true_copy_is_clean(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, verdict = verify(copy, capsys, "--anchor", ANCHOR)
    assert (code, verdict["exit"], verdict["findings"]) == (0, 0, [])
    assert verdict["size"] == len(LOG.leaves)
    assert verdict["handovers"] == {"agree": 3, "disagree": 1, "refused": 1}
    assert verdict["parties"]["ID-JK"] == 6
    assert verdict["earlierCheckpoints"] == 3
    assert {line["key"]: line["last"] for line in verdict["keys"]} == LOG.last_of_key
    assert sum(line["statements"] for line in verdict["keys"]) == verdict["size"] - 1  # entry 0 is no single key's


def test_without_an_anchor_a_true_copy_is_only_consistent(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", str(copy)]) == 3
    assert "whose log this is was not checked" in capsys.readouterr().out.replace("\n", " ")
    assert not (copy / "anchor").exists()


def test_the_anchor_is_remembered(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify(copy, capsys, "--anchor", ANCHOR)
    assert verify(copy, capsys)[0] == 0


def test_an_anchor_of_another_log_is_a_finding_and_not_remembered(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, verdict = verify(copy, capsys, "--anchor", "ab" * 32)
    assert code == 1
    assert [(found["index"], found["rule"]) for found in verdict["findings"]] == [(0, "V16")]
    assert not (copy / "anchor").exists()


def changed(copy: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    leaves = list(tiles.unbundle((copy / BUNDLE).read_bytes()))
    (copy / BUNDLE).write_bytes(tiles.bundle(change(leaves)))


def byte(index: int) -> Callable[[list[bytes]], list[bytes]]:
    def change(leaves: list[bytes]) -> list[bytes]:
        leaf = bytearray(leaves[index])
        place = leaf.index(b'"payload":"') + 40
        leaf[place] = ord("A") if leaf[place] != ord("A") else ord("B")
        return [*leaves[:index], bytes(leaf), *leaves[index + 1 :]]

    return change


SPOILED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int]] = {
    "one byte changed": (byte(16), 16),
    "the last entry changed": (byte(38), 38),
    "the first entry changed": (byte(0), 0),
    "an entry dropped": (lambda leaves: [*leaves[:12], *leaves[13:]], 12),
    "two entries exchanged": (lambda leaves: [*leaves[:20], leaves[21], leaves[20], *leaves[22:]], 20),
    "an entry repeated over another": (lambda leaves: [*leaves[:25], leaves[24], *leaves[26:]], 25),
}


@pytest.mark.parametrize("what", list(SPOILED))
def test_a_spoiled_copy_is_caught_and_the_entry_named(
    what: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, index = SPOILED[what]
    changed(copy, change)
    code, verdict = verify(copy, capsys, "--anchor", ANCHOR)
    assert code == 1
    assert index in [found["index"] for found in verdict["findings"]]
    assert all(found["rule"].startswith("V") for found in verdict["findings"])


def test_findings_stand_first_on_the_screen(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(copy, byte(16))
    assert main(["audit", "verify", str(copy), "--anchor", ANCHOR]) == 1
    shown = capsys.readouterr().out
    assert shown.index("16") < shown.index("what is wrong") + 200
    assert shown.index("what is wrong") < shown.index("checkpoints")
    assert "finding" in shown.splitlines()[-1]


def test_a_folder_without_a_log_is_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", str(tmp_path)]) == 2
    assert "holds no checkpoint" in capsys.readouterr().err.replace("\n", " ")
    assert main(["audit", "verify", str(tmp_path / "nowhere")]) == 2


def test_an_anchor_that_is_none_is_unusable(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", str(copy), "--anchor", "xyz"]) == 2


def test_an_auditor_needs_only_the_evidence_the_rules_and_this_command(copy: Path, tmp_path: Path) -> None:
    """The three folders alone, in a process that knows no others."""
    alone = tmp_path / "alone"
    for room in ("ledger", "casework", "cli/audit"):
        shutil.copytree(ROOT / room, alone / room, ignore=shutil.ignore_patterns("__pycache__"))
    (alone / "cli" / "__init__.py").write_bytes((ROOT / "cli" / "__init__.py").read_bytes())
    script = (
        f"import sys, runpy; sys.path.insert(0, {str(alone)!r}); sys.dont_write_bytecode = True\n"
        # Where the project is installed for editing, its rooms could be found from anywhere.
        "sys.meta_path = [each for each in sys.meta_path if 'editable' not in getattr(each, '__module__', '')]\n"
        "assert __import__('importlib.util').util.find_spec('operations') is None\n"
        "runpy.run_module('cli.audit', run_name='__main__', alter_sys=True)"
    )
    command = [sys.executable, "-I", "-c", script, "verify", str(copy), "--anchor", ANCHOR]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "clean" in done.stdout


def test_the_auditors_command_loads_nothing_of_the_service(copy: Path) -> None:
    script = (
        "import sys; from cli.main import main\n"
        f"code = main(['audit', 'verify', {str(copy)!r}, '--anchor', {ANCHOR!r}])\n"
        "ours = {'api', 'auth', 'database', 'operations', 'reading', 'schema', 'settings', 'console'}\n"
        "theirs = {'sqlalchemy', 'strawberry', 'graphql', 'starlette', 'uvicorn', 'asyncpg', 'authlib', 'joserfc'}\n"
        "loaded = {name.partition('.')[0] for name in sys.modules} & (ours | theirs)\n"
        "assert not loaded, loaded\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_cores_come_to_the_same_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log of nine bundles, so that other processes take part."""
    log = golden.founded()
    for number in range(9 * 256 // 6 - 1):
        golden.hand_over(log, "ID-JK", "ID-JI", golden.referral(number))
    log.publish()
    log.shelf.lay(tmp_path)
    code, verdict = verify(tmp_path, capsys, "--anchor", ANCHOR)
    assert (code, verdict["size"]) == (0, len(log.leaves))
    bundle = tmp_path / "tile/entries/004"
    spoiled = bytearray(bundle.read_bytes())
    spoiled[3000] ^= 1
    bundle.write_bytes(spoiled)
    code, verdict = verify(tmp_path, capsys)
    assert code == 1
    assert 1024 <= verdict["findings"][0]["index"] < 1280


def test_an_audit_tells_who_cosigned_and_how_many_would_have_to_lie_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = golden.watched()
    log.add_key("ID-JK", 7)
    log.publish()
    log.cosign(golden.WITNESSES[1])
    folder, anchor = log.shelf.lay(tmp_path), entries.anchor(log.leaves[0])
    code, verdict = verify(folder, capsys, "--anchor", anchor)
    assert (code, verdict["findings"]) == (0, [])
    assert verdict["witnesses"] == {
        "named": list(golden.WITNESSES), "quorum": 2, "colluding": 1, "newest": [golden.WITNESSES[1]],
        "cosignatures": 4, "checkpoints": 1, "uncovered": 1, "wrong": [],
    }  # fmt: skip
    assert main(["audit", "verify", str(folder)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 of 3 cosigned this checkpoint; the quorum is 2" in said
    assert "1 must collude, beside the host" in said
    assert "1 entry at the end was not seen by a quorum yet" in said


def test_an_entry_that_the_witnesses_saw_before_it_was_made_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = golden.watched()
    size = len(log.leaves)
    log.at += timedelta(days=1)
    log.add_key("ID-JK", 7)
    log.publish()
    log.cosign(*golden.WITNESSES, at=log.at - timedelta(hours=5))
    code, verdict = verify(log.shelf.lay(tmp_path), capsys)
    assert (code, [(found["index"], found["rule"]) for found in verdict["findings"]]) == (1, [(size, "V27")])
