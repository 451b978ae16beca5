"""The agreement's data: F21, its form and what sections 5 and 6 take from it."""

import json
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.ledger.second_audit.texts import Broken, section

F21 = section("F21", "V1").split("- **F")[0]
FIELDS = {
    name: re.findall("`([^`]+)`", cell)
    for name, cell in re.findall(r"(?m)^ *\| (agreement|party|clause|term|calendar|holiday) \| (.+) \|$", F21)
}
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
Record = dict[str, Any]


def read(data: bytes) -> Record:
    """The agreement, or `Broken`."""
    try:
        told = json.loads(data.decode("utf-8"), parse_float=_fraction, parse_constant=_fraction)
        same = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == data
    except (ValueError, RecursionError) as error:
        raise Broken("not JSON") from error
    _demand(same)
    _record(told, "agreement")
    _demand(told["format"] in (2, 3) and not isinstance(told["format"], bool))
    _texts(told, "name", "title", "title_en", "note", "note_en")
    _offset(told)
    _basis(told, "duration_basis")
    _demand(_day(told["signed_on"]) < _day(told["ends_on"]))
    for name, key in (("calendars", "name"), ("clauses", "key"), ("parties", "code"), ("parties", "kemendagri_code")):
        _several(told, name)
        kind = {"calendars": "calendar", "clauses": "clause", "parties": "party"}[name]
        for each in told[name]:
            _record(each, kind)
        _once([each[key] for each in told[name] if isinstance(each[key], str)])
    for each in told["calendars"]:
        _calendar(each)
    for each in told["clauses"]:
        _texts(each, "key", "text", "text_en")
        _basis(each, "basis")
    for each in told["parties"]:
        _texts(each, "code", "name", "kemendagri_code", "time_zone", "calendar")
        _demand(re.fullmatch("ID-[A-Z]{2}", each["code"]) is not None)
        _offset(each)
        _demand(each["calendar"] in [calendar["name"] for calendar in told["calendars"]])
    _terms(told)
    found: Record = told
    return found


def _terms(told: Record) -> None:
    _several(told, "terms")
    for each in told["terms"]:
        _record(each, "term")
        _texts(each, "obligation", "applies_to", "term", "clause")
        _basis(each, "basis")
        _demand(re.fullmatch("PT[1-9][0-9]{0,3}H|P[1-9][0-9]{0,3}D|P[1-9][0-9]?WD", each["term"]) is not None)
        _demand(each["applies_to"] in ("standard", "emergency", "high_risk", "child"))
        _demand(each["clause"] in [clause["key"] for clause in told["clauses"]])
    _once([(each["obligation"], each["applies_to"]) for each in told["terms"]])
    named = ("PT6H", "PT24H", "P3D", "P7D", "P14D", "P3WD")
    for obligation, applies_to in (
        ("referral.acknowledge", "standard"), ("referral.acknowledge", "emergency"), ("referral.decide", "standard"),
        ("referral.decide", "high_risk"), ("handover.receipt", "standard"), ("discrepancy.answer", "standard"),
    ):  # fmt: skip
        _demand(term(told, obligation, applies_to) in named)
    for obligation in ("discrepancy.answer", "referral.window", "fitness.check"):
        _demand(not term(told, obligation, "standard").endswith("WD"))


def term(told: Record, obligation: str, applies_to: str) -> str:
    """The term of an obligation."""
    found = [row["term"] for row in told["terms"] if (row["obligation"], row["applies_to"]) == (obligation, applies_to)]
    _demand(bool(found))
    return str(found[0])


def span(told: Record, obligation: str) -> timedelta:
    """An exact span."""
    text = term(told, obligation, "standard")
    number = int(re.sub("[^0-9]", "", text))
    return timedelta(hours=number) if text.endswith("H") else timedelta(days=number)


def local(at: datetime, minutes: int) -> date:
    """The day of an instant at an offset."""
    return (at.astimezone(UTC) + timedelta(minutes=minutes)).date()


def _calendar(each: Record) -> None:
    _texts(each, "name")
    _several(each, "holidays")
    days = []
    for holiday in each["holidays"]:
        _record(holiday, "holiday")
        _texts(holiday, "name")
        _basis(holiday, "basis")
        _demand(isinstance(holiday["joint_leave"], bool))
        days.append(_day(holiday["day"]))
    _demand(days == sorted(set(days)) and _day(each["first"]) <= days[0] and days[-1] <= _day(each["last"]))


def _record(value: Any, kind: str) -> None:
    _demand(isinstance(value, dict) and set(value) == set(FIELDS[kind]))


def _several(record: Record, name: str) -> None:
    _demand(isinstance(record[name], list) and bool(record[name]))


def _once(values: list[Any]) -> None:
    _demand(len(set(values)) == len(values))


def _texts(record: Record, *names: str) -> None:
    for name in names:
        value = record[name]
        _demand(isinstance(value, str))
        kinds = [unicodedata.category(sign) for sign in value]
        _demand(any(kind not in ("Cc", "Cf", "Zl", "Zp", "Zs") for kind in kinds))
        _demand(all(kind != "Cc" or sign in "\n\t" for sign, kind in zip(value, kinds, strict=True)))
        _demand(not any(sign in TURNING for sign in value))


def _basis(record: Record, name: str) -> None:
    _demand(record[name] in ("published", "proposed"))


def _offset(record: Record) -> None:
    minutes = record["utc_offset_minutes"]
    _demand(isinstance(minutes, int) and not isinstance(minutes, bool) and -720 <= minutes <= 840)


def _day(value: Any) -> date:
    _demand(isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is not None)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Broken("no such day") from error


def _fraction(_: str) -> Any:
    raise Broken("a fraction")


def _demand(right: bool) -> None:
    if not right:
        raise Broken("not the agreement that F21 describes")
