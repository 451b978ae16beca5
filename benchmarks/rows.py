"""The rows of a population: a referral with all that has become of it, a case with its person, an entry of the log.

Promise: each row says what the log says, in the columns that an act of the service would have filled; what a statement
seals (fitness, conditions, reasons) is chosen here, since the seals of a made log hold chance.
Rules: a table is told as `table -> records`, in the order of `COLUMNS`, as asyncpg copies them.
Elsewhere: the copying, `benchmarks.loads`; what happens, `benchmarks.populations`.
"""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise

import asyncpg  # type: ignore[import-untyped]  # it has no types

import casework.persons
from benchmarks.populations import Filing, Population, Rested, Version
from casework import handovers
from casework.categories import Category
from casework.conditions import ITEMS, Condition, Grade
from casework.handovers import Handover
from casework.handovers import Status as HandoverStatus
from casework.obligations import Obligation
from casework.outcomes import Outcome
from casework.persons import Person, Sex
from casework.reasons import DeclineReason, RefusalReason
from casework.referrals import Referral, Status
from database import sealed, tables
from database.sealed import DataKey
from database.wrapping import COMPARTMENT, Wrapping
from operations import seals

Record = tuple[object, ...]
Row = tuple[str, dict[str, object]]  # which table, which columns
NAMES = ("Siti", "Budi", "Wayan", "Agus", "Dewi", "Nur", "Ratna", "Joko", "Slamet", "Putri", "Hasan", "Bambang")
FAMILIES = ("Aminah", "Santoso", "Wibowo", "Lestari", "Hidayat", "Saputra", "Nugroho", "Rahayu", "Susanti")
RISKS = ("LOW", "MEDIUM", "MEDIUM", "HIGH", "EMERGENCY")
VULNERABLE = ("CHILD", "WOMAN", "ELDERLY", "DISABILITY", "PREGNANT", "ILL", "VICTIM_OF_TRAFFICKING")
_TABLES = (
    *(tables.person, tables.case_file, tables.case_access, tables.referral, tables.referral_preview),
    *(tables.fitness_certificate, tables.condition_report, tables.handover, tables.handover_paper),
    *(tables.obligation, tables.obligation_past, tables.ledger_entry),
)
KEPT = ("person", "owner", "kek", "wrapped")  # columns of the key store's table
COLUMNS = {table.name: [column.name for column in table.columns if column.computed is None] for table in _TABLES}


