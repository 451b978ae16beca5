"""The account as table, JSON and CSV: what the rows say and nothing else, row by row."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from casework.obligations import Ending, State
from cli.audit.endings import Stopped
from cli.audit.obligations import documents, moments, sheets, tables
from cli.audit.obligations.accounts import Account
from cli.audit.obligations.summaries import FIRST
from ledger import instants
from ledger.dockets import Row
from tests.cli.accounts import BEGIN, END, ROW, account, finding, outages, rows

TOLD = list(rows(200))


def as_json(told: Account) -> dict[str, Any]:
    out = io.StringIO()
    documents.write(told, out)
    read: dict[str, Any] = json.loads(out.getvalue())
    return read


def as_csv(told: Account) -> list[dict[str, str]]:
    out = io.StringIO(newline="")
    sheets.write(told, out)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def as_table(told: Account) -> str:
    out = io.StringIO()
    Console(file=out, width=160).print(tables.rendered(told))
    return out.getvalue()


def test_json_has_every_field_of_every_row() -> None:
    told = as_json(account(TOLD))
    names = {field.title().replace("_", "") for field in Row.__slots__}
    for row, said in zip(TOLD, told["rows"], strict=True):
        assert {name[0].upper() + name[1:] for name in said} == {name[0].upper() + name[1:] for name in names}
        assert (said["index"], said["kind"], said["state"]) == (row.index, row.kind, row.state)
        assert (said["debtor"], said["creditor"], said["term"]) == (row.debtor, row.creditor, row.term)
        assert said["dueAt"] == instants.spell(row.due_at)
        assert said["endedAt"] == (None if row.ended_at is None else instants.spell(row.ended_at))
        assert (said["enteredLate"], said["contested"]) == (row.entered_late, row.contested)
        stood = timedelta(seconds=said["stoppedByPauses"]), timedelta(seconds=said["stoppedByHost"])
        assert stood == (row.stopped_by_pauses, row.stopped_by_host)
        due, state = row.due_without_host, row.state_without_host
        assert (said["dueWithoutHost"], said["stateWithoutHost"]) == (None if due is None else spelled(due), state)
        assert [(stop["from"], stop["until"]) for stop in said["stops"]] == [
            (instants.spell(stop.from_), instants.spell(stop.until)) for stop in row.stops
        ]


def test_the_summary_adds_up_to_the_rows() -> None:
    told = as_json(account(TOLD))
    counted = Counter((row.debtor, row.clause) for row in TOLD)
    assert {(group["party"], group["clause"]): group["total"] for group in told["summary"]} == counted
    states = ("open", "met", "metLate", "breached", "waived", "paused")
    assert all(sum(group[name] for name in states) == group["total"] for group in told["summary"])
    assert sum(group["breached"] for group in told["summary"]) == sum(row.state == State.BREACHED for row in TOLD)
    assert sum(group["enteredLate"] for group in told["summary"]) == sum(row.entered_late for row in TOLD)
    spared = sum(row.state_without_host is not None for row in TOLD)
    assert sum(group["onHostsWord"] for group in told["summary"]) == spared > 0


def test_json_says_which_log_and_how_far_to_rely_on_it() -> None:
    told = as_json(account(TOLD[:1], findings=(finding(),)))
    assert (told["log"], told["asOf"], told["logEndsAt"]) == ("log.example/2025", spelled(END), spelled(END))
    assert (told["standing"], told["exit"], told["found"], told["demo"]) == ("unreliable", 1, 1, False)
    assert told["findings"][0]["index"] == 16
    assert told["keys"] == [{"key": "ID-JK/root", "statements": 2, "last": "12" * 32}]
    assert as_json(account([], anchored=False))["standing"] == "unanchored"
    assert as_json(account([], origin="demo.estafet.invalid/x"))["demo"] is True
    assert as_json(account([]))["rows"] == []


def test_json_lists_the_outages_that_the_host_has_told() -> None:
    down = outages(TOLD)
    assert as_json(account(TOLD, outages=down))["outages"] == [
        {
            "index": each.index,
            "from": spelled(each.span.from_),
            "until": spelled(each.span.until),
            "stopped": each.stopped,
        }
        for each in down
    ]
    assert as_json(account(TOLD))["outages"] == []


@pytest.mark.parametrize("write", [documents.write, sheets.write])
def test_rows_are_written_as_they_come(write: Any) -> None:
    """Half a million rows must not stand in memory as one text."""
    out = io.StringIO()
    behind: list[int] = []

    def coming() -> Iterator[Row]:
        for row in TOLD[:50]:
            behind.append(len(out.getvalue()))
            yield row

    write(replace(account([]), judged=coming), out)
    assert behind == sorted(set(behind))


def test_csv_is_one_line_for_each_row_with_its_log_and_standing() -> None:
    sheet = as_csv(account(TOLD, findings=(finding(),)))
    assert [int(line["index"]) for line in sheet] == [row.index for row in TOLD]
    assert {line["standing"] for line in sheet} == {"unreliable"}
    assert {line["asOf"] for line in sheet} == {spelled(END)}
    for row, line in zip(TOLD, sheet, strict=True):
        assert (line["state"], line["debtor"], line["dueAt"]) == (row.state, row.debtor, spelled(row.due_at))
        assert line["endedAt"] == ("" if row.ended_at is None else spelled(row.ended_at))
        assert line["contested"] == str(row.contested).lower()
        assert int(line["stoppedByHost"]) == row.stopped_by_host.total_seconds()
        assert line["stateWithoutHost"] == (row.state_without_host or "")
        assert line["stops"] == " ".join(f"{spelled(each.from_)}/{spelled(each.until)}" for each in row.stops)


def test_csv_is_as_its_standard_says() -> None:
    out = io.StringIO(newline="")
    sheets.write(account([replace(ROW, creditor='a "b", c\nd')]), out)
    assert out.getvalue().count("\r\n") == 2
    assert '"a ""b"", c\nd"' in out.getvalue()


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|cmd", "%0"])
def test_no_field_is_a_formula(start: str) -> None:
    line = as_csv(account([replace(ROW, creditor=start)], origin=start))[0]
    assert line["creditor"] == line["log"] == f"'{start}"


def test_the_table_counts_by_party_and_clause() -> None:
    shown = as_table(account(TOLD))
    assert "DKI Jakarta ID-JK" in shown
    some = [row for row in TOLD if (row.debtor, row.clause) == ("ID-JK", "repatriation")]
    line = next(line for line in shown[shown.index("DKI Jakarta") :].splitlines() if "repatriation" in line)
    assert int(line.split("repatriation")[1].split()[6]) == len(some)
    assert "proposals of the data, not rules of the agreement" in shown
    assert "clean" in shown.splitlines()[-1]


def test_the_table_says_what_rests_on_the_hosts_word_alone() -> None:
    spared = Counter(row.state for row in TOLD if row.state_without_host)
    stopped = sum(bool(row.stopped_by_host) for row in TOLD)
    shown = " ".join(as_table(account(TOLD, outages=outages(TOLD))).split())
    assert f"by the host's word alone, 3 outages (48 min) stopped {stopped} of these clocks" in shown
    assert f"without it {spared[State.MET]} met, {spared[State.OPEN]} open" in shown
    assert "by the host's word alone" not in as_table(account(TOLD))
    one = " ".join(as_table(account([ROW], outages=outages([ROW], several=1))).split())
    assert "1 outage (15 min) stopped 0 of these clocks; without it 0 met, 0 open, 0 paused, 0 waived" in one


def test_what_is_overdue_comes_with_its_due_and_for_how_long() -> None:
    late = [row for row in TOLD if row.state == State.BREACHED and row.ending is None]
    shown = as_table(account(TOLD))
    assert len(late) > FIRST
    assert f"overdue: {len(late)}, the first {FIRST} by due" in shown
    first = min(late, key=lambda row: row.due_at)
    assert spelled(first.due_at) in shown
    assert tables.lasting(END - first.due_at) in shown
    assert spelled(max(late, key=lambda row: row.due_at).due_at) not in shown


def test_what_was_taken_back_late_is_breached_and_not_overdue() -> None:
    back = replace(ROW, state=State.BREACHED, ending=Ending.RELEASED, ended_at=END)
    assert "overdue" not in as_table(account([back]))


def test_a_table_of_a_log_at_fault_says_so_first_and_last() -> None:
    lines = as_table(account(TOLD, findings=(finding(),))).splitlines()
    assert "what is wrong" in lines[0]
    assert any("do not rely on it" in line for line in lines[:6])
    assert "not to be relied on" in lines[-1]


def test_a_demonstration_is_marked() -> None:
    assert "DEMO" in as_table(account(TOLD, origin="demo.estafet.invalid/x"))
    assert "DEMO" not in as_table(account(TOLD, origin="demo.estafet.invalid.example/x"))


def test_text_from_outside_is_harmless() -> None:
    shown = as_table(account([replace(ROW, debtor="\x1b[31mred[/]")], origin="[bold]log\x1b[0m"))
    assert "\x1b" not in shown
    assert "[bold]log" in shown


def test_nothing_owed_is_said() -> None:
    assert "no obligation was opened" in as_table(account([]))


def test_an_instant_behind_the_end_is_said_to_be_so() -> None:
    told = replace(account(TOLD[:1]), as_of=END + timedelta(days=9))
    assert "later than its last entry" in as_table(told)
    assert as_json(told)["asOf"] != as_json(told)["logEndsAt"]
    assert "its last entry is of" in as_table(replace(told, as_of=BEGIN))
    assert "no entry can be read" in as_table(replace(told, as_of=None, ends_at=None))


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "under 1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=23, minutes=5), "23 h 5 min"),
        (timedelta(days=1, hours=1), "1 d 1 h"),
        (timedelta(days=1200), "1,200 d 0 h"),
    ],
)
def test_lengths_of_time_are_told_in_two_units(length: timedelta, words: str) -> None:
    assert tables.lasting(length) == words


@pytest.mark.parametrize(
    "text",
    ["2026-03-31T16:59:59Z", "2026-03-31t16:59:59z", "2026-03-31T23:59:59+07:00", "2026-03-31T16:59:59.000+00:00"],
)
def test_an_instant_is_read_with_whatever_offset(text: str) -> None:
    assert moments.spell(moments.read(text)) == "2026-03-31T16:59:59Z"


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-03-31", "2026-03-31T16:59:59", "2026-03-31 16:59:59Z", "2026-02-30T00:00:00Z"),
        *("2026-03-31T24:00:00Z", "2026-03-31T16:59:60Z", "2026-03-31T16:59:59.5Z", "2026-03-31T16:59:59+25:00"),
        *("0001-01-01T00:00:00+09:00", "1774976399", "2026-03-31T16:59:59Z; rm"),
    ],
)
def test_what_is_no_instant_is_refused_in_words(text: str) -> None:
    with pytest.raises(Stopped, match="RFC 3339"):
        moments.read(text)


def spelled(at: Any) -> str:
    return instants.spell(at)
