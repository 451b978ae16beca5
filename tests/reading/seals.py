"""What is sealed in a test's world: keys of persons made of their ids, some of whom were erased, some seals broken.

The rows in Python hold everything in plain; only what goes to PostgreSQL is sealed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from database import sealed
from database.sealed import PERSON, DataKey, of_condition, of_opening

Row = dict[str, Any]
ITEMS = ("consciousness", "mobility", "injury", "illness", "nutrition", "mental")
NAMES = {"full_name": "fullName", "aliases": "aliases", "nik": "nik", "birth_date": "birthDate"}
PLAIN = {"person": tuple(NAMES), "condition_report": ITEMS, "opening": ("value", "salt")}


def erased(person: UUID) -> bool:
    return person.int % 6 == 0


def broken(row: Row) -> bool:
    """a seal that somebody has altered"""
    return bool(row.get("broken"))


def key(person: UUID) -> DataKey:
    return DataKey(person=person.hex, secret=hashlib.sha256(person.bytes).digest())


async def keys(persons: Iterable[UUID]) -> Mapping[UUID, DataKey]:
    """as the key store gives them"""
    return {person: key(person) for person in persons if not erased(person)}


def kept(table: str, row: Row) -> Row:
    """a row as PostgreSQL has it"""
    if table not in PLAIN:
        return row
    person = row["id"] if table == "person" else row["person_id"]
    content, of = _content(table, row)
    told = sealed.seal(key(person), content, of=of)
    if broken(row):
        told = told[:-1] + bytes([told[-1] ^ 1])
    return {**{name: value for name, value in row.items() if name not in (*PLAIN[table], "broken")}, "sealed": told}


def _content(table: str, row: Row) -> tuple[Row, str]:
    match table:
        case "person":
            told = {part: row[name] for name, part in NAMES.items()}
            born = row["birth_date"]
            return {**told, "birthDate": None if born is None else born.isoformat()}, PERSON
        case "condition_report":
            return {item: row[item] for item in ITEMS}, of_condition(row["statement"])
        case _:
            told = {"value": json.loads(row["value"]), "salt": bytes(row["salt"]).hex()}
            return told, of_opening(row["statement"], row["name"])
