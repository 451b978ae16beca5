"""Readings that came to nothing: who was refused what is sealed is in the trail, too.

Promise: the refusal is told only when its row is written; no person stands in it, since none was looked up.
Elsewhere: readings that were answered, `reading.trailing`; what acts open, `operations.seals`.
"""

from collections.abc import Sequence

from auth.principals import Principal
from database import trails
from database.transaction import transaction
from operations import seals
from operations.desks import Desk, asker


async def refused(desk: Desk, by: Principal, document: str, fields: Sequence[str]) -> None:
    """`document`: SHA-256 of what was asked; `fields`: which of it is sealed."""
    async with transaction(desk.databases.app, asker(by)) as tx:
        await trails.record(tx, seals.reader(by), act="REFUSED", document=document, fields=fields)