class Clerk:
    """Writes down what has become of referrals and cases."""

    def __init__(self, population: Population, wrapping: Wrapping) -> None:
        self.agreement, self.chance = population.agreement, random.Random(population.seed)
        self.wrapping = wrapping
        self.keys: dict[str, DataKey] = {}  # of persons
        self._clauses: dict[tuple[str, str], tuple[str, str]] = {}

    def referral(self, rested: Rested) -> Iterator[Row]:
        """Table and row, of the referral and of everything below it."""
        found, filing = rested.referral, rested.filing
        ends = {"from_party": found.sender, "to_party": found.receiver}
        own = {"referral_id": found.id, "case_id": filing.case}
        yield "referral", {
            "id": found.id, "case_id": filing.case, "person_id": filing.person, **ends, "status": found.status,
            "term_acknowledge": found.term_acknowledge, "term_decide": found.term_decide, "sent_at": found.sent_at,
            "acknowledged_at": found.acknowledged_at, "decided_at": found.decided_at,
            "completed_at": found.completed_at, "last_statement": found.last, "version": _version(found),
            "reason": self.chance.choice(tuple(DeclineReason)) if found.status is Status.DECLINED else None,
        }  # fmt: skip
        if found.status in (Status.ACCEPTED, Status.COMPLETED):
            granted = {"granted_by": found.sender, "referral_id": found.id}
            yield "case_access", {"case_id": filing.case, "party": found.receiver, **granted}
        if found.status in (Status.SENT, Status.ACKNOWLEDGED):
            shown = {"age_band": "18-59", "sex": "FEMALE", "category": "GELANDANGAN", "protection": False}
            yield "referral_preview", {"referral_id": found.id, **ends, **shown}
        for each in found.fitness:
            told = {"id": each.statement[:32], **own, "leg": each.leg, "party": each.party}
            said = {"fitness": "FIT", "certified_at": each.certified_at, "statement": each.statement}
            yield "fitness_certificate", {**told, **said}
        for handover in found.handovers:
            yield from self._handover(handover, own, filing)
        yield from _papers(found, rested.papers)
        for versions in rested.owed:
            yield from self._owed(versions, found, {**own, **ends})

    def _handover(self, found: Handover, own: Mapping[str, object], filing: Filing) -> Iterator[Row]:
        received = found.status is HandoverStatus.RECEIVED
        conditions = [("release", found.release, found.sender, True)]
        if found.receipt is not None and received:
            conditions.append(("receipt", found.receipt, found.receiver, bool(found.agrees)))
        for _, statement, party, well in conditions:
            grades = (
                dict.fromkeys(ITEMS, Grade.GOOD) if well else {**dict.fromkeys(ITEMS, Grade.GOOD), "injury": Grade.POOR}
            )
            told = {"id": statement[:32], "case_id": filing.case, "party": party, "statement": statement}
            content = seals.condition(self._key(filing.person), statement, Condition(**grades))
            yield "condition_report", {**told, "person_id": filing.person, "sealed": content}
        yield "handover", {
            "id": found.id, **own, "leg": found.leg, "from_party": found.sender, "to_party": found.receiver,
            "status": found.status, "term": found.term, "released_at": found.released_at,
            "settled_at": found.settled_at, "agrees": found.agrees,
            "reason": self.chance.choice(tuple(RefusalReason)) if found.status is HandoverStatus.REFUSED else None,
            "release_statement": found.release, "receipt_statement": found.receipt,
            "release_condition_id": found.release[:32],
            "receipt_condition_id": found.receipt[:32] if found.receipt and received else None,
            "answered_at": found.answered_at, "answer_statement": found.answer,
            "version": 1 + (found.settled_at is not None) + (found.answered_at is not None),
        }  # fmt: skip

    def _owed(self, versions: list[Version], found: Referral, own: Mapping[str, object]) -> Iterator[Row]:
        owed = versions[0][1]
        handover = handovers.told_by(found.handovers, owed.opened_by)
        clause, basis = self._clause(owed)
        month = self.agreement.local_date(self.agreement.member(owed.debtor), owed.opened_at).replace(day=1)
        fixed = {
            "id": owed.id, "kind": owed.kind, "clause": clause, "basis": basis, **own,
            "handover_id": None if handover is None else handover.id, "debtor": owed.debtor, "creditor": owed.creditor,
            "term": owed.term, "opened_by": owed.opened_by, "opened_at": owed.opened_at, "opened_month": month,
        }  # fmt: skip
        for number, ((at, this), (until, _)) in enumerate(pairwise(versions), 1):
            if until > at:
                yield "obligation_past", {**fixed, **_as_of(at, this, number), "valid_until": until}
        yield "obligation", {**fixed, **_as_of(*versions[-1], len(versions))}

    def _clause(self, owed: Obligation) -> tuple[str, str]:
        asked = owed.kind, owed.term
        if asked not in self._clauses:
            self._clauses[asked] = self.agreement.counted_under(owed.kind, owed.term)
        return self._clauses[asked]

    def case(self, filing: Filing) -> Iterator[Row]:
        """The case, whose it is, and the person it is about."""
        chance = self.chance
        name = f"{chance.choice(NAMES)} {chance.choice(FAMILIES)}"
        person = Person(
            id=filing.person, party=filing.party, full_name=name, aliases=(),
            nik=f"{chance.randrange(10**15, 10**16)}",
            birth_date=date(1940, 1, 1) + timedelta(days=chance.randrange(28000)), birth_date_estimated=False,
            sex=chance.choice((Sex.FEMALE, Sex.MALE)),
        )  # fmt: skip
        yield "person", {
            "id": filing.person, "party": filing.party, "initials": casework.persons.initials(name),
            "sealed": seals.person(self._key(filing.person), person), "birth_date_estimated": False,
            "sex": person.sex, "version": 1, "created_at": filing.opened_at,
        }  # fmt: skip
        closed, assessed = filing.closed_at is not None, filing.assessed_at is not None
        yield "case_file", {
            "id": filing.case, "party": filing.party, "number": f"{filing.party[3:]}/{filing.number:07d}",
            "person_id": filing.person, "status": "CLOSED" if closed else "ASSESSED" if assessed else "OPENED",
            "category": chance.choice(tuple(Category)),
            "vulnerabilities": chance.sample(VULNERABLE, chance.randrange(3)),
            "risk": chance.choice(RISKS) if assessed else None,
            "outcome": chance.choice(tuple(Outcome)) if closed else None, "opened_at": filing.opened_at,
            "assessed_at": filing.assessed_at, "closed_at": filing.closed_at, "version": 1 + assessed + closed,
        }  # fmt: skip
        yield "case_access", {"case_id": filing.case, "party": filing.party, "granted_by": filing.party}

    def _key(self, person: str) -> DataKey:
        if person not in self.keys:
            self.keys[person] = sealed.new_key(person)
        return self.keys[person]

    def wrapped(self) -> Iterator[Record]:
        """The key store's rows, as `KEPT` names their columns; whose wrapper it is makes no difference here."""
        for person, key in self.keys.items():
            told = self.wrapping.wrap(key, COMPARTMENT)
            yield person, told.owner, told.kek, told.wrapped


