"""The gate: everything this room needs, built once at the start and handed on explicitly.

Promise: one value holds the issuer, the keys, the database of access, the limits and the clock; nothing here is global.
Rules: the clock is read once per request, by `Gate.now`, and travels as `at` from there on; the database engine is that
of the role `estafet_auth`, which sees the tables of access and no others.
Elsewhere: who builds it, `api.app`; who asks it, `auth.endpoints` and `auth.resources`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from auth import transports
from auth.keys import SigningKeys
from auth.limits import Limits, Meter, Sweeps
from auth.tokens import Remembered


def wall_clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What judging a request for access takes."""

    issuer: str
    keys: SigningKeys
    engine: AsyncEngine
    clients: Meter
    addresses: Meter
    remembered: Remembered
    sweeps: Sweeps
    now: Callable[[], datetime]

    def url(self, path: str) -> str:
        """The public URL of a path: what a proof must name, whatever the Host header says."""
        return self.issuer + path


def build(
    *,
    issuer: str,
    keys: SigningKeys,
    engine: AsyncEngine,
    limits: Limits | None = None,
    now: Callable[[], datetime] = wall_clock,
) -> Gate:
    """A gate; raises `transports.Insecure` for an issuer without TLS that is not loopback."""
    rates = limits or Limits()
    return Gate(
        issuer=transports.issuer(issuer),
        keys=keys,
        engine=engine,
        clients=Meter(rates.client),
        addresses=Meter(rates.address),
        remembered=Remembered(),
        sweeps=Sweeps(),
        now=now,
    )
