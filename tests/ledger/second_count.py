"""A second count of what is owed, written from docs/ledger-format.md alone, as a stranger would write it.

Promise: nothing of ours is imported, so that agreeing with it means something. It reads leaves and the agreement's
data, and counts by section 5, whose table (O1) it takes from the text; the rules' numbers stand beside the lines.
Rules: the log has been verified by somebody: what it says is taken as legal and true. Plain dictionaries, no classes:
the less it looks like the first count, the better.
"""

import base64
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FORMAT = (Path(__file__).parents[2] / "docs" / "ledger-format.md").read_text(encoding="utf-8")


def _rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """O1, cell by cell: what stands in backquotes there is a name."""
    for line in re.findall(r"(?m)^\| `[a-z.]+` \|(?:[^|\n]*\|){6}$", FORMAT.split("- **O1**")[1].split("- **O2**")[0]):
        kind, opened, owed, term, settled, back, paper = (cell.strip() for cell in line.strip("|").split("|"))
        itself, _, else_ = settled.rpartition("; else ")
        by, _, naming = else_.partition(" naming it as ")
        yield kind.strip("`"), {
            "opened": _names(opened), "sender owes": owed.startswith("sender"), "settled": _names(by),
            "term": _names(term)[0] if term.startswith("its ") else None, "back": _names(back), "paper": paper == "yes",
            "named": _names(naming)[0] if naming else None, "met if": _names(itself)[0] if itself else None,
        }  # fmt: skip


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


DUTIES = dict(_rows())
LENGTHS = {"H": "hours", "D": "days"}
NO_TIME = timedelta(0)
Row = dict[str, Any]


def count(
    leaves: Iterable[bytes], agreement: dict[str, Any], as_of: datetime, checkpoints: Iterable[bytes] = ()
) -> list[Row]:
    """The table as of an instant, in the order of opening; `checkpoints` are those that were published."""
    return read(leaves, agreement, as_of, checkpoints)[0]


def read(
    leaves: Iterable[bytes], agreement: dict[str, Any], as_of: datetime, checkpoints: Iterable[bytes] = ()
) -> tuple[list[Row], list[Row]]:
    """The table, and the host's outages (O12)."""
    rows: list[Row] = []
    outages: list[Row] = []
    of: dict[str, list[Row]] = defaultdict(list)  # the same, by referral
    ends: dict[str, tuple[str, str]] = {}  # sender and receiver, by referral
    papers: dict[str, dict[str, set[str]]] = {}  # digests recorded, by statement and party
    seen: list[datetime] | None = None  # quorum times; None: nobody is asked
    for leaf in leaves:
        entry = json.loads(leaf)
        at = instant(entry["at"])
        if at > as_of:
            break
        body, statement = _said(entry["env"])
        kind = body["kind"]
        if kind == "agreement.adopted":
            seen = _quorum_times(body, checkpoints) if body["quorum"] else None
        elif kind == "host.outage":
            start, end = instant(body["from"]), instant(body["until"])
            stopped = outage(rows, start, end, agreement) if room(start, end, seen) else 0
            outages.append({"index": entry["index"], "from": start, "until": end, "stopped": stopped})
        elif kind == "bast.recorded":
            papers.setdefault(body["handover"], {}).setdefault(body["party"], set()).add(body["sha256"])
        elif kind.startswith("obligation."):
            remark(of[body["obligation"]["referral"]], body, statement, at, agreement)
        elif "referral" in body:
            if kind == "referral.sent":
                ends[body["referral"]] = body["party"], body["to"]
            act(of[body["referral"]], body, statement, at, agreement)
            begun = list(opened(body, statement, at, entry["index"], ends[body["referral"]], agreement))
            of[body["referral"]] += begun
            rows += begun
    for row in rows:
        told = papers.get(row["ended_by"], {})
        judge(row, told, as_of)
        _without_host(row, told, as_of, agreement)
    return rows, outages


