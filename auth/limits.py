"""How often one may ask: meters, and the token endpoint's limits.

Promise: a client that asks too often is told how long to wait; its neighbours behind the same address never are.
Rules: authenticated requests count for their client, failed ones for their address (a province sits behind one NAT).
Kept in this process's memory: what is left to each asker and since when, the oldest forgotten first. With several
worker processes a client may get as many times the rate; the bound that matters, an attacker's, is of the same order,
and no request waits for a lock or a row.
Elsewhere: what questions and acts take, `api.budgets`, by the same meters; limits of one document, `reading.limits`.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

_MOST_ASKERS: Final = 20_000
_STEP: Final = timedelta(microseconds=1)
PARTS: Final = 60_000_000  # of one: whole parts come back in each microsecond, and none is lost or won


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many in a minute, of which a burst may come at once."""

    per_minute: int
    burst: int

    def times(self, number: int) -> "Rate":
        """As many together."""
        return Rate(per_minute=number * self.per_minute, burst=number * self.burst)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of the token endpoint and its neighbours."""

    client: Rate = Rate(per_minute=60, burst=30)  # a token lives five minutes: one a second is already a fault
    address: Rate = Rate(per_minute=60, burst=60)  # failures only


DEMO: Final = Limits(client=Rate(per_minute=60_000, burst=5_000), address=Rate(per_minute=60_000, burst=5_000))


@dataclass(frozen=True, slots=True)
class Meter:
    """What is left to whom, at one rate; in parts."""

    rate: Rate
    _left: OrderedDict[str, tuple[int, datetime]] = field(default_factory=OrderedDict)

    def left(self, asker: str, at: datetime) -> int:
        """Parts that are left now. A clock that was set back restores nothing, and goes on from there."""
        left, then = self._left.get(asker, (self.rate.burst * PARTS, at))
        if at < then:  # whoever is refused all the while must not wait until the old time comes
            self._left[asker] = left, at
        restored = max(at - then, timedelta()) // _STEP * self.rate.per_minute
        return min(left + restored, self.rate.burst * PARTS)

    def wait(self, asker: str, cost: int, at: datetime) -> int:
        """Whole seconds until there is so much; 0 where there is."""
        lacking = cost * PARTS - self.left(asker, at)
        return max(0, -(-lacking // (self.rate.per_minute * PARTS // 60)))

    def take(self, asker: str, cost: int, at: datetime) -> None:
        """So much less; whoever takes has asked before."""
        self._left[asker] = self.left(asker, at) - cost * PARTS, at
        self._left.move_to_end(asker)
        if len(self._left) > _MOST_ASKERS:
            self._left.popitem(last=False)

    def count(self, asker: str, *, at: datetime) -> int:
        """Count one request; 0, or the whole seconds to wait when it is one too many (and then it does not count)."""
        seconds = self.wait(asker, 1, at)
        if not seconds:
            self.take(asker, 1, at)
        return seconds


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
