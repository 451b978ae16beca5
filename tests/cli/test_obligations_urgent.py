"""audit obligations --openings: what was owed at the sealed risk, case by case, by whoever has the opening."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from ledger import canonical, commitments
from ledger.commitments import Opening
from tests.ledger import golden

Run = Callable[..., tuple[int, str, str]]
VALUES: dict[str, canonical.JSON] = {
    "age_band": "13-17",
    "case": "c" * 32,
    "category": "KORBAN_TRAFFICKING",
    "risk": "EMERGENCY",
    "sex": "FEMALE",
    "vulnerability": ["CHILD"],
}
SEALED, OPENINGS = commitments.seal(VALUES, iter(bytes([n]) * 32 for n in range(1, 7)).__next__)


def story() -> golden.Log:
    """An emergency acknowledged after seven hours and accepted after thirty: in time by the log alone."""
    log = golden.founded()
    log.send("ID-JK", "ID-JI", golden.referral(1), lambda sent: replace(sent, sealed=SEALED))
    log.at += timedelta(hours=7)
    log.acknowledge("ID-JI", golden.referral(1))
    log.at += timedelta(hours=23)
    log.accept("ID-JI", golden.referral(1))
    log.publish()
    return log


LOG = story()
PLACE = 11


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return LOG.shelf.lay(tmp_path / "copy")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "220")

    def told(*words: object) -> tuple[int, str, str]:
        code = main(["audit", "obligations", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return told


def shown(path: Path, *openings: Opening, index: int = PLACE, **changes: object) -> Path:
    told = [{"name": o.name, "value": canonical.encode(o.value).decode(), "salt": o.salt.hex()} for o in openings]
    document = {"statement": LOG.ids[index], "index": index, "openings": told, **changes}
    path.write_text(json.dumps(document))
    return path


def named(*names: str) -> list[Opening]:
    return [opening for opening in OPENINGS if opening.name in names]


@pytest.mark.parametrize("names", [("risk",), tuple(VALUES)])
def test_who_has_the_opening_sees_that_an_emergency_was_answered_too_late(
    copy: Path, tmp_path: Path, run: Run, names: tuple[str, ...]
) -> None:
    file = shown(tmp_path / "11.json", *named(*names))
    code, out, _ = run(copy, "--openings", file, "--json")
    document: Any = json.loads(out)
    told = {row["kind"]: row for row in document["urgent"]}
    assert code == 3
    assert {kind: (row["state"], row["urgentTerm"], row["urgentState"]) for kind, row in told.items()} == {
        "referral.acknowledge": ("MET", "PT6H", "MET_LATE"),
        "referral.decide": ("MET", "PT24H", "MET_LATE"),
    }
    assert {row["risk"] for row in told.values()} == {"EMERGENCY"}
    _, without, _ = run(copy, "--json")
    plain = json.loads(without)
    assert "urgent" not in plain
    assert {key: value for key, value in document.items() if key != "urgent"} == plain
    _, screen, _ = run(copy, "--openings", file)
    assert "at the sealed risk" in screen
    assert "EMERGENCY: PT6H" in screen


def test_as_of_an_instant_what_was_not_yet_answered_was_overdue_at_its_risk_alone(
    copy: Path, tmp_path: Path, run: Run
) -> None:
    file = shown(tmp_path / "11.json", *named("risk"))
    _, out, _ = run(copy, "--openings", file, "--json", "--as-of", (LOG.at - timedelta(hours=24)).isoformat())
    told = [(row["state"], row["urgentState"]) for row in json.loads(out)["urgent"]]
    assert told == [("OPEN", "BREACHED"), ("OPEN", "OPEN")]


def test_what_opens_nothing_in_this_log_is_a_finding(copy: Path, tmp_path: Path, run: Run) -> None:
    (risk,) = named("risk")
    lies = {
        "another value": shown(tmp_path / "a.json", Opening(name="risk", value="LOW", salt=risk.salt)),
        "another salt": shown(tmp_path / "b.json", Opening(name="risk", value="EMERGENCY", salt=bytes(32))),
        "one that opens beside one that does not": shown(
            tmp_path / "c.json", risk, Opening(name="sex", value="MALE", salt=bytes(32))
        ),
        "a name that the kind does not seal": shown(
            tmp_path / "d.json", risk, Opening(name="name", value="Siti", salt=bytes(32))
        ),
        "another entry": shown(tmp_path / "e.json", risk, index=12, statement=LOG.ids[11]),
    }
    for why, file in lies.items():
        code, out, err = run(copy, "--openings", file, "--json")
        assert (code, out) == (1, ""), why
        assert file.name in err, why


def test_what_cannot_be_used_is_said_to_be_so_and_nothing_is_told(copy: Path, tmp_path: Path, run: Run) -> None:
    (risk,) = named("risk")
    (tmp_path / "no.json").write_text("{")
    (tmp_path / "list.json").write_text("[1]")
    beyond = shown(tmp_path / "f.json", risk)
    beyond.write_text(beyond.read_text().replace('"index": 11', '"index": 4000'))
    unusable = [
        tmp_path / "no.json",
        tmp_path / "list.json",
        tmp_path / "not there.json",
        shown(tmp_path / "a.json"),
        shown(tmp_path / "b.json", *named("sex")),
        shown(tmp_path / "c.json", risk, index=12),
        shown(tmp_path / "d.json", risk, index=11, openings=[{"name": "risk"}]),
        shown(tmp_path / "e.json", risk, index=11, statement="x"),
        beyond,
    ]
    for file in unusable:
        code, out, _ = run(copy, "--openings", file, "--json")
        assert (code, out) == (2, ""), file.name
    file = shown(tmp_path / "good.json", risk)
    for form in ("csv", "html"):
        code, out, err = run(copy, "--openings", file, "--format", form)
        assert (code, out) == (2, "")
        assert "case by case" in err