def _said(envelope: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The body, and the statement's id (F4)."""
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    return json.loads(payload), hashlib.sha256(signed).hexdigest()


def opened(
    body: dict[str, Any],
    statement: str,
    at: datetime,
    index: int,
    ends: tuple[str, str],
    agreement: dict[str, Any],
) -> Iterator[Row]:
    sender, receiver = ends
    for owed, duty in DUTIES.items():
        if body["kind"] not in duty["opened"]:
            continue
        agreed = [term for term in agreement["terms"] if term["obligation"] == owed]
        standard = next((term["term"] for term in agreed if term["applies_to"] == "standard"), None)
        term = body[duty["term"]] if duty["term"] else standard
        under = next((each for each in agreed if each["term"] == term), agreed[0])  # O11
        first = duty["sender owes"]
        row: Row = {
            "index": index, "kind": owed, "clause": under["clause"], "basis": under["basis"],
            "debtor": sender if first else receiver, "creditor": receiver if first else sender,
            "referral": body["referral"], "term": term, "opened_by": statement, "opened_at": at,
            "ending": None, "ended_at": None, "ended_by": None, "ended_kind": None, "paused_since": None,
            "waiver_offer": None, "pause_offer": None, "noted_by": None, "noted_at": None, "stops": [],
            "pauses": [], "outages": [],
        }  # fmt: skip
        row["due_at"] = _due(row, agreement)
        if duty["met if"] and body[duty["met if"]]:
            _end(row, "SETTLED", body["kind"], statement, at, agreement)
        yield row


def act(rows: list[Row], body: dict[str, Any], statement: str, at: datetime, agreement: dict[str, Any]) -> None:
    """O2: what an act ends."""
    kind = body["kind"]
    for row in rows:
        duty = DUTIES[row["kind"]]
        if row["ending"]:
            continue
        if kind in duty["settled"] and (not duty["named"] or body[duty["named"]] == row["opened_by"]):
            _end(row, "SETTLED", kind, statement, at, agreement)
        elif kind in duty["back"]:
            _end(row, "RELEASED", kind, statement, at, agreement)
        elif kind == "referral.expired":
            _resume(row, at, agreement)


def remark(rows: list[Row], body: dict[str, Any], statement: str, at: datetime, agreement: dict[str, Any]) -> None:
    named = body["obligation"]
    (row,) = [row for row in rows if (row["kind"], row["opened_by"]) == (named["kind"], named["opened_by"])]
    match body["kind"]:
        case "obligation.waiver_offered":  # O6
            row["waiver_offer"] = statement
        case "obligation.waiver_agreed":
            _end(row, "WAIVED", body["kind"], statement, at, agreement)
        case "obligation.pause_offered":  # O5
            row["pause_offer"] = statement
        case "obligation.pause_agreed":
            row["paused_since"] = at
        case "obligation.resumed":
            _resume(row, at, agreement)
        case "obligation.breach_noted":  # O8
            row["noted_by"], row["noted_at"] = statement, at


def _end(row: Row, ending: str, kind: str, statement: str, at: datetime, agreement: dict[str, Any]) -> None:
    _resume(row, at, agreement)
    row["ending"], row["ended_at"], row["ended_by"], row["ended_kind"] = ending, at, statement, kind


def _resume(row: Row, at: datetime, agreement: dict[str, Any]) -> None:
    if row["paused_since"] is not None:
        row["pauses"].append((row["paused_since"], at))
        _stop(row, row["paused_since"], at, agreement)
        row["paused_since"], row["pause_offer"] = None, None


def outage(rows: list[Row], start: datetime, end: datetime, agreement: dict[str, Any]) -> int:
    """O7: how many clocks it stopped."""
    ran = [row for row in rows if not row["ending"] and row["paused_since"] is None and start <= row["due_at"]]
    for row in ran:
        row["outages"].append((start, end))
        _stop(row, start, end, agreement)
    return len(ran)


def room(start: datetime, end: datetime, seen: list[datetime] | None) -> bool:
    """O7, the end of it."""
    if seen is None:
        return True
    early, late = start + timedelta(seconds=300), end - timedelta(seconds=300)
    return any(time <= early for time in seen) and all(time <= early or time >= late for time in seen)


def _quorum_times(genesis: dict[str, Any], checkpoints: Iterable[bytes]) -> list[datetime]:
    """F15 and F16: of each size the quorum-th smallest time, whoever wrote the note down; no line is forged here."""
    known = {}
    for text in genesis["witnesses"]:
        name, key_id, _ = text.split("+", 2)
        known[name, bytes.fromhex(key_id)] = text
    by_size: dict[bytes, dict[str, int]] = defaultdict(dict)
    for note in checkpoints:
        body, _, lines = note.rpartition(b"\n\n")
        times = by_size[body.split(b"\n")[1]]
        for line in lines.decode().splitlines():
            _, name, encoded = line.split(" ")
            said = base64.b64decode(encoded)
            witness = known.get((name, said[:4]))
            if witness is not None:
                time = int.from_bytes(said[4:12], "big")
                times[witness] = min(time, times.get(witness, time))
    enough = [sorted(times.values()) for times in by_size.values() if len(times) >= genesis["quorum"]]
    return [datetime.fromtimestamp(times[genesis["quorum"] - 1], tz=UTC) for times in enough]


def _stop(row: Row, start: datetime, end: datetime, agreement: dict[str, Any]) -> None:
    """O4: those that touch are one; one of no length is none."""
    if start == end:
        return
    stops: list[tuple[datetime, datetime]] = []
    for one, other in sorted([*row["stops"], (start, end)]):
        if stops and stops[-1][1] == one:
            stops[-1] = stops[-1][0], other
        else:
            stops.append((one, other))
    row["stops"] = stops
    row["due_at"] = max(_due(row, agreement), row["due_at"] + (end - start))


def _due(row: Row, agreement: dict[str, Any]) -> datetime:
    """O3 and O4."""
    (party,) = [each for each in agreement["parties"] if each["code"] == row["debtor"]]
    (calendar,) = [each for each in agreement["calendars"] if each["name"] == party["calendar"]]
    offset, listed = timedelta(minutes=party["utc_offset_minutes"]), {each["day"] for each in calendar["holidays"]}
    term: str = row["term"]

    def works(local: datetime) -> bool:
        return local.weekday() < 5 and local.date().isoformat() not in listed

    def day_ends(local: datetime) -> datetime:
        return local.replace(hour=23, minute=59, second=59) - offset

    counted = term.endswith("WD")
    if counted:
        local, left = row["opened_at"] + offset, int(term[1:-2])
        while left:
            local += timedelta(days=1)
            left -= works(local)
        first = day_ends(local)
    else:
        number = term.strip("PTHD")
        first = row["opened_at"] + timedelta(**{LENGTHS[term[-1]]: int(number)})
    due = first + sum((end - start for start, end in row["stops"]), timedelta(0))
    if counted and row["stops"]:
        local = due + offset
        while local.date().isoformat() <= calendar["last"] and not works(local):
            local += timedelta(days=1)
        due = day_ends(local) if local.date().isoformat() <= calendar["last"] else due
    return due


def judge(row: Row, papers: dict[str, set[str]], as_of: datetime) -> None:
    """O9 and O10."""
    late = row["ended_at"] is not None and row["ended_at"] > row["due_at"]
    told = DUTIES[row["kind"]]["paper"] and row["ending"] == "SETTLED" and late
    both = bool(papers.get(row["debtor"], set()) & papers.get(row["creditor"], set()))
    row["entered_late"], row["contested"] = told and both, told and bool(papers) and not both
    match row["ending"]:
        case "WAIVED":
            row["state"] = "WAIVED"
        case "SETTLED":
            row["state"] = "MET_LATE" if late and not row["entered_late"] else "MET"
        case "RELEASED":
            row["state"] = "BREACHED" if late else "MET"
        case _ if row["paused_since"] is not None:
            row["state"] = "PAUSED"
        case _:
            row["state"] = "BREACHED" if as_of > row["due_at"] else "OPEN"


def _without_host(row: Row, papers: dict[str, set[str]], as_of: datetime, agreement: dict[str, Any]) -> None:
    """O12."""
    pauses, outages = row.pop("pauses"), row.pop("outages")
    row["stopped_by_pauses"], row["stopped_by_host"] = (
        sum((end - start for start, end in spans), NO_TIME) for spans in (pauses, outages)
    )
    row["due_without_host"] = row["state_without_host"] = None
    if not outages:
        return
    other = {**row, "stops": []}
    other["due_at"] = _due(other, agreement)
    ends = []  # of the pauses that count
    for start, end in pauses:
        if start <= other["due_at"]:
            ends.append(end)
            other["stops"] += [(start, end)] if start < end else []
            other["due_at"] = max(_due(other, agreement), other["due_at"] + (end - start))
    if row["ending"] == "WAIVED" and row["ended_at"] > other["due_at"] and row["ended_at"] not in ends:
        other["ending"] = other["ended_at"] = None
    if row["paused_since"] is not None and row["paused_since"] > other["due_at"]:
        other["paused_since"] = None
    judge(other, papers, as_of)
    row["due_without_host"] = other["due_at"]
    row["state_without_host"] = None if other["state"] == row["state"] else other["state"]


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
