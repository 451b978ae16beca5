"""How often one may ask: the token endpoint's limits.

Promise: a client that asks too often is told how long to wait; its neighbours behind the same address never are.
Rules: authenticated requests count for their client, failed ones for their address (a province sits behind one NAT).
Kept in this process's memory, by the generic cell rate algorithm: one instant per asker, the oldest forgotten first.
With several worker processes a client may get as many times the rate; the bound that matters, an attacker's, is of the
same order, and no request waits for a lock or a row.
Elsewhere: limits on questions and acts, `reading.limits` and `api`.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

_MOST_ASKERS: Final = 20_000
_SECOND: Final = 1_000_000  # in microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many in a minute, of which a burst may come at once."""

    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of the token endpoint and its neighbours."""

    client: Rate = Rate(per_minute=60, burst=30)  # a token lives five minutes: one a second is already a fault
    address: Rate = Rate(per_minute=60, burst=60)  # failures only


DEMO: Final = Limits(client=Rate(per_minute=60_000, burst=5_000), address=Rate(per_minute=60_000, burst=5_000))


@dataclass(frozen=True, slots=True)
class Meter:
    """Who asked when, for one rate."""

    rate: Rate
    _full: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def wait(self, asker: str, *, at: datetime) -> int:
        """Count one request; 0, or the whole seconds to wait when it is one too many (and then it does not count)."""
        # Whole microseconds: with fractions of seconds, rounding refuses the first request of all now and then.
        now, step = int(at.timestamp()) * _SECOND + at.microsecond, 60 * _SECOND // self.rate.per_minute
        full = max(self._full.get(asker, now), now) + step
        if full - now > step * self.rate.burst:
            return -((now + step * self.rate.burst - full) // _SECOND)
        self._full[asker] = full
        self._full.move_to_end(asker)
        if len(self._full) > _MOST_ASKERS:
            self._full.popitem(last=False)
        return 0


@dataclass(slots=True)
class Sweeps:
    """Once a minute, in this process."""

    _last: int = -1

    def due(self, at: datetime) -> bool:
        """Whether this minute's sweep is still to come; asking takes it."""
        minute = int(at.timestamp()) // 60
        if minute <= self._last:
            return False
        self._last = minute
        return True
