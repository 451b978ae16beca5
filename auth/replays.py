"""What was seen once and may not be seen again: assertions and proofs.

Promise: of any number of uses of one `jti` by one client or key, also in parallel on several replicas, one counts.
Rules: what is kept is a hash, never the text. A row may be forgotten once nothing could be accepted with it any more,
and is kept two minutes longer, for replicas whose clocks differ. The table is UNLOGGED: after a crash of PostgreSQL it
is empty, and what was sent within the last minutes before could be used once more by whoever holds it and the key's
owner's request. That is the price of no disk write per request; it needs a broken TLS besides the crash.
Elsewhere: proofs at resources are remembered in the statement of `auth.resources`.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from auth import moments
from database.tables import oauth_replay, oauth_token

Kind: TypeAlias = Literal["assertion", "dpop"]

_SLACK: Final = 2  # minutes
_TOKEN_SLACK: Final = timedelta(hours=1)
_MOST_SWEPT: Final = 100_000  # a minute of 1,600 requests a second


def mark(owner: str, jti: str) -> str:
    """What is remembered of a `jti`: the owner is a client's id or a key's thumbprint."""
    return hashlib.sha256(f"{owner}\n{jti}".encode()).hexdigest()


def minute(second: int) -> int:
    """The minute of a second, as stored."""
    return second // 60


def remember(connection: sa.Connection, kind: Kind, value: str, *, until: int) -> bool:
    """Whether this was the first time. A concurrent first use is waited for, then decides."""
    row = insert(oauth_replay).values(kind=kind, value=value, minute=minute(until))
    return connection.execute(row.on_conflict_do_nothing().returning(oauth_replay.c.value)).first() is not None


def forget(connection: sa.Connection, *, at: datetime) -> None:
    """Drop what can no longer be used: replay marks, and tokens an hour past their end."""
    last = minute(moments.seconds(at)) - _SLACK
    _sweep(connection, oauth_replay, oauth_replay.c.minute < last)
    _sweep(connection, oauth_token, oauth_token.c.expires_at < at - _TOKEN_SLACK)


def _sweep(connection: sa.Connection, table: sa.Table, is_over: sa.ColumnElement[bool]) -> None:
    """Rows that another replica sweeps at the same time are left to it: two sweeps must not wait for each other."""
    keys = list(table.primary_key.columns)
    over = sa.select(*keys).where(is_over).limit(_MOST_SWEPT).with_for_update(skip_locked=True)
    connection.execute(sa.delete(table).where(sa.tuple_(*keys).in_(over)))
