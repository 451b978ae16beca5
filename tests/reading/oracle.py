"""The oracle: graphql-core executes the printed schema over Python rows, one resolver for every field.

It shares with `reading` the texts of ids and cursors and nothing else: no catalogue, no planner, no SQL. States and
summaries of obligations are told once more in `obligations`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from graphql import ExecutionResult, GraphQLResolveInfo, GraphQLSchema, build_schema, execute_sync, parse

from reading import ids
from schema.language import PRINTED
from tests.reading import obligations, seals
from tests.reading.worlds import Row

TABLES = {
    "Case": "case_file",
    "Person": "person",
    "Referral": "referral",
    "Handover": "handover",
    "FitnessCertificate": "fitness_certificate",
    "Party": "party",
    "Agreement": "agreement",
    "Clause": "agreement_clause",
    "Term": "agreement_term",
    "LedgerEntry": "ledger_entry",
    "Checkpoint": "checkpoint",
    "Obligation": "obligation",
}
KEYS = {"Party": "code", "Agreement": "sha256", "LedgerEntry": "statement", "Checkpoint": "size"}
ONE = {  # of type and field: whose row, and which column here names it
    ("Case", "responsible"): ("Party", "party"),
    ("Case", "person"): ("Person", "person_id"),
    ("Referral", "from"): ("Party", "from_party"),
    ("Referral", "to"): ("Party", "to_party"),
    ("Referral", "case"): ("Case", "case_id"),
    ("Handover", "from"): ("Party", "from_party"),
    ("Handover", "to"): ("Party", "to_party"),
    ("Handover", "referral"): ("Referral", "referral_id"),
    ("Obligation", "debtor"): ("Party", "debtor"),
    ("Obligation", "creditor"): ("Party", "creditor"),
    ("Obligation", "referral"): ("Referral", "referral_id"),
    ("Obligation", "openedBy"): ("LedgerEntry", "opened_by"),
    ("Obligation", "endedBy"): ("LedgerEntry", "ended_by"),
    ("HandoverPaper", "party"): ("Party", "party"),
    ("ObligationSummaryRow", "party"): ("Party", "party"),
}
MANY = {
    ("Referral", "fitness"): ("fitness_certificate", "referral_id", ("certified_at", "id")),
    ("Referral", "handovers"): ("handover", "referral_id", ("released_at", "id")),
    ("Referral", "entries"): ("ledger_entry", "referral_id", ("index",)),
    ("Referral", "obligations"): ("obligation", "referral_id", ("due_at", "id")),
    ("Referral", "openObligations"): ("obligation", "referral_id", ("due_at", "id")),
    ("Handover", "papers"): ("handover_paper", "handover_id", ("recorded_at", "statement")),
    ("Handover", "obligations"): ("obligation", "handover_id", ("due_at", "id")),
    ("Agreement", "clauses"): ("agreement_clause", "agreement_sha256", ("position", "id")),
    ("Agreement", "terms"): ("agreement_term", "agreement_sha256", ("id",)),
}
LATEST = {
    ("Case", "latestReferral"): ("referral", "case_id", ("sent_at", "id")),
    ("Referral", "latestHandover"): ("handover", "referral_id", ("released_at", "id")),
}
PAGED = {  # table, column that points to the parent, order, descending
    ("Query", "cases"): ("case_file", None, ("opened_at", "id"), True),
    ("Query", "referrals"): ("referral", None, ("sent_at", "id"), True),
    ("Query", "obligations"): ("obligation", None, ("due_at", "id"), False),
    ("Query", "workList"): ("obligation", None, ("act_before", "id"), False),
    ("Query", "ledgerEntries"): ("ledger_entry", None, ("index",), False),
    ("Case", "referrals"): ("referral", "case_id", ("sent_at", "id"), True),
}
OF_OBLIGATIONS = {
    ("Obligation", "kind"),
    ("Obligation", "state"),
    ("Obligation", "clause"),
    ("Obligation", "stops"),
    ("Obligation", "actBefore"),
    ("Obligation", "urgency"),
    ("Urgency", "clause"),
    ("ObligationSummaryRow", "clause"),
}
FILTERS = {"from": "from_party", "to": "to_party", "referral": "referral_id"}
TYPES = {table: kind for kind, table in TABLES.items()}


def plain_schema() -> GraphQLSchema:
    return build_schema(PRINTED.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    schema: GraphQLSchema
    seen: Mapping[str, list[Row]]
    cursors: ids.Cursors
    me: Mapping[str, Any]
    derive: Mapping[str, Callable[..., Any]]
    now: datetime
    trail: set[UUID] = field(default_factory=set)

    def run(self, text: str, variables: Mapping[str, Any], operation: str | None = None) -> ExecutionResult:
        return execute_sync(
            self.schema, parse(text), {}, variable_values=dict(variables), operation_name=operation,
            field_resolver=self.resolve, type_resolver=lambda value, *_: value["__type"],
        )  # fmt: skip

    # -- one resolver ----------------------------------------------------------------------------------------------
    def resolve(self, source: Row, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
        at = (info.parent_type.name, info.field_name)
        if at[0] == "Query":
            return self.root(at[1], args)
        if at in ONE:
            kind, column = ONE[at]
            return self.find(kind, source[column])
        if at in MANY:
            table, key, order = MANY[at]
            rows = self.pointing(table, key, self.key(*at[:1], source), order)
            return [r for r in rows if r["ending"] is None] if at[1] == "openObligations" else rows
        if at in LATEST:
            table, key, order = LATEST[at]
            return next(reversed(self.pointing(table, key, source["id"], order)), None)
        if at in PAGED:
            return self.page(at, source, args)
        if at in OF_OBLIGATIONS:
            return self.of_obligation(at[1], source)
        return self.value(at, source, info)

    def of_obligation(self, name: str, source: Row) -> Any:
        match name:
            case "kind":
                return obligations.NAMES.get(source["kind"], source["kind"])
            case "state":
                return source.get("state") or obligations.state(source, self.now)
            case "actBefore":
                return told(obligations.act_before(source, self.seen))
            case "urgency":
                return obligations.urgency(source, self.seen, self.now)
            case "stops":
                return [{"from": told(stop.lower), "until": told(stop.upper)} for stop in source["stops"]]
        return next(c for c in self.seen["agreement_clause"] if c["key"] == source["clause"])

    def value(self, at: tuple[str, str], source: Row, info: GraphQLResolveInfo[Any]) -> Any:
        match at:
            case (_, "id"):
                return ids.id_of(at[0], self.key(at[0], source))
            case ("Person", "identity"):
                return source
            case ("Referral", "preview"):
                return next((r for r in self.seen["referral_preview"] if r["referral_id"] == source["id"]), None)
            case ("Handover", "conditionAtRelease" | "conditionAtReceipt"):
                column = "release_condition_id" if at[1] == "conditionAtRelease" else "receipt_condition_id"
                return next((r for r in self.seen["condition_report"] if r["id"] == source[column]), None)
            case ("Handover", "answer"):
                named = [o for o in self.seen["opening"] if o["statement"] == source["answer_statement"]]
                opened = next((o for o in named if o["name"] == "answer"), None)
                return None if opened is None else self.sealed(opened, opened["person_id"], json.loads(opened["value"]))
            case ("Condition", _) | ("Identity", "fullName" | "aliases" | "nik" | "birthDate"):
                person = source["id" if at[0] == "Identity" else "person_id"]
                return self.sealed(source, person, told(source[snake(info.field_name)]))
            case ("LedgerEntry", "receipt" | "envelope" | "leaf" | "state"):
                return self.of_entry(at[1], source)
            case ("Me", "party"):
                return self.find("Party", source["partyCode"])
        if info.field_name in source:  # a connection's parts, made below
            return told(source[info.field_name])
        return told(source[snake(info.field_name)])

    def of_entry(self, name: str, source: Row) -> Any:
        match name:
            case "receipt":
                return self.derive["receipt"](source["statement"], source["index"], source["leaf_hash"], source["at"])
            case "envelope":
                return self.derive["envelope"](source["leaf"])
            case "leaf":
                return source["leaf_hash"]
        for state, table in (("WITNESSED", "checkpoint_witnessed"), ("PUBLISHED", "checkpoint")):
            if source["index"] < max((row["size"] for row in self.seen[table]), default=0):
                return state
        return "LOGGED"

    def sealed(self, row: Row, person: UUID, value: Any) -> Any:
        """what no key is left for is null, what was altered an error; each look is in the trail"""
        self.trail.add(person)
        if seals.erased(person):
            return None
        if seals.broken(row):
            raise ValueError("this seal was altered")
        return value

    def key(self, kind: str, row: Row) -> Any:
        return row[KEYS.get(kind, "id")]

    def find(self, kind: str, key: Any) -> Row | None:
        found = [r for r in self.seen[TABLES[kind]] if self.key(kind, r) == key]
        return {**found[0], "__type": kind} if found else None

    def pointing(self, table: str, key: str | None, to: Any, order: Sequence[str]) -> list[Row]:
        rows = [r for r in self.seen[table] if key is None or r[key] == to]
        return sorted(rows, key=lambda r: [r[o] for o in order])

    # -- the root ----------------------------------------------------------------------------------------------------
    def root(self, name: str, args: Mapping[str, Any]) -> Any:
        match name:
            case "agreement":
                return next(iter(self.seen["agreement"]), None)
            case "parties":
                return sorted(self.seen["party"], key=lambda p: str(p["code"]))
            case "me":
                return self.me
            case "checkpoint":
                return max(self.seen["checkpoint"], key=lambda c: int(c["size"]), default=None)
            case "node":
                return self.named(args["id"])
            case "obligationSummary":
                at = obligations.instant(args.get("asOf")) or self.now
                rows = obligations.as_of(self.seen, at if args.get("asOf") else None, self.now)
                return {"asOf": at, "rows": obligations.summary(rows, args)}
            case "case" | "referral" | "handover" | "obligation":
                found = self.named(args["id"])
                return found if found and found["__type"] == name.capitalize() else None
        return self.page(("Query", name), {}, args)

    def named(self, text: str) -> Row | None:
        kinds = [(kind, self.key(kind, r)) for kind, table in TABLES.items() for r in self.seen[table]]
        return next((self.find(kind, key) for kind, key in kinds if ids.id_of(kind, key) == text), None)

    # -- pages -------------------------------------------------------------------------------------------------------
    def page(self, at: tuple[str, str], source: Row, args: Mapping[str, Any]) -> Any:
        table, key, order, down = PAGED[at]
        if table != "obligation":
            rows = self.pointing(table, key, source.get("id"), order)
        else:
            rows = sorted(self.owed(at[1], args), key=lambda r: [r[o] for o in order])
        if down:
            rows.reverse()
        rows = [r for r in rows if all(self.passes(r, name, v) for name, v in (args.get("filter") or {}).items())]
        seal = self.cursors.sealer(f"{TYPES[table]} {key or ''}")
        told = [(seal(*[r[o] for o in order]), r) for r in rows]
        known = self.seen["all " + table]
        if table == "obligation":  # to one of its ends a row may stand elsewhere than to others
            every_row = {**self.seen, "obligation_urgency": self.seen["all obligation_urgency"]}
            hidden = {**self.seen, "obligation_urgency": []}
            past = [*known, *self.seen["all obligation_past"]]
            known = [{**r, "act_before": obligations.act_before(r, by)} for r in past for by in (every_row, hidden)]
        every = {seal(*[r[o] for o in order]): [r[o] for o in order] for r in known}
        return {"totalCount": len(rows), **window(told, every, order, down, args)}

    def owed(self, name: str, args: Mapping[str, Any]) -> list[Row]:
        rows = obligations.as_of(self.seen, obligations.instant(args.get("asOf")), self.now)
        if name != "workList":
            return rows
        mine = [r for r in rows if r["debtor"] == self.me["partyCode"] and r["ending"] is None]
        within = args.get("within")
        return mine if within is None else [r for r in mine if obligations.ahead(r, self.now, within)]

    def passes(self, row: Row, name: str, wanted: Any) -> bool:
        if wanted is None:
            return True
        if "debtor" in row and name in obligations.FILTERS:
            return obligations.FILTERS[name](row, wanted)
        if name == "case":
            open_to = [c["id"] for c in self.seen["case_file"] if ids.id_of("Case", c["id"]) == wanted]
            return row["case_id"] in open_to
        if name == "referral":
            return row["referral_id"] is not None and ids.id_of("Referral", row["referral_id"]) == wanted
        return bool(row[FILTERS.get(name, name)] == wanted)


def window(
    rows: list[tuple[str, Row]],
    every: Mapping[str, list[Any]],
    order: Sequence[str],
    down: bool,
    args: Mapping[str, Any],
) -> Row:
    """the page, cut out of the whole list: slow and plain"""

    def after(row: Row, cursor: str) -> bool:
        there, place = [row[o] for o in order], every[cursor]
        return there < place if down else there > place

    def before(row: Row, cursor: str) -> bool:
        return [row[o] for o in order] != every[cursor] and not after(row, cursor)

    low, high = args.get("after"), args.get("before")
    if any(c is not None and c not in every for c in (low, high)):
        rows, low, high = [], None, None
    chosen = [r for r in rows if low is None or after(r[1], low)]
    chosen = [r for r in chosen if high is None or before(r[1], high)]
    earlier = low is not None and any(not after(r, low) for _, r in rows)
    later = high is not None and any(not before(r, high) for _, r in rows)
    first, last = args.get("first"), args.get("last")
    told = chosen[:first] if first is not None else chosen[max(0, len(chosen) - (last or 0)) :]
    more = len(told) < len(chosen)
    info = {
        "hasNextPage": later or (first is not None and more),
        "hasPreviousPage": earlier or (last is not None and more),
        "startCursor": told[0][0] if told else None,
        "endCursor": told[-1][0] if told else None,
    }
    return {"edges": [{"cursor": c, "node": r} for c, r in told], "pageInfo": info}


def snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
