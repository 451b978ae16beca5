"""Trusted documents in the register: which texts a client is known to send, and whether it may send others.

Promise: what is registered is a client's own, under the hash of its text; a client that is held to its documents is so
with its next request.
Rules: registering twice changes nothing; a document is forgotten, never changed. Whoever calls opens the transaction
and has made sure that the document can be answered.
Elsewhere: the command `estafet clients documents` (`cli`); how they are asked for, `api.documents`.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from auth import clients
from auth.clients import Client, ClientRefused
from database.clients import oauth_client
from database.documents import trusted_document

MOST = 2_000  # of one client


def sha256(document: str) -> str:
    """What a document is called by, without the name of the hash in front."""
    return hashlib.sha256(document.encode()).hexdigest()


async def register(connection: AsyncConnection, *, client_id: str, documents: Iterable[str], at: datetime) -> None:
    """From the next request on the client may ask for these by their hashes."""
    client = await _found(connection, client_id)
    rows = [
        {"client_id": client_id, "party": client.party, "sha256": sha256(each), "document": each, "created_at": at}
        for each in documents
    ]
    if rows:
        await connection.execute(insert(trusted_document).values(rows).on_conflict_do_nothing())
    if len(await listed(connection, client_id=client_id)) > MOST:
        raise ClientRefused(f"a client has at most {MOST} trusted documents")


async def forget(connection: AsyncConnection, *, client_id: str, hashes: Iterable[str]) -> int:
    """From the next request on these are unknown; how many were known before."""
    await _found(connection, client_id)
    own = (trusted_document.c.client_id == client_id) & trusted_document.c.sha256.in_(list(hashes))
    return (await connection.execute(sa.delete(trusted_document).where(own))).rowcount


async def hold_to(connection: AsyncConnection, *, client_id: str, only: bool) -> None:
    """Whether the client may send nothing but its documents."""
    await _found(connection, client_id)
    own = oauth_client.c.client_id == client_id
    await connection.execute(sa.update(oauth_client).where(own).values(trusted_only=only))


async def listed(connection: AsyncConnection, *, client_id: str) -> dict[str, str]:
    """The client's documents by their hashes, oldest first."""
    await _found(connection, client_id)
    columns = (trusted_document.c.sha256, trusted_document.c.document)
    own = sa.select(*columns).where(trusted_document.c.client_id == client_id)
    rows = await connection.execute(own.order_by(trusted_document.c.created_at, trusted_document.c.sha256))
    return {row.sha256: row.document for row in rows}


async def _found(connection: AsyncConnection, client_id: str) -> Client:
    client = await clients.find(connection, client_id, lock=True)
    if client is None:
        raise ClientRefused("no client of this id")
    return client
