"""audit obligations on whole logs and spoiled ones: what was owed, as of when, and how far to rely on it."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from cli.audit.obligations import documents
from cli.main import main
from ledger import entries, instants, tiles, verifier
from ledger.dockets import Docket
from tests.cli.listeners import credentials_for, served
from tests.ledger import golden

ROOT = Path(__file__).parents[2]


def story() -> golden.Log:
    """Six referrals, four handovers; a day on, two things have not been done, for less than a day."""
    log, referral = golden.founded(), golden.referral
    golden.hand_over(log, "ID-JK", "ID-JI", referral(1))
    log.send("ID-BA", "ID-NT", referral(2))
    log.decline("ID-NT", referral(2))
    log.send("ID-BT", "ID-LA", referral(3))
    log.withdraw("ID-BT", referral(3))
    log.send("ID-YO", "ID-JT", referral(4))
    log.accept("ID-JT", referral(4))
    log.certify("ID-YO", referral(4))
    log.refuse("ID-JT", referral(4), log.release("ID-YO", "ID-JT", referral(4)))
    log.certify("ID-YO", referral(4))
    log.receive("ID-JT", referral(4), log.release("ID-YO", "ID-JT", referral(4)), agrees=False)
    log.send("ID-NB", "ID-BA", referral(5))
    log.at += timedelta(hours=25)
    golden.hand_over(log, "ID-JB", "ID-JT", referral(6))
    log.publish()
    return log


LOG = story()
ANCHOR = entries.anchor(LOG.leaves[0])
END = instants.spell(LOG.at)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return LOG.shelf.lay(tmp_path / "copy")


@pytest.fixture
def spoiled(copy: Path) -> Path:
    """A copy with one byte of entry 16 changed."""
    bundle = copy / f"tile/entries/000.p/{len(LOG.leaves)}"
    leaves = list(tiles.unbundle(bundle.read_bytes()))
    place = leaves[16].index(b'"payload":"') + 40
    leaves[16] = leaves[16][:place] + (b"B" if leaves[16][place] == ord("A") else b"A") + leaves[16][place + 1 :]
    bundle.write_bytes(tiles.bundle(leaves))
    return copy


Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Exit code, stdout and stderr of the command."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["audit", "obligations", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def rows(told: Told, *words: object) -> list[dict[str, Any]]:
    document: dict[str, Any] = json.loads(told(*words, "--anchor", ANCHOR, "--json")[1])
    listed: list[dict[str, Any]] = document["rows"]
    return listed


def test_a_true_log_tells_what_was_owed_and_what_became_of_it(copy: Path, told: Told) -> None:
    """Two obligations for each of six referrals, two more for each of four handovers."""
    listed = rows(told, copy)
    assert len(listed) == 20
    assert [row["index"] for row in listed] == sorted(row["index"] for row in listed)
    owing = [(row["kind"], row["debtor"], row["creditor"]) for row in listed if row["state"] == "BREACHED"]
    assert owing == [
        ("discrepancy.answer", "ID-YO", "ID-JT"),  # received in worse condition, and nobody has answered for it
        ("referral.acknowledge", "ID-BA", "ID-NB"),  # nobody ever looked at it
    ]
    assert [row["kind"] for row in listed if row["state"] == "OPEN"] == ["referral.decide"]
    assert sum(row["state"] == "MET" for row in listed) == 17
    withdrawn = [row["ending"] for row in listed if (row["debtor"], row["clause"]) == ("ID-LA", "coordination")]
    assert withdrawn == ["RELEASED", "RELEASED"]
    refused = [row["endedKind"] for row in listed if row["kind"] == "handover.receipt"]
    assert sorted(refused) == ["handover.received"] * 3 + ["handover.refused"]


def test_every_row_of_the_walk_is_told_field_by_field(tmp_path: Path, told: Told) -> None:
    """A log with every kind of entry: waivers, pauses, papers, outages, notices."""
    log, docket = golden.legal(), Docket()
    verifier.verify(log.shelf, docket=docket)
    walked = list(docket.rows(log.at))
    copy = log.shelf.lay(tmp_path / "copy")
    document = json.loads(told(copy, "--anchor", entries.anchor(log.leaves[0]), "--json")[1])
    assert document["standing"] == "verified"
    assert document["rows"] == [json.loads(json.dumps(documents.row(row))) for row in walked]
    assert {"MET", "WAIVED"} < {row["state"] for row in document["rows"]}
    assert any(row["enteredLate"] for row in document["rows"])
    assert any(row["stops"] for row in document["rows"])
    assert any(row["notedBy"] for row in document["rows"])
    sheet = list(csv.DictReader(io.StringIO(told(copy, "--format", "csv")[1], newline="")))
    stops = [" ".join(f"{stop['from']}/{stop['until']}" for stop in row["stops"]) for row in document["rows"]]
    assert [line["stops"] for line in sheet] == stops
    assert f"of these, {sum(row.entered_late for row in walked)} met are entered late by paper" in told(copy)[1]
    assert "<h2>Dihitung tersendiri</h2>" in told(copy, "--format", "html")[1]


def test_the_four_formats_tell_the_same(copy: Path, told: Told) -> None:
    listed = rows(told, copy)
    sheet = list(csv.DictReader(io.StringIO(told(copy, "--format", "csv")[1], newline="")))
    for row, line in zip(listed, sheet, strict=True):
        for name in ("kind", "clause", "debtor", "creditor", "referral", "term", "openedBy", "dueAt", "state"):
            assert line[name] == row[name]
        assert line["endedAt"] == (row["endedAt"] or "")
    shown = told(copy)[1]
    assert "overdue: 2" in shown
    party = next(line for line in shown.splitlines() if line.startswith("Jawa Tengah"))
    assert party.split()[-1] == str(sum(row["debtor"] == "ID-JT" for row in listed))
    assert "20 of 20: terms are proposals of the data, not rules of the agreement" in shown
    page = told(copy, "--format", "html")[1]
    assert page.startswith("<!doctype html>")
    assert "Jawa Tengah" in page
    assert f"estafet audit obligations DIR --anchor HEX --as-of {END}" in page


def test_it_is_json_either_way_and_two_formats_are_one_too_many(copy: Path, told: Told) -> None:
    assert told(copy, "--json")[1] == told(copy, "--format", "json")[1] == told(copy, "--json", "--format", "json")[1]
    code, out, err = told(copy, "--json", "--format", "csv")
    assert (code, out) == (2, "")
    assert "ask for one" in err


def test_exit_codes_are_those_of_verify(copy: Path, tmp_path: Path, told: Told) -> None:
    assert told(copy)[0] == 3
    assert told(copy, "--anchor", ANCHOR)[0] == 0
    assert told(copy)[0] == 0  # the anchor is remembered
    assert told(copy, "--anchor", "ab" * 32)[0] == 1
    assert told(tmp_path / "nowhere")[0] == 2
    assert told(copy, "--anchor", "xyz")[0] == 2


def test_without_an_anchor_it_says_that_nobody_checked_whose_log_it_is(copy: Path, told: Told) -> None:
    assert "whose log this is was not checked" in told(copy)[1].replace("\n", " ")
    assert json.loads(told(copy, "--json")[1])["standing"] == "unanchored"


def test_of_a_spoiled_log_the_findings_come_first_and_the_table_is_marked(spoiled: Path, told: Told) -> None:
    code, shown, _ = told(spoiled, "--anchor", ANCHOR)
    assert code == 1
    assert shown.index("what is wrong") < shown.index("do not rely on it") < shown.index("owed by")
    assert "not to be relied on" in shown.splitlines()[-1]


@pytest.mark.parametrize("form", ["json", "csv", "html"])
def test_other_formats_are_marked_too_and_the_findings_are_on_stderr(spoiled: Path, told: Told, form: str) -> None:
    code, out, err = told(spoiled, "--anchor", ANCHOR, "--format", form)
    assert code == 1
    assert "16" in err
    assert "do not rely on it" in err.replace("\n", " ")
    if form == "html":
        first = out[out.index("<article") :]
        assert first.index("Temuan") < first.index("<h1>")
    else:
        assert "unreliable" in out


def test_as_of_an_instant_is_the_account_of_the_log_as_it_was_then(tmp_path: Path, told: Told) -> None:
    """The same rows, whether the log ended there or went on."""
    log = golden.founded()
    golden.hand_over(log, "ID-JK", "ID-JI", golden.referral(1))
    log.send("ID-BA", "ID-NT", golden.referral(2))
    log.publish()
    then, anchor = instants.spell(log.at), entries.anchor(log.leaves[0])
    before = json.loads(told(log.shelf.lay(tmp_path / "then"), "--anchor", anchor, "--json")[1])
    log.decline("ID-NT", golden.referral(2))
    golden.hand_over(log, "ID-JB", "ID-JT", golden.referral(3))
    log.publish()
    after = json.loads(told(log.shelf.lay(tmp_path / "now"), "--anchor", anchor, "--json", "--as-of", then)[1])
    assert before["asOf"] == after["asOf"] == then
    assert before["rows"] == after["rows"]
    assert before["summary"] == after["summary"]
    assert after["logEndsAt"] == instants.spell(log.at)
    whole = json.loads(told(tmp_path / "now", "--json")[1])
    assert len(whole["rows"]) == len(after["rows"]) + 4


def test_time_alone_breaches(copy: Path, told: Told) -> None:
    """The fifth referral was sent and never looked at: to the second."""
    due = next(row["dueAt"] for row in rows(told, copy) if row["debtor"] == "ID-BA")
    late = instants.spell(instants.parse(due) + timedelta(seconds=1))
    for instant, state in ((due, "OPEN"), (late, "BREACHED")):
        listed = rows(told, copy, "--as-of", instant)
        assert next(row["state"] for row in listed if row["debtor"] == "ID-BA") == state


def test_an_instant_may_have_any_offset(copy: Path, told: Told) -> None:
    there = (LOG.at + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00")
    assert rows(told, copy, "--as-of", there) == rows(told, copy)


def test_before_the_first_referral_nothing_was_owed(copy: Path, told: Told) -> None:
    assert rows(told, copy, "--as-of", "2026-03-02T00:00:00Z") == []
    assert "no obligation was opened" in told(copy, "--as-of", "2026-03-02T00:00:00Z")[1]


def test_an_instant_behind_the_end_is_said_to_be_so(copy: Path, told: Told) -> None:
    code, shown, _ = told(copy, "--anchor", ANCHOR, "--as-of", "2027-01-01T00:00:00Z")
    assert code == 0
    assert "later than its last entry" in shown.replace("\n", " ")
    code, out, err = told(copy, "--as-of", "2027-01-01T00:00:00Z", "--json")
    assert "later than its last entry" in err.replace("\n", " ")
    assert (json.loads(out)["asOf"], json.loads(out)["logEndsAt"]) == ("2027-01-01T00:00:00Z", END)


@pytest.mark.parametrize("instant", ["soon", "2026-03-05", "2026-13-01T00:00:00Z", "2026-03-05T00:00:00"])
def test_what_is_no_instant_is_refused_before_anything_is_done(
    copy: Path, tmp_path: Path, told: Told, instant: str
) -> None:
    out = tmp_path / "account.html"
    code, said, err = told(copy, "--anchor", ANCHOR, "--as-of", instant, "--format", "html", "--out", out)
    assert (code, said) == (2, "")
    assert "RFC 3339" in err
    assert "2026-03-31T23:59:59+07:00" in err
    assert not out.exists()
    assert not (copy / "anchor").exists()


@pytest.mark.parametrize("nowhere", ["", ".", "/"])
def test_a_folder_is_no_file_to_write(copy: Path, told: Told, nowhere: str) -> None:
    code, said, err = told(copy, "--anchor", ANCHOR, "--out", nowhere)
    assert (code, said) == (2, "")
    assert "cannot be written" in err


@pytest.mark.parametrize("form", ["table", "json", "csv", "html"])
def test_a_file_is_there_whole_and_replaces_an_older_one(copy: Path, tmp_path: Path, told: Told, form: str) -> None:
    out = tmp_path / "account"
    out.write_text("older")
    code, said, _ = told(copy, "--anchor", ANCHOR, "--format", form, "--out", out)
    assert code == 0
    assert f"{out} is written." in said
    assert "clean" in said.splitlines()[-1]
    written = out.read_bytes().decode()
    printed = told(copy, "--format", form)[1]
    if form == "table":
        assert "overdue: 2" in written
        assert "\x1b" not in written
    else:
        assert written == printed
    assert sorted(file.name for file in tmp_path.iterdir()) == ["account", "copy"]


def test_a_file_of_a_spoiled_log_is_written_and_the_findings_come_first(
    spoiled: Path, tmp_path: Path, told: Told
) -> None:
    out = tmp_path / "account.csv"
    code, said, err = told(spoiled, "--anchor", ANCHOR, "--format", "csv", "--out", out)
    assert code == 1
    assert "do not rely on it" in err.replace("\n", " ")
    assert "not to be relied on" in said
    lines = list(csv.DictReader(io.StringIO(out.read_text(), newline="")))
    assert {line["standing"] for line in lines} == {"unreliable"}


def test_a_file_that_cannot_be_written_is_unusable_and_leaves_nothing(copy: Path, tmp_path: Path, told: Told) -> None:
    code, _, err = told(copy, "--format", "csv", "--out", tmp_path / "nowhere" / "account.csv")
    assert code == 2
    assert "cannot be written" in err.replace("\n", " ")
    folder = tmp_path / "folder"
    (folder / "in").mkdir(parents=True)
    assert told(copy, "--format", "csv", "--out", folder)[0] == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy", "folder"]


def test_a_demonstration_is_marked_in_every_format(tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "ORIGIN", "demo.estafet.invalid/1")
    copy = story().shelf.lay(tmp_path / "copy")
    assert "DEMO" in told(copy)[1]
    assert json.loads(told(copy, "--json")[1])["demo"] is True
    assert "demo.estafet.invalid/1" in told(copy, "--format", "csv")[1].splitlines()[1]
    assert "DEMO: peragaan dengan data rekaan" in told(copy, "--format", "html")[1]


def test_a_log_is_fetched_from_a_service_for_this_once(copy: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    here, key = rows(told, copy), SigningKey.generate()
    with served(copy, key) as service:
        monkeypatch.setattr("cli.audit.credentials.read", lambda path: credentials_for(service, key))
        assert rows(told, service.issuer, "--as", "client.json") == here
        code, _, err = told(service.issuer)
    assert code == 2
    assert "--as" in err


def test_all_cores_tell_the_same(tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    log = golden.founded()
    for number in range(9 * 256 // 6 - 1):
        golden.hand_over(log, "ID-JK", "ID-JI", golden.referral(number))
    log.publish()
    copy, anchor = log.shelf.lay(tmp_path / "copy"), entries.anchor(log.leaves[0])
    several = told(copy, "--anchor", anchor, "--json")[1]
    monkeypatch.setattr("cli.audit.signatures.cores", lambda: 1)
    assert told(copy, "--anchor", anchor, "--json")[1] == several
    assert len(json.loads(several)["rows"]) == 4 * (9 * 256 // 6 - 1)


def test_the_command_loads_nothing_of_the_service(copy: Path) -> None:
    script = (
        "import sys; from cli.main import main\n"
        f"code = main(['audit', 'obligations', {str(copy)!r}, '--anchor', {ANCHOR!r}, '--format', 'html'])\n"
        "ours = {'api', 'auth', 'database', 'operations', 'reading', 'schema', 'settings', 'console'}\n"
        "theirs = {'sqlalchemy', 'strawberry', 'graphql', 'starlette', 'uvicorn', 'asyncpg', 'authlib', 'joserfc'}\n"
        "loaded = {name.partition('.')[0] for name in sys.modules} & (ours | theirs)\n"
        "assert not loaded, loaded\n"
        "sys.exit(code)"
    )
    # In a locale that knows no letters beyond ASCII the page is UTF-8 all the same.
    plain = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, env=plain, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Dari ↓ Ke →" in done.stdout.decode()
