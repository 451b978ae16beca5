"""The trail of reading: who opened what of whom, and for what.

Promise: a number comes back only when the row is written, in the transaction that reads: both stay, or neither.
Rules: append only, by everybody; one row tells of all persons that one statement read. No value stands in it, only
which fields of which persons.
Elsewhere: rows that are written by the very statement that reads, `reading.trailing`; what its number is good for,
`database.sealed`; how rows are counted in the ledger, `operations.digests`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, ForeignKey, Identity, LargeBinary, Table, Text, Uuid, insert

from database.metadata import Instant, metadata
from database.sealed import Trailed
from database.transaction import Transaction

trail = Table(
    "trail",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("party", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("act", Text, nullable=False),  # READ JUDGED REFUSED OPENED DOWNLOADED
    Column("document", Text, nullable=False),  # SHA-256 of what was asked or submitted
    Column("fields", ARRAY(Text), nullable=False),
    Column("persons", ARRAY(Uuid), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", Text, ForeignKey("ledger_entry.statement", deferrable=True)),  # which entry of the host counts it
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, as the trail tells it."""

    party: str
    client: str
    subject: str
    purpose: str


def digest(document: str | bytes) -> str:
    """What was asked, as the trail names it: SHA-256, hex."""
    return hashlib.sha256(document.encode() if isinstance(document, str) else document).hexdigest()


async def record(
    tx: Transaction, by: Reader, *, act: str, document: str, fields: Sequence[str], persons: Iterable[UUID] = ()
) -> Trailed:
    """One row; `document` as of `digest`."""
    told = insert(trail).values(
        party=by.party,
        client=by.client,
        subject=by.subject,
        purpose=by.purpose,
        act=act,
        document=document,
        fields=list(fields),
        persons=sorted(set(persons)),
    )
    return Trailed((await tx.connection.execute(told.returning(trail.c.id))).scalar_one())