def entry(
    index: int, leaf: bytes, hashes: tuple[str, str], body: bytes, at: datetime, ends: tuple[str, str] | None
) -> Row:
    """The row of an entry; `hashes` are those of the entry before and of this one, `ends` those of its referral."""
    told = json.loads(body)
    party = told["party"]
    other = None if ends is None or party not in ends else ends[1] if party == ends[0] else ends[0]
    return "ledger_entry", {
        "index": index, "prev": hashes[0], "leaf_hash": hashes[1], "at": at, "kind": told["kind"], "party": party,
        "other_party": other, "key": told["key"], "referral_id": referral_of(told), "leaf": leaf,
    }  # fmt: skip


def referral_of(told: Mapping[str, object]) -> str | None:
    """The referral that a body is about."""
    named, owed = told.get("referral"), told.get("obligation")
    if isinstance(owed, Mapping):
        named = owed.get("referral", named)
    return str(named) if named is not None else None


def records(rows: Iterator[Row]) -> Iterator[tuple[str, Record]]:
    """As asyncpg copies them; what a row does not say is null."""
    for table, row in rows:
        yield table, tuple(row.get(name) for name in COLUMNS[table])


def _version(found: Referral) -> int:
    told = (
        found.acknowledged_at != found.decided_at and found.acknowledged_at is not None,
        found.decided_at is not None,
    )
    return 1 + sum(told) + len(found.fitness) + 2 * len(found.handovers)


def _papers(found: Referral, recorded: list[tuple[str, str, datetime]]) -> Iterator[Row]:
    told = [(handover, paper) for handover in found.handovers for paper in handover.papers]
    for (handover, paper), (party, statement, at) in zip(told, recorded, strict=True):
        assert party == paper.party
        of = "RELEASE" if paper.of == handover.release else "RECEIPT"
        said = {"handover_id": handover.id, "party": party, "sha256": paper.sha256, "of": of}
        yield "handover_paper", {"statement": statement, **said, "recorded_at": at}


def _as_of(at: datetime, owed: Obligation, version: int) -> dict[str, object]:
    return {
        "due_at": owed.due, "stops": [asyncpg.Range(stop.from_, stop.until) for stop in owed.stops],
        "paused_since": owed.paused_since, "ending": owed.ending, "ended_at": owed.ended_at, "ended_by": owed.ended_by,
        "ended_kind": owed.ended_kind, "entered_late": owed.entered_late, "contested": owed.contested,
        "papers": json.dumps([{"party": each.party, "sha256": each.sha256} for each in owed.papers]),
        "waiver_offer": owed.waiver_offer, "pause_offer": owed.pause_offer, "noted_by": owed.noted_by,
        "noted_at": owed.noted_at, "valid_from": at, "version": version,
    }  # fmt: skip
