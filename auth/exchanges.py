"""One OAuth request in progress: what Authlib's synchronous hooks need and its signatures do not carry.

Promise: inside `during` the running task, and no other, sees its own request, connection and time; afterwards none.
Rules: Authlib asks `query_client(client_id)` and `save_token(token, request)` without saying on which connection; the
ContextVar answers, also within `run_sync`, whose greenlet runs in the task's context. The work is synchronous and never
waits for anything but this connection. One request, one transaction: `auth.endpoints` opens it.
Elsewhere: the hooks, `auth.servers`, `auth.assertions` and `auth.grants`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from auth.forms import Call
from auth.gates import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An OAuth request, the transaction it runs in, and the time it is judged by."""

    call: Call
    form: Mapping[str, str]
    gate: Gate
    connection: sa.Connection
    at: datetime


_CURRENT: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def during(exchange: Exchange) -> Iterator[None]:
    """Make this the running task's exchange."""
    token = _CURRENT.set(exchange)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Exchange:
    """The running task's exchange; outside of one, a LookupError rather than somebody else's."""
    return _CURRENT.get()
