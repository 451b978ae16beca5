"""Trusted documents: what a client may ask for by the hash of its text.

Promise: a document stands under its own SHA-256 and nothing else does; no other client's is found.
Elsewhere: who registers them, `auth.documents`; how they are asked for, `api.documents`.
"""

from typing import Any, Protocol

from sqlalchemy import Column, ForeignKeyConstraint, Table, Text

from database.metadata import Instant, metadata

trusted_document = Table(
    "trusted_document",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),  # of the text in UTF-8, hex
    Column("party", Text, nullable=False),  # the client's own, for row security
    Column("document", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    ForeignKeyConstraint(["client_id", "party"], ["oauth_client.client_id", "oauth_client.party"]),
)
_FIND = "select document from trusted_document where client_id = $1 and sha256 = $2"


class Connection(Protocol):
    """What is used of asyncpg's, which has no types."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...


async def find(connection: Connection, client: str, sha256: str) -> str | None:
    """The client's document of this hash."""
    rows = await connection.fetch(_FIND, client, sha256)
    return str(rows[0]["document"]) if rows else None
