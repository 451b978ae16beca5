"""The agreement's data as rows, for answers; the document itself stands beside them, byte for byte.

Promise: writing the same agreement again changes nothing; another one with the same hash cannot exist.
Elsewhere: what it means, `casework.agreements`; that it is in force, the ledger's first entry.
"""

from typing import Any, TypeAlias

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from casework.agreements import Agreement
from database import tables

Row: TypeAlias = dict[str, Any]


async def write(connection: AsyncConnection, agreement: Agreement) -> None:
    """As the host, in a transaction of the caller's."""
    told = (
        (tables.party, parties(agreement)),
        (tables.agreement, [document(agreement)]),
        (tables.agreement_clause, clauses(agreement)),
        (tables.agreement_term, terms(agreement)),
    )
    for table, rows in told:
        await connection.execute(insert(table).on_conflict_do_nothing(), rows)


def parties(agreement: Agreement) -> list[Row]:
    return [
        {
            "code": party.code,
            "name": party.name,
            "kemendagri_code": party.kemendagri_code,
            "time_zone": party.time_zone,
            "utc_offset_minutes": party.utc_offset_minutes,
        }
        for party in agreement.parties
    ]


def document(agreement: Agreement) -> Row:
    return {
        "sha256": agreement.sha256,
        "title": agreement.title,
        "title_en": agreement.title_en,
        "signed_on": agreement.signed_on,
        "ends_on": agreement.ends_on,
        "document": agreement.document,
    }


def clauses(agreement: Agreement) -> list[Row]:
    return [
        {
            "id": f"{agreement.sha256}/{clause.key}",
            "agreement_sha256": agreement.sha256,
            "key": clause.key,
            "position": position,
            "text": clause.text,
            "text_en": clause.text_en,
            "basis": clause.basis,
        }
        for position, clause in enumerate(agreement.clauses)
    ]


def terms(agreement: Agreement) -> list[Row]:
    return [
        {
            "id": f"{agreement.sha256}/{term.obligation}/{term.applies_to}",
            "agreement_sha256": agreement.sha256,
            "obligation": term.obligation,
            "applies_to": term.applies_to,
            "term": term.term,
            "clause": term.clause,
            "basis": term.basis,
        }
        for term in agreement.terms
    ]
