"""Obligations of a test's world, and what is told of them, said once more in Python: versions, states, summaries."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from asyncpg import Range  # type: ignore[import-untyped]  # it has no types

Row = dict[str, Any]
NAMES = {
    "referral.acknowledge": "REFERRAL_ACKNOWLEDGE",
    "referral.decide": "REFERRAL_DECIDE",
    "handover.receipt": "HANDOVER_RECEIPT",
    "discrepancy.answer": "DISCREPANCY_ANSWER",
}
WORDS = {name: word for word, name in NAMES.items()}
UNKNOWN = "not.in_the_schema"
HASTENED = ("referral.acknowledge", "referral.decide")
LONG_AGO, FAR_AHEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
COUNTED = ("MET", "MET_LATE", "BREACHED", "WAIVED")
Tallies = dict[tuple[Any, ...], Row]


# -- rows --------------------------------------------------------------------------------------------------------------
def fill(rows: dict[str, list[Row]], rnd: Random, *, honest: bool, number: int = 60) -> None:
    """a few for each referral, some of which have been otherwise before"""
    for n in range(number):
        now = made(rows, rnd, n, honest=honest)
        rows["obligation"].append(now)
        if rnd.random() < 0.6:
            rows["obligation_past"].append(before(now, rnd))
    for o in rows["obligation"]:
        if o["ending"] is not None:
            count(rows["obligation_tally"], o)
        if o["kind"] in HASTENED and rnd.random() < 0.7:
            rows["obligation_urgency"].append(urgent(o, rnd))


def made(rows: dict[str, list[Row]], rnd: Random, n: int, *, honest: bool) -> Row:
    referral = rnd.choice(rows["referral"])
    handover = rnd.choice([None, *(h for h in rows["handover"] if h["referral_id"] == referral["id"])])
    kind = UNKNOWN if not honest and rnd.random() < 0.04 else rnd.choice(list(NAMES))
    ends = [referral["from_party"], referral["to_party"]]
    debtor, creditor = ends if kind == "discrepancy.answer" else ends[::-1]
    opened = START + timedelta(hours=rnd.randrange(3))
    ending = rnd.choice([None, None, None, "SETTLED", "SETTLED", "RELEASED", "WAIVED"])
    ended = opened + timedelta(hours=1 + rnd.randrange(3)) if ending else None
    paused = opened + timedelta(hours=1) if ending is None and rnd.random() < 0.2 else None
    entries = [e["statement"] for e in rows["ledger_entry"]]
    return {
        "id": UUID(int=rnd.getrandbits(128)), "kind": kind, "clause": rnd.choice(["principles", "good_condition"]),
        "basis": "proposed", "referral_id": referral["id"], "case_id": referral["case_id"],
        "handover_id": handover["id"] if handover else None, "debtor": debtor, "creditor": creditor,
        "term": rnd.choice(["PT6H", "P3WD"]), "opened_by": rnd.choice([*entries, f"{n:064x}"]), "opened_at": opened,
        "opened_month": rnd.choice([date(2025, 12, 1), date(2026, 1, 1)]),
        "due_at": rnd.choice([LONG_AGO, FAR_AHEAD, opened + timedelta(hours=2)]), "paused_since": paused,
        "stops": stops(n, opened, honest=honest),
        "ending": ending, "ended_at": ended, "ended_by": rnd.choice(entries) if ending else None,
        "ended_kind": "referral.accepted" if ending else None,
        "entered_late": ending == "SETTLED" and rnd.random() < 0.3,
        "contested": ending == "SETTLED" and rnd.random() < 0.3,
        "papers": "[]", "waiver_offer": rnd.choice([None, f"{n:064x}"]),
        "pause_offer": None, "noted_by": None, "noted_at": rnd.choice([None, opened]),
        "valid_from": opened + timedelta(hours=rnd.randrange(4)), "version": 2, "from_party": ends[0],
        "to_party": ends[1],
    }  # fmt: skip


def urgent(o: Row, rnd: Random) -> Row:
    ends = {"obligation_id": o["id"], "debtor": o["debtor"], "creditor": o["creditor"]}
    counted = {"term": rnd.choice(["PT6H", "PT24H"]), "clause": rnd.choice(["principles", "good_condition"])}
    return {
        **ends,
        **counted,
        "basis": "proposed",
        "first_due": o["opened_at"] + timedelta(minutes=rnd.choice([6, 45])),
    }


def stops(n: int, opened: datetime, *, honest: bool) -> list[Range]:
    """none, one or two, the last of which nobody who is honest leaves open"""
    made = [Range(opened + timedelta(minutes=m), opened + timedelta(minutes=m + 5)) for m in (0, 30)]
    return made[: n % 3] if honest or n % 20 else [made[0], Range(made[1].lower, None)]


def before(now: Row, rnd: Random) -> Row:
    was = {"ending": None, "ended_at": None, "ended_by": None, "ended_kind": None}
    never = {"entered_late": False, "contested": False}
    due = rnd.choice([now["due_at"], START + timedelta(hours=3)])
    told = {"version": 1, "valid_from": now["valid_from"] - timedelta(hours=2), "valid_until": now["valid_from"]}
    return {**now, **was, **never, **told, "due_at": due}


def count(tallies: list[Row], o: Row) -> None:
    """as the trigger counts what has ended"""
    key = {name: o[name] for name in ("debtor", "creditor", "clause", "opened_month")}
    row = next((t for t in tallies if key.items() <= t.items()), None)
    if row is None:
        row = {**key, **dict.fromkeys(("met", "met_late", "breached", "waived", "entered_late", "contested"), 0)}
        tallies.append(row)
    row[state(o, FAR_AHEAD).lower()] += 1
    row["entered_late"] += o["entered_late"]
    row["contested"] += o["contested"]


# -- what is told ------------------------------------------------------------------------------------------------------
def state(o: Row, at: datetime) -> str:
    late = o["ended_at"] is not None and o["ended_at"] > o["due_at"]
    if o["ending"] == "WAIVED":
        return "WAIVED"
    if o["ending"] is not None:
        undone = "BREACHED" if o["ending"] == "RELEASED" else "MET_LATE"
        return undone if late and not (o["ending"] == "SETTLED" and o["entered_late"]) else "MET"
    if o["paused_since"] is not None:
        return "PAUSED"
    return "BREACHED" if at > o["due_at"] else "OPEN"


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)


def as_of(seen: Mapping[str, list[Row]], at: datetime | None, now: datetime) -> list[Row]:
    """the rows that stood at this instant, each with its state then; without one, those that stand"""
    if at is None:
        return [{**o, "state": state(o, now), "act_before": act_before(o, seen)} for o in seen["obligation"]]
    standing = [o for o in seen["obligation"] if o["valid_from"] <= at]
    standing += [o for o in seen["obligation_past"] if o["valid_from"] <= at < o["valid_until"]]
    return [{**o, "state": state(o, at), "act_before": act_before(o, seen)} for o in standing]


def act_before(o: Row, seen: Mapping[str, list[Row]]) -> datetime:
    """the due, or the sooner one of those who may see it"""
    due: datetime = o["due_at"]
    row = next((u for u in seen["obligation_urgency"] if u["obligation_id"] == o["id"]), None)
    if row is None or row["term"] == o["term"]:
        return due
    moved: datetime = row["first_due"]
    for stop in o["stops"]:
        if stop.lower <= moved:
            if stop.upper is None:
                return due
            moved += stop.upper - stop.lower
    return min(moved, due)


def urgency(o: Row, seen: Mapping[str, list[Row]], now: datetime) -> Row | None:
    """what has become of it by that due, for those who may see it"""
    row = next((u for u in seen["obligation_urgency"] if u["obligation_id"] == o["id"]), None)
    if row is None:
        return None
    due = act_before(o, seen)
    strict = {**o, "due_at": due, "entered_late": False}
    if o["paused_since"] is not None and o["paused_since"] > due:
        strict["paused_since"] = None
    if o["ending"] == "WAIVED" and o["ended_at"] > due:
        strict |= {"ending": None, "ended_at": None}
    return {**row, "due_at": due, "state": state(strict, now), "__type": "Urgency"}


def ahead(o: Row, now: datetime, within: int) -> bool:
    return bool(o["act_before"] - now <= timedelta(hours=min(max(within, 0), 24 * 366 * 100)))


FILTERS: Mapping[str, Callable[[Row, Any], bool]] = {
    "kind": lambda o, wanted: o["kind"] == WORDS[wanted],
    "dueFrom": lambda o, wanted: o["due_at"] >= datetime.fromisoformat(wanted),
    "dueUntil": lambda o, wanted: o["due_at"] < datetime.fromisoformat(wanted),
}


def summary(rows: list[Row], args: Mapping[str, Any]) -> list[Row]:
    told: Tallies = {}
    low, high = (_month(args.get(name)) for name in ("from", "until"))
    for o in rows:
        month = o["opened_month"]
        if (low and month < low) or (high and month > high):
            continue
        key = (o["debtor"], o["clause"], _period(month, args.get("period")))
        row = told.setdefault(key, dict.fromkeys((*map(str.lower, (*COUNTED, "OPEN", "PAUSED")), "total"), 0))
        row[o["state"].lower()] += 1
        row["total"] += 1
        for name in ("entered_late", "contested"):
            row[name] = row.get(name, 0) + o[name]
    return [
        {"party": party, "clause": clause, "period": period, **told[party, clause, period]}
        for party, clause, period in sorted(told, key=lambda k: (k[0], k[1], k[2] or ""))
    ]


def _month(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text).replace(day=1)


def _period(month: date, by: str | None) -> str | None:
    match by:
        case "YEAR":
            return f"{month:%Y}"
        case "QUARTER":
            return f"{month:%Y}-Q{(month.month + 2) // 3}"
        case "MONTH":
            return f"{month:%Y-%m}"
    return None
