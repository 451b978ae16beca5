"""Which act is legal, and what the host must have noted: sections 5 and 6.

Elsewhere: what is owed, `tests.ledger.second_count`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.ledger import second_count
from tests.ledger.second_audit import agreements, witnesses
from tests.ledger.second_audit.agreements import Record
from tests.ledger.second_audit.bodies import Body
from tests.ledger.second_audit.texts import section

MINUTES = timedelta(minutes=1)
DAY = timedelta(days=1)
ACTS = {
    kind: {"by": by, "in": re.findall("`([A-Z]+)`", where), "named": "named" in where, "none": "no release" in where,
           "to": re.sub("`", "", to)}
    for kind, by, where, to in re.findall(
        r"(?m)^\| `([a-z.]+)` \| ([a-zA-Z]+) \| ([^|]+) \| ([^|]+) \|$", section("A1", "A2")
    )
}  # fmt: skip


class Illegal(Exception):
    """An act that the rules of sections 5 and 6 do not allow."""


@dataclass
class Referral:
    sender: str
    receiver: str
    sent_at: datetime
    index: int  # of the entry that sent it
    status: str = "SENT"
    open: str | None = None  # the release that is not answered yet
    told: set[str] = field(default_factory=set)  # what released, received or refused
    worse: dict[str, bool] = field(default_factory=dict)  # receipts that do not agree: whether they were answered
    fit_at: datetime | None = None
    papers: set[tuple[str, str]] = field(default_factory=set)
    recorded: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    owed: list[dict[str, Any]] = field(default_factory=list)


def demand(right: bool) -> None:
    if not right:
        raise Illegal


def sent(body: Body, id_: str, at: datetime, index: int, told: Record) -> Referral:
    """A2 and A5."""
    codes = [party["code"] for party in told["parties"]]
    demand(body["party"] in codes and body["to"] in codes and body["party"] != body["to"])
    demand(told["signed_on"] <= agreements.local(at, told["utc_offset_minutes"]).isoformat() <= told["ends_on"])
    demand((body["term_acknowledge"], body["term_decide"]) in _pairs(told))
    for name in ("term_acknowledge", "term_decide"):
        _countable(body["to"], body[name], at, told)
    referral = Referral(body["party"], body["to"], at, index)
    _count(referral, body, id_, at, index, told)
    return referral


def _pairs(told: Record) -> set[tuple[str, str]]:
    """A2: the pairs of terms, as the text lists them."""
    listed = re.findall("`([a-z_]+)` and `([a-z_]+)`", section("A2", "A3").split("is one of these pairs:")[1])
    listed = listed if told["format"] == 2 else [("standard", "standard")]
    return {
        (agreements.term(told, "referral.acknowledge", one), agreements.term(told, "referral.decide", other))
        for one, other in listed
    }


def _countable(party: str, term: str, at: datetime, told: Record) -> None:
    """A5."""
    if not term.endswith("WD"):
        return
    (ours,) = [each for each in told["parties"] if each["code"] == party]
    (calendar,) = [each for each in told["calendars"] if each["name"] == ours["calendar"]]
    closed = {holiday["day"] for holiday in calendar["holidays"]}
    day, left = agreements.local(at, ours["utc_offset_minutes"]), int(term[1:-2])
    while left:
        day += DAY
        demand(calendar["first"] <= day.isoformat() <= calendar["last"])
        left -= _works(day, closed)


def _works(day: date, closed: set[str]) -> bool:
    return day.isoweekday() <= 5 and day.isoformat() not in closed


def act(referral: Referral, body: Body, id_: str, at: datetime, index: int, told: Record) -> None:
    """An act by A1, A3, A4, A5 and O8; changes the referral, or raises before it has."""
    row, kind = ACTS[body["kind"]], body["kind"]
    by = {"sender": referral.sender, "receiver": referral.receiver, "HOST": "HOST"}[row["by"]]
    demand(body["party"] == by and referral.status in row["in"])
    demand(not row["none"] or referral.open is None)
    demand(not row["named"] or body["release"] == referral.open)
    demand(body.get("leg", 1) == 1)
    if kind == "referral.expired":
        demand(at >= referral.sent_at + agreements.span(told, "referral.window"))
    elif kind == "fitness.certified":
        referral.fit_at = at
    elif kind == "handover.released":
        demand(body["to"] == referral.receiver and referral.fit_at is not None)
        demand(referral.fit_at is not None and at <= referral.fit_at + agreements.span(told, "fitness.check"))
        _countable(body["to"], body["term"], at, told)
        referral.open = id_
        referral.told.add(id_)
    elif kind in ("handover.received", "handover.refused"):
        referral.open = None
        referral.told.add(id_)
        if not body["agrees"]:
            referral.worse[id_] = False
    elif kind == "discrepancy.answered":
        demand(referral.worse.get(body["receipt"]) is False)
        referral.worse[body["receipt"]] = True
    if row["to"] != "the same":
        referral.status = row["to"]
    _count(referral, body, id_, at, index, told)


def _count(referral: Referral, body: Body, id_: str, at: datetime, index: int, told: Record) -> None:
    second_count.act(referral.owed, body, id_, at, told)
    ends = referral.sender, referral.receiver
    referral.owed += list(second_count.opened(body, id_, at, index, ends, told))


def remark(referral: Referral, body: Body, id_: str, at: datetime, told: Record) -> None:
    """O5, O6, O8, O9."""
    if body["kind"] == "bast.recorded":
        party, of = body["party"], body["handover"]
        demand(party in (referral.sender, referral.receiver) and of in referral.told)
        demand((party, of) not in referral.papers)
        referral.papers.add((party, of))
        referral.recorded.setdefault(of, {}).setdefault(party, set()).add(body["sha256"])
        return
    named = body["obligation"]
    found = [row for row in referral.owed if (row["kind"], row["opened_by"]) == (named["kind"], named["opened_by"])]
    demand(len(found) == 1)
    (row,) = found
    second_count.judge(row, referral.recorded.get(row["ended_by"], {}), at)
    by, state, kind = body["party"], row["state"], body["kind"].removeprefix("obligation.")
    debtor, creditor = by == row["debtor"], by == row["creditor"]
    allowed: dict[str, Callable[[], bool]] = {
        "waiver_offered": lambda: debtor and state in ("OPEN", "PAUSED") and row["waiver_offer"] is None,
        "waiver_agreed": lambda: creditor and state in ("OPEN", "PAUSED") and row["waiver_offer"] == body["offer"],
        "pause_offered": lambda: debtor and state == "OPEN" and row["pause_offer"] is None,
        "pause_agreed": lambda: creditor and state == "OPEN" and row["pause_offer"] == body["offer"],
        "resumed": lambda: (debtor or creditor) and state == "PAUSED" and row["pause_offer"] == body["offer"],
        "breach_noted": lambda: by == "HOST" and state == "BREACHED" and row["noted_by"] is None,
    }
    demand(allowed[kind]())
    second_count.remark([row], body, id_, at, told)


def passed_over(
    referrals: Iterable[Referral], indexes: dict[str, int], outages: list[tuple[datetime, datetime]], at: datetime,
    told: Record,
) -> Iterable[int]:  # fmt: skip
    """O8: the entries of which the host should have noted something, and has not."""
    window = agreements.span(told, "referral.window")

    def old(since: datetime) -> bool:
        return witnesses.later(since, outages) < at

    for referral in referrals:
        if referral.status in ("SENT", "ACKNOWLEDGED") and old(referral.sent_at + window):
            yield referral.index
        for row in referral.owed:
            if not row["ending"] and row["paused_since"] is None and row["noted_by"] is None and old(row["due_at"]):
                yield indexes[row["opened_by"]]
