"""Persons who were erased: noted with the statement that says so, their keys destroyed after it.

Promise: what is noted here is done, if not at once then by the next sweep, also after an old key store was restored.
Elsewhere: the act, `operations.erasures`; the keys, `database.vaults`.
"""

from sqlalchemy import Column, ForeignKey, Table, Text, Uuid

from database.metadata import Instant, metadata

erasure = Table(
    "erasure",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.id"), primary_key=True),
    Column("statement", Text, ForeignKey("ledger_entry.statement", deferrable=True), nullable=False, unique=True),
    Column("party", Text, ForeignKey("party.code"), nullable=False),  # the controller: the responsible province
    Column("destroyed_at", Instant),
)
