"""Who asks a question, and what the service lends to answer it.

Promise: the attributes are what `me` tells; the party, never the request, decides which rows exist.
Rules: `derive` holds the functions that `Derived` fields name; they get column values and give a JSON value. `keys`
gives the keys of persons, of whom the trail tells by then.
Elsewhere: where a Principal comes from, `auth`; which rows a party sees, row security in `database/migrations`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from database.sealed import DataKey


def missing(needed: frozenset[str], held: frozenset[str]) -> frozenset[str]:
    """which of the needed scopes are not held; one may name alternatives (`a|b`), of which any will do"""
    return frozenset(scope for scope in needed if held.isdisjoint(scope.split("|")))


Keys = Callable[[Iterable[UUID]], Awaitable[Mapping[UUID, DataKey]]]


async def nobodys(_: Iterable[UUID]) -> Mapping[UUID, DataKey]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    party: str
    subject: str
    purpose: str
    scopes: frozenset[str]
    client: str = ""
    derive: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    keys: Keys = nobodys
