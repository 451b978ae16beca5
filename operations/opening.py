"""Opening the desk: which log this database holds, and under which agreement.

Promise: a desk is only ever opened on a log that has begun, by a host whose key is the one that the log knows.
Elsewhere: beginning a log, `operations.governance`; the check of roles and policies, `database.safety`.
"""

from nacl.signing import SigningKey
from sqlalchemy import select

from casework import agreements
from casework.documents import Unreadable
from database import tables
from database.engines import Databases
from database.transaction import HOST, transaction
from database.wrapping import Wrappings
from ledger.keys import public_of
from ledger.statements import HOST_KEY
from operations.desks import Desk


class NotBegun(Exception):
    """There is no log to act on yet, or it is another host's or another version's; `str()` says which."""


async def open_desk(databases: Databases, host: SigningKey, wrapping: Wrappings) -> Desk:
    """The desk of the log in this database, for the holder of the host's key."""
    key, entry = tables.register_key.c, tables.ledger_entry.c
    async with transaction(databases.app, HOST) as tx:
        origin = (await tx.connection.execute(select(tables.ledger_head.c.origin))).scalar_one_or_none()
        if origin is None:
            raise NotBegun("the log has not begun: the founders have yet to adopt the agreement")
        document = (await tx.connection.execute(select(tables.agreement.c.document))).scalar_one()
        known = (
            await tx.connection.execute(select(key.public).where(key.name == HOST_KEY, key.replaced_index.is_(None)))
        ).scalar_one()
        if not (await tx.connection.execute(select(entry.index).where(entry.index == 0))).first():
            raise NotBegun("the log has a head but no first entry")
    if known != public_of(host):
        raise NotBegun(f"the host's key is not the one that the log {origin} knows")
    try:
        agreement = agreements.parse(bytes(document))
    except Unreadable as fault:
        another = f"the agreement of the log {origin} was written for another version of Estafet ({fault})"
        raise NotBegun(f"{another}; a demo is made anew after `make clean`") from fault
    return Desk(databases=databases, agreement=agreement, origin=origin, host=host, wrapping=wrapping)
