"""A small world of rows, some of which no honest act could have made: unknown names, rows whose other end is hidden.

The same rows stand in PostgreSQL and in Python, with row security written once more, in Python.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from database import sightings, tables
from tests.reading import obligations, seals
from tests.reading.seals import ITEMS

Row = dict[str, Any]
JK, JB, JI, BA = "ID-JK", "ID-JB", "ID-JI", "ID-BA"
PARTIES = (JK, JB, JI, BA)
AUDITOR = "AUDITOR:bpk"
START = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("SENT", "ACKNOWLEDGED", "ACCEPTED", "DECLINED", "EXPIRED", "COMPLETED")
GRADES = ("GOOD", "FAIR", "POOR", "CRITICAL")
UNKNOWN = "NOT_IN_THE_SCHEMA"


@dataclass(frozen=True, slots=True)
class World:
    rows: Mapping[str, list[Row]]

    def seen_by(self, party: str) -> dict[str, list[Row]]:
        """row security, said once more"""
        granted = {a["case_id"] for a in self.rows["case_access"] if a["party"] == party}
        opened = {a["case_id"] for a in self.rows["case_access"] if a["party"] == party and a["referral_id"]}
        known = {c["person_id"] for c in self.rows["case_file"] if c["id"] in opened}
        ends = {
            t: [r for r in self.rows[t] if party in (r["from_party"], r["to_party"])]
            for t in ("referral", "referral_preview", "handover")
        }
        expired = {r["id"] for r in ends["referral"] if r["status"] == "EXPIRED"}

        def entry_seen(e: Row) -> bool:
            everybody = e["kind"].startswith("key.") or (e["party"] in ("FORUM", "HOST") and e["referral_id"] is None)
            of_host = e["party"] == "HOST" and e["referral_id"] in expired
            return party in (e["party"], e["other_party"]) or everybody or of_host

        seen = {
            "case_file": [c for c in self.rows["case_file"] if c["party"] == party or c["id"] in opened],
            "person": [p for p in self.rows["person"] if p["party"] == party or p["id"] in known],
            **ends,
            **{
                t: [r for r in self.rows[t] if r["party"] == party or r["case_id"] in granted]
                for t in ("fitness_certificate", "condition_report", "opening")
            },
            **{
                t: [o for o in self.rows[t] if party in (o["debtor"], o["creditor"]) or everybodys(party)]
                for t in ("obligation", "obligation_past")
            },
            "obligation_urgency": [u for u in self.rows["obligation_urgency"] if party in (u["debtor"], u["creditor"])],
            "handover_paper": [
                p for p in self.rows["handover_paper"] if p["handover_id"] in {h["id"] for h in ends["handover"]}
            ],
            "ledger_entry": [e for e in self.rows["ledger_entry"] if everybodys(party) or entry_seen(e)],
        }
        return {**self.rows, **seen, **{f"all {t}": rows for t, rows in self.rows.items()}}


def everybodys(party: str) -> bool:
    """what concerns all provinces is shown to those who look over all of them"""
    return party.startswith(("AUDITOR:", "WITNESS:"))


def make(seed: int = 1, *, honest: bool = False) -> World:
    return Maker(Random(seed), honest).world()  # noqa: S311  # rows of a test hide nothing


class Maker:
    def __init__(self, rnd: Random, honest: bool) -> None:
        self.rnd, self.honest = rnd, honest
        self.rows: dict[str, list[Row]] = {t.name: [] for t in tables.metadata.sorted_tables}

    def uuid(self) -> UUID:
        return UUID(int=self.rnd.getrandbits(128))

    def at(self) -> datetime:
        """few moments, so that orders have ties"""
        return START + timedelta(hours=self.rnd.randrange(6))

    def name(self, *names: str) -> str:
        return UNKNOWN if not self.honest and self.rnd.random() < 0.04 else self.rnd.choice(names)

    def statement(self) -> str:
        return f"{self.rnd.getrandbits(256):064x}"

    def world(self) -> World:
        self.agreement()
        for n in range(8):
            self.person(n)
        for n in range(22):
            self.case(n)
        for _ in range(26):
            self.referral()
        for _ in range(20):
            self.handover()
        for n in range(40):
            self.entry(n)
        obligations.fill(self.rows, self.rnd, honest=self.honest)
        self.told_of_handovers()
        self.rows["checkpoint"] = [
            {"size": n, "root": "0" * 64, "note": f"note {n}\n", "published_at": self.at()} for n in (9, 25)
        ]
        self.rows[sightings.checkpoint_witnessed.name] = [{"size": 9, "at": self.at()}]
        return World(self.rows)

    def agreement(self) -> None:
        for n, code in enumerate(PARTIES):
            told: Row = {
                "code": code,
                "name": f"Provinsi {n}",
                "kemendagri_code": str(31 + n),
                "time_zone": "Asia/Jakarta",
            }
            self.rows["party"].append({**told, "utc_offset_minutes": 420})
        document = b"{}"
        sha256 = hashlib.sha256(document).hexdigest()
        dates = {"signed_on": date(2025, 6, 17), "ends_on": date(2030, 6, 16)}
        told = {"sha256": sha256, "title": "Kerja sama", "title_en": "Cooperation", "document": document}
        self.rows["agreement"].append({**told, **dates})
        for n, key in enumerate(("principles", "good_condition")):
            clause = {"id": f"{sha256}/{key}", "key": key, "text": f"Pasal {n}", "text_en": f"Clause {n}"}
            self.rows["agreement_clause"].append(
                {**clause, "agreement_sha256": sha256, "position": 1 - n, "basis": "published"}
            )
        term = {"id": f"{sha256}/a", "obligation": "referral.decide", "applies_to": "standard", "term": "PT24H"}
        self.rows["agreement_term"].append(
            {**term, "agreement_sha256": sha256, "clause": "principles", "basis": "proposed"}
        )

    def person(self, n: int) -> None:
        self.rows["person"].append(
            {
                "id": self.uuid(), "party": self.rnd.choice(PARTIES), "full_name": f"Orang {n}",
                "aliases": [f"Alias {k}" for k in range(n % 3)], "initials": f"O. {n}.",
                "nik": None if n % 2 else "3" * 16, "birth_date": None if n % 3 else date(1980, 1, 1 + n),
                "birth_date_estimated": n % 2 == 0, "sex": self.name("FEMALE", "MALE"), "version": 1,
                "created_at": self.at(), "broken": self.broken(),
            }
        )  # fmt: skip

    def broken(self) -> bool:
        return not self.honest and self.rnd.random() < 0.06

    def case(self, n: int) -> None:
        person = self.rnd.choice(self.rows["person"])
        lost = not self.honest and self.rnd.random() < 0.15  # a person whom the province of the case may not see
        case = {
            "id": self.uuid(), "party": self.rnd.choice(PARTIES) if lost else person["party"], "number": f"N{n}",
            "person_id": person["id"], "status": self.name("OPENED", "ASSESSED", "CLOSED"),
            "category": self.name("PENGEMIS", "KORBAN_TRAFFICKING"),
            "vulnerabilities": ["CHILD", "ILL"][: n % 4] + ([] if self.honest or n % 3 else [UNKNOWN]),
            "risk": self.rnd.choice([None, self.name("LOW", "EMERGENCY")]), "outcome": self.rnd.choice([None, "DIED"]),
            "opened_at": self.at(), "assessed_at": self.rnd.choice([None, self.at()]), "closed_at": None, "version": 1,
        }  # fmt: skip
        self.rows["case_file"].append(case)
        self.grant(case["id"], case["party"], case["party"], None)

    def grant(self, case: UUID, party: str, by: str, referral: UUID | None) -> None:
        there = {(a["case_id"], a["party"]) for a in self.rows["case_access"]}
        if (case, party) not in there:
            told = {"case_id": case, "party": party, "granted_by": by, "referral_id": referral}
            self.rows["case_access"].append(told)

    def referral(self) -> None:
        case = self.rnd.choice(self.rows["case_file"])
        sender, receiver = case["party"], self.rnd.choice([p for p in PARTIES if p != case["party"]])
        status, own = self.name(*STATUSES), self.uuid()
        self.rows["referral"].append(
            {
                "id": own, "case_id": case["id"], "person_id": case["person_id"], "from_party": sender,
                "to_party": receiver, "status": status,
                "term_acknowledge": "PT24H", "term_decide": self.name("P3WD", "PT24H"), "sent_at": self.at(),
                "acknowledged_at": self.rnd.choice([None, self.at()]), "decided_at": None, "completed_at": None,
                "reason": self.rnd.choice([None, self.name("NO_CAPACITY")]), "last_statement": self.statement(),
                "version": self.rnd.randrange(1, 5),
            }
        )  # fmt: skip
        if status in ("ACCEPTED", "COMPLETED"):
            self.grant(case["id"], receiver, sender, own)
        if status in ("SENT", "ACKNOWLEDGED"):
            self.rows["referral_preview"].append(
                {
                    "referral_id": own, "from_party": sender, "to_party": receiver, "age_band": "18-59",
                    "sex": self.name("FEMALE"), "category": self.rnd.choice([None, "PENGEMIS"]), "protection": False,
                }
            )  # fmt: skip
        for _ in range(self.rnd.randrange(3)):
            said = self.statement()
            self.rows["fitness_certificate"].append(
                {
                    "id": UUID(said[:32]), "referral_id": own, "case_id": case["id"], "leg": 1, "party": sender,
                    "fitness": self.name("FIT", "UNFIT"), "certified_at": self.at(), "statement": said,
                }
            )  # fmt: skip

    def condition(self, case: UUID, party: str) -> UUID:
        said = self.statement()
        told = {"id": UUID(said[:32]), "case_id": case, "party": party, "statement": said}
        told |= {"person_id": self.person_of(case), "broken": self.broken()}
        self.rows["condition_report"].append({**told, **{item: self.name(*GRADES) for item in ITEMS}})
        return UUID(said[:32])

    def person_of(self, case: UUID) -> UUID:
        return next(UUID(int=c["person_id"].int) for c in self.rows["case_file"] if c["id"] == case)

    def handover(self) -> None:
        referral, said = self.rnd.choice(self.rows["referral"]), self.statement()
        sender, receiver, case = referral["from_party"], referral["to_party"], referral["case_id"]
        lost = not self.honest and self.rnd.random() < 0.2  # a handover whose ends may not see its referral
        settled = self.rnd.random() < 0.5
        self.rows["handover"].append(
            {
                "id": UUID(said[:32]), "referral_id": referral["id"], "case_id": case, "leg": 1,
                "from_party": self.rnd.choice(PARTIES) if lost else sender, "to_party": receiver,
                "status": self.name("RELEASED", "RECEIVED", "REFUSED"), "term": "PT24H", "released_at": self.at(),
                "settled_at": self.at() if settled else None, "agrees": self.rnd.choice([None, True, False]),
                "reason": None, "release_statement": said, "receipt_statement": self.statement() if settled else None,
                "release_condition_id": self.condition(case, sender),
                "receipt_condition_id": self.condition(case, receiver) if settled else None,
                "answered_at": self.rnd.choice([None, self.at()]), "answer_statement": self.rnd.choice([None, said]),
                "version": 1,
            }
        )  # fmt: skip

    def told_of_handovers(self) -> None:
        """papers of some, and what was told under seal; some answers of which nothing was opened"""
        for n, h in enumerate(self.rows["handover"]):
            for party in (h["from_party"], h["to_party"])[: n % 3]:
                self.rows["handover_paper"].append(
                    {
                        "statement": self.statement(), "handover_id": h["id"], "party": party, "sha256": f"{n:064x}",
                        "of": self.name("RELEASE", "RECEIPT"), "recorded_at": self.at(),
                    }
                )  # fmt: skip
            told = {"officer": "Budi", "answer": f'Jatuh di "kapal", \\ {n}\n'}
            for name in told if n % 4 else ("officer",):
                opened = {"statement": h["release_statement"], "name": name, "case_id": h["case_id"]}
                value = {"value": json.dumps(told[name]), "salt": bytes(32)}
                told_of = {"person_id": self.person_of(h["case_id"]), "broken": self.broken()}
                self.rows["opening"].append({**opened, "party": h["from_party"], **value, **told_of})

    def entry(self, n: int) -> None:
        referral = self.rnd.choice([None, *self.rows["referral"]])
        party = self.rnd.choice((*PARTIES, "HOST")) if referral is None else referral["from_party"]
        leaf = b"leaf %d" % n
        self.rows["ledger_entry"].append(
            {
                "index": n, "statement": self.statement(), "prev": f"{n:064x}", "at": START + timedelta(seconds=n),
                "leaf_hash": hashlib.sha256(b"\0" + leaf).hexdigest(), "leaf": leaf,
                "kind": "key.added" if referral is None and self.rnd.random() < 0.5 else "referral.sent",
                "party": party, "other_party": referral["to_party"] if referral else None, "key": None,
                "seen_size": None, "referral_id": referral["id"] if referral else None,
            }
        )  # fmt: skip


WITHOUT_RULES = """
do $$
declare rule record;
begin
    for rule in select conrelid::regclass as told, conname from pg_constraint
        where contype in ('c', 'u') and connamespace = 'public'::regnamespace loop
        execute format('alter table %s drop constraint %I cascade', rule.told, rule.conname);
    end loop;
    for rule in select indexrelid::regclass as told from pg_index join pg_class on pg_class.oid = indrelid
        where indisunique and not indisprimary and relnamespace = 'public'::regnamespace loop
        execute format('drop index %s', rule.told);
    end loop;
end
$$
"""


async def write(connection: Any, world: World) -> None:
    """as the superuser, without checks, foreign keys and triggers: the database as nobody could have left it"""
    await connection.execute("set session_replication_role = replica")
    await connection.execute(WITHOUT_RULES)
    for table in tables.metadata.sorted_tables:
        rows = [seals.kept(table.name, row) for row in world.rows[table.name]]
        if rows:
            names = [name for name in rows[0] if table.c[name].computed is None]
            records = [tuple(row[name] for name in names) for row in rows]
            await connection.copy_records_to_table(table.name, records=records, columns=names)
