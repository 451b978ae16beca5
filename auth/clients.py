"""The register of OAuth clients: which software speaks for which party, with which keys, and how far it may go.

Promise: a client belongs to exactly one party for life; its keys are public keys that were admitted; disabling it, or
retiring its key, ends its tokens with the next request.
Rules: no secrets, no `jwks_uri`; at most two keys, so that a rotation can overlap; scopes and purposes are never empty.
A refusal raises before anything is written. Whoever calls opens the transaction.
Elsewhere: the command `estafet clients` (`cli`); how a client proves itself, `auth.assertions`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import sqlalchemy as sa
from joserfc import jwk
from sqlalchemy.ext.asyncio import AsyncConnection

from auth import algorithms
from auth.algorithms import PublicKey
from auth.scopes import SCOPES
from database.tables import oauth_client, oauth_token

PURPOSES: Final = ("case-management", "audit", "emergency", "data-subject-request")
MOST_KEYS: Final = 2

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)
_PARTY: Final = re.compile(r"ID-[A-Z]{2}|HOST|(AUDITOR|WITNESS):[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class ClientRefused(ValueError):
    """A registration that may not be; `str()` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One registered client."""

    client_id: str
    party: str
    name: str
    keys: tuple[PublicKey, ...]
    scopes: frozenset[str]
    purposes: tuple[str, ...]
    disabled: bool


def identifiable(client_id: object) -> bool:
    """Whether a text could be a client's id at all: asked before any query."""
    return isinstance(client_id, str) and _ID.fullmatch(client_id) is not None


async def add(
    connection: AsyncConnection,
    *,
    client_id: str,
    party: str,
    name: str,
    keys: Iterable[Mapping[str, str]],
    scopes: Iterable[str],
    purposes: Iterable[str],
    at: datetime,
) -> Client:
    """Register a client with its public keys."""
    admitted = _admitted(keys)
    held, aims = frozenset(scopes), tuple(dict.fromkeys(purposes))
    if not identifiable(client_id):
        raise ClientRefused("a client id is 1 to 64 letters, digits, dots, colons, hyphens or underscores")
    if not _PARTY.fullmatch(party):
        raise ClientRefused("a party is ID-xx, HOST, AUDITOR:<name> or WITNESS:<name>")
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise ClientRefused("a client needs a name of at most 200 printable characters")
    if not held or not held <= SCOPES.keys():
        raise ClientRefused("a client needs scopes, all of them known")
    if not aims or not set(aims) <= set(PURPOSES):
        raise ClientRefused("a client needs purposes, each one of " + " ".join(PURPOSES))
    if await find(connection, client_id) is not None:
        raise ClientRefused("a client of this id exists")
    row = {"client_id": client_id, "party": party, "name": name, "jwks": _told(admitted), "scopes": sorted(held)}
    await connection.execute(
        sa.insert(oauth_client).values(**row, purposes=list(aims), created_at=at, trusted_only=False)
    )
    return Client(
        client_id=client_id, party=party, name=name, keys=admitted, scopes=held, purposes=aims, disabled=False
    )


async def rotate(
    connection: AsyncConnection, *, client_id: str, key: Mapping[str, str], retire: bool, at: datetime
) -> Client:
    """Add a key. The one before stays beside it, or is retired at once, which also ends the client's tokens."""
    before = await find(connection, client_id, lock=True)
    if before is None:
        raise ClientRefused("no client of this id")
    fresh = _admitted([key])[0]
    kept = () if retire else tuple(k for k in before.keys if k.thumbprint != fresh.thumbprint)[: MOST_KEYS - 1]
    admitted = _admitted(k.told() for k in (fresh, *kept))
    change = sa.update(oauth_client).where(oauth_client.c.client_id == client_id).values(jwks=_told(admitted))
    await connection.execute(change)
    if retire:
        await _end_tokens(connection, client_id, at)
    found = await find(connection, client_id)
    if found is None:
        raise ClientRefused("no client of this id")
    return found


async def disable(connection: AsyncConnection, *, client_id: str, at: datetime) -> None:
    """From the next request on this client and its tokens are refused. Doing it twice changes nothing."""
    if await find(connection, client_id, lock=True) is None:
        raise ClientRefused("no client of this id")
    is_open = (oauth_client.c.client_id == client_id) & oauth_client.c.disabled_at.is_(None)
    await connection.execute(sa.update(oauth_client).where(is_open).values(disabled_at=at))
    await _end_tokens(connection, client_id, at)


async def find(connection: AsyncConnection, client_id: str, *, lock: bool = False) -> Client | None:
    """A client by its id."""
    row = (await connection.execute(chosen(client_id, lock=lock))).one_or_none()
    return None if row is None else told(row)


def chosen(client_id: str, *, lock: bool = False) -> sa.Select[tuple[object, ...]]:
    """The statement that finds a client."""
    columns = [c for c in oauth_client.c if c.name not in ("created_at", "trusted_only")]
    statement = sa.select(*columns).where(oauth_client.c.client_id == client_id)
    return statement.with_for_update() if lock else statement


def told(row: sa.Row[tuple[object, ...]]) -> Client:
    """A client from its row."""
    kept = row._mapping
    return Client(
        client_id=kept["client_id"],
        party=kept["party"],
        name=kept["name"],
        keys=_admitted(kept["jwks"]["keys"]),
        scopes=frozenset(kept["scopes"]),
        purposes=tuple(kept["purposes"]),
        disabled=kept["disabled_at"] is not None,
    )


@cache
def nobody() -> Client:
    """A client that cannot be: its private key was thrown away. It takes the place of those that do not exist."""
    keys = (algorithms.admit(jwk.OKPKey.generate_key("Ed25519").as_dict(private=False)),)
    none: frozenset[str] = frozenset()
    return Client(client_id="", party="", name="", keys=keys, scopes=none, purposes=(), disabled=True)


def _admitted(documents: Iterable[Mapping[str, str]]) -> tuple[PublicKey, ...]:
    try:
        keys = tuple(algorithms.admit(dict(document)) for document in documents)
    except algorithms.KeyRefused as error:
        raise ClientRefused(str(error)) from error
    if not 1 <= len(keys) <= MOST_KEYS or len({key.kid for key in keys}) != len(keys):
        raise ClientRefused(f"a client needs one to {MOST_KEYS} public keys with names of their own")
    return keys


def _told(keys: Iterable[PublicKey]) -> dict[str, list[dict[str, str]]]:
    return {"keys": [key.told() for key in keys]}


async def _end_tokens(connection: AsyncConnection, client_id: str, at: datetime) -> None:
    live = (oauth_token.c.client_id == client_id) & oauth_token.c.revoked_at.is_(None) & (oauth_token.c.expires_at > at)
    await connection.execute(sa.update(oauth_token).where(live).values(revoked_at=at))
