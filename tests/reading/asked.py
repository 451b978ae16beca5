"""Asking as a party does, and the functions that the service lends."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from reading import answers
from reading.answers import answer
from reading.asking import Asking
from reading.catalogue import CATALOGUE
from reading.ids import Cursors, id_of
from reading.plans import Plans
from schema.language import build, core
from tests.reading import seals
from tests.reading.oracle import TABLES, Oracle, plain_schema
from tests.reading.worlds import World

CURSORS = Cursors(b"c" * 32)
SCHEMA = core(build())
PLAIN = plain_schema()
READS = ("cases", "identity", "referrals", "ledger", "obligations", "schema")
SCOPES = frozenset({*(f"{what}:read" for what in READS), "identity:list"})


def receipt(statement: str, index: int, leaf_hash: str, at: Any) -> str | None:
    return None if index % 7 == 3 else f"{statement[:8]} {index} {leaf_hash[:8]} {at:%Y}"


def envelope(leaf: bytes) -> str:
    return leaf.decode()


DERIVE: Mapping[str, Callable[..., Any]] = {"receipt": receipt, "envelope": envelope}


def asking(party: str = "ID-JK", scopes: frozenset[str] = SCOPES, subject: str = "client-1") -> Asking:
    return Asking(
        party=party, subject=subject, purpose="case-management", scopes=scopes, client="client-1", derive=DERIVE,
        keys=seals.keys,
    )  # fmt: skip


def plans(**told: Any) -> Plans:
    return Plans(SCHEMA, CATALOGUE, CURSORS, **told)


def oracle(world: World, by: Asking) -> Oracle:
    me = {
        "client": by.client, "subject": by.subject, "purpose": by.purpose, "scopes": sorted(by.scopes),
        "partyCode": by.party,
    }  # fmt: skip
    now = datetime.now(UTC).replace(microsecond=0)
    return Oracle(schema=PLAIN, seen=world.seen_by(by.party), cursors=CURSORS, me=me, derive=by.derive, now=now)


async def ask(pool: Any, text: str, variables: Mapping[str, Any] | None = None, *, by: Asking | None = None) -> Any:
    question = plans().plan(text, None, variables)
    return orjson.loads(await answer(question, by or asking(), pool))


def ids_of(world: World) -> list[str]:
    """an id of each kind of thing, ids of nothing, and texts that are no ids"""
    keys = {"Party": "code", "Agreement": "sha256", "LedgerEntry": "statement", "Checkpoint": "size"}
    told = [id_of(kind, r[keys.get(kind, "id")]) for kind, table in TABLES.items() for r in world.rows[table]]
    none = [id_of("Case", "0" * 32), id_of("Case", "x"), id_of("Checkpoint", "9" * 30), id_of("Party", "\x00")]
    return [
        *told,
        *none,
        id_of("Identity", "0" * 32),
        id_of("CaseEdge", "1"),
        "",
        "x",
        "é",
        told[0] + "=",
        told[0][:-1],
    ]


def cursors_of(world: World) -> list[str]:
    cases, referrals = CURSORS.sealer("Case "), CURSORS.sealer("Referral ")
    of_case, entries = CURSORS.sealer("Referral case_id"), CURSORS.sealer("LedgerEntry ")
    told = [cases(r["opened_at"], r["id"]) for r in world.rows["case_file"]]
    for r in world.rows["referral"]:
        told += [referrals(r["sent_at"], r["id"]), of_case(r["sent_at"], r["id"])]
    owed = CURSORS.sealer("Obligation ")
    told += [owed(o["due_at"], o["id"]) for t in ("obligation", "obligation_past") for o in world.rows[t]]
    told += [entries(e["index"]) for e in world.rows["ledger_entry"]]
    return [*told, "", "bad", cases("x", 1), Cursors(b"d" * 32).sealer("Case ")("x", "y")]


def paths(errors: Sequence[Mapping[str, Any]]) -> set[tuple[str | int, ...]]:
    return {tuple(e["path"]) for e in errors}


__all__ = ["answers"]
