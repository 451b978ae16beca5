"""Asking twice for the same act: the second answer is the first one's.

Promise: of any number of requests with one key, also at the same moment, one acts, and all get its answer.
Rules: a key belongs to a client and a mutation and is kept 7 days; with other content it is refused. Refusals are not
kept: a refused request may be mended and sent again under its key.
Elsewhere: forgetting old keys, `operations.expiring`; what is written together with an entry, `operations.submitting`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Insert, func, insert, select

from auth.principals import Principal
from database.tables import idempotency
from database.transaction import Transaction
from ledger import canonical
from ledger.canonical import JSON
from operations.refusals import IdempotencyKeyReused, Refuse, invalid
from operations.results import Done

LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One wish to act, under the key that its client chose for it."""

    by: Principal
    mutation: str
    key: str
    content: str  # SHA-256 of what was asked for


def request(by: Principal, mutation: str, key: str, content: JSON) -> Request:
    if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise invalid(
            "idempotencyKey",
            id=f"Kunci harus 1 sampai {LONGEST} huruf ASCII.",
            en=f"A key is 1 to {LONGEST} printable ASCII characters.",
        )
    try:
        written = canonical.encode(content)
    except canonical.NotCanonical:
        # A lone surrogate somewhere in the input: no text that could ever be kept.
        raise invalid(id="Ada teks yang bukan Unicode.", en="Some text is not Unicode.") from None
    return Request(by=by, mutation=mutation, key=key, content=hashlib.sha256(written).hexdigest())


async def hold(tx: Transaction, names: Iterable[str]) -> None:
    """Let nobody else ask under one of these names until this transaction ends.

    In the order given, key before statement everywhere: each transaction holds at most one of either, so none can wait
    in a circle. A lock that is only taken, not looked at: the look must come in a later statement to see what its
    holder has committed.
    """
    for name in names:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        await tx.connection.execute(select(func.pg_advisory_xact_lock(number)))


def lock_name(asked: Request) -> str:
    return f"idempotency\n{asked.by.client_id}\n{asked.mutation}\n{asked.key}"


async def remembered(tx: Transaction, asked: Request) -> Done | None:
    """The answer that this request got before; `IdempotencyKeyReused` if its key stood for something else."""
    found = (
        await tx.connection.execute(
            select(idempotency.c.content_sha256, idempotency.c.payload).where(
                idempotency.c.client_id == asked.by.client_id,
                idempotency.c.mutation == asked.mutation,
                idempotency.c.key == asked.key,
            )
        )
    ).one_or_none()
    if found is None:
        return None
    if found.content_sha256 != asked.content:
        raise Refuse(IdempotencyKeyReused())
    return Done(**found.payload)


def remember(asked: Request, done: Done, at: datetime) -> Insert:
    return insert(idempotency).values(
        client_id=asked.by.client_id,
        mutation=asked.mutation,
        key=asked.key,
        party=asked.by.party,
        content_sha256=asked.content,
        payload=asdict(done),
        created_at=at,
    )
