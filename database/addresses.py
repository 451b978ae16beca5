"""Where the database is, as whom.

Promise: one address a role, derived from the application's when nothing else is said: the same server and database,
another user; the key store is a database of its own, which belongs on a server of its own. Passwords of the other
roles then come from PGPASSFILE or the server's own rules.
Elsewhere: who the roles are, `database/migrations/roles.sql`; which variables name them, `settings`.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL for each role that connects."""

    app: str
    auth: str
    worker: str
    owner: str
    keys: str  # of the key store, another database
    keys_owner: str


def derive(
    app: str,
    *,
    auth: str | None = None,
    worker: str | None = None,
    owner: str | None = None,
    keys: str | None = None,
    keys_owner: str | None = None,
) -> Address:
    store = keys or with_user(beside(app), "estafet_keys")
    return Address(
        app=app,
        auth=auth or with_user(app, "estafet_auth"),
        worker=worker or with_user(app, "estafet_worker"),
        owner=owner or with_user(app, "estafet_owner"),
        keys=store,
        keys_owner=keys_owner or with_user(store, "estafet_owner"),
    )


def beside(url: str) -> str:
    """The key store where nothing else is said: a database beside the other one, on the same server."""
    parts = urlsplit(url)
    rest = urlunsplit(("", "", parts.path + "_keys", parts.query, ""))
    return f"{parts.scheme}://{parts.netloc}{rest}"


def with_user(url: str, user: str) -> str:
    """The same URL for another user, without the first one's password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    # urlunsplit drops an empty authority, and with it the slashes that libpq's syntax asks for.
    rest = urlunsplit(("", "", parts.path, parts.query, ""))
    return f"{parts.scheme}://{quote(user)}@{host}{rest}"
