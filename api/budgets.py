"""What a client and its party may ask over time: budgets of cost, spent by requests and restored every second.

Promise: who asks too much is told so before anything of its request is done, and how long to wait; its neighbours never
are, neither other clients of its party nor other parties.
Rules: a request takes `REQUEST`, before it is read, and then what its document weighs, before it is executed, from both
budgets or from none. So what is refused for its document costs something, and what is refused for its budget costs
no more than reading it did. A party's budget is some of its clients' together (`Allowance.times`, two at least). Events
of a subscription are not charged, since others cause them; that it begins is. Kept in this process's memory
(docs/decisions/0021).
Elsewhere: what a document weighs, `reading.plans`; the most that one may, there too; the token endpoint, `auth.limits`.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from auth.principals import Principal
from reading.refusals import Code, Refused, refused

REQUEST: Final = 20  # token, proof and parsing, in the measure of the weights
_MOST_ASKERS: Final = 20_000
_MICRO: Final = 1_000_000
_STEP: Final = timedelta(microseconds=1)
Whose = Literal["client", "party"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So much at most, of which so much comes back each second."""

    most: int
    per_second: int

    def times(self, number: int) -> "Allowance":
        """As many together."""
        return Allowance(most=number * self.most, per_second=number * self.per_second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a request took, and what is left of the scarcer of its two budgets."""

    requested: int
    allowance: Allowance
    remaining: int

    def told(self) -> Mapping[str, int]:
        """As `extensions.cost` has it."""
        return {
            "requested": self.requested,
            "limit": self.allowance.most,
            "remaining": self.remaining,
            "restoredPerSecond": self.allowance.per_second,
        }


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left to whom; in millionths, so that no fraction of a second is lost or won."""

    allowance: Allowance
    _left: OrderedDict[str, tuple[int, datetime]] = field(default_factory=OrderedDict)

    def left(self, asker: str, at: datetime) -> int:
        """Millionths that are left now. A clock that was set back restores nothing, and goes on from there."""
        left, then = self._left.get(asker, (self.allowance.most * _MICRO, at))
        if at < then:  # whoever is refused all the while must not wait until the old time comes
            self._left[asker] = left, at
        restored = max(at - then, timedelta()) // _STEP * self.allowance.per_second
        return min(left + restored, self.allowance.most * _MICRO)

    def wait(self, asker: str, cost: int, at: datetime) -> int:
        """Whole seconds until there is so much; 0 where there is."""
        lacking = cost * _MICRO - self.left(asker, at)
        return max(0, -(-lacking // (self.allowance.per_second * _MICRO)))

    def take(self, asker: str, cost: int, at: datetime) -> None:
        """So much less; whoever takes has asked before."""
        self._left[asker] = self.left(asker, at) - cost * _MICRO, at
        self._left.move_to_end(asker)
        if len(self._left) > _MOST_ASKERS:
            self._left.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Those of all clients and of all parties, at this process."""

    clients: Budget
    parties: Budget
    now: Callable[[], datetime]
    refusals: Counter[str] = field(default_factory=Counter)  # by whose budget it was

    def take_in(self, by: Principal) -> None:
        """Take what any request takes; raises `Refused` where a budget does not have it."""
        self._take(by, REQUEST, before=0)

    def spend(self, by: Principal, weight: int) -> Cost:
        """Take what a document weighs, once the request has begun; raises `Refused` where a budget does not have it."""
        return self._take(by, weight, before=REQUEST)

    def _take(self, by: Principal, cost: int, *, before: int) -> Cost:
        at = self.now()
        purses: list[tuple[Whose, Budget, str]] = [
            ("client", self.clients, by.client_id), ("party", self.parties, by.party)
        ]  # fmt: skip
        if any(budget.wait(asker, cost, at) for _, budget, asker in purses):
            # Whoever comes back pays for the request anew, and to both.
            seconds, whose, budget, asker = max(
                ((b.wait(asker, before + cost, at), whose, b, asker) for whose, b, asker in purses),
                key=lambda found: found[0],
            )
            self.refusals[whose] += 1
            left = budget.left(asker, at) // _MICRO
            raise exceeded(whose, Cost(requested=before + cost, allowance=budget.allowance, remaining=left), seconds)
        for _, budget, asker in purses:
            budget.take(asker, cost, at)
        left, budget = min(((each.left(asker, at), each) for _, each, asker in purses), key=lambda found: found[0])
        return Cost(requested=before + cost, allowance=budget.allowance, remaining=left // _MICRO)


def build(client: Allowance, *, party: int, now: Callable[[], datetime], refusals: Counter[str]) -> Budgets:
    """Budgets of clients, and of parties that have so many times as much."""
    return Budgets(clients=Budget(client), parties=Budget(client.times(party)), now=now, refusals=refusals)


def exceeded(whose: Whose, cost: Cost, seconds: int) -> Refused:
    """What the caller is told; `retryAfter` in whole seconds."""
    indonesian = {"client": "klien ini", "party": "pihak ini"}[whose]
    message = (
        f"Anggaran biaya {indonesian} habis; coba lagi dalam {seconds} detik / "
        f"The cost budget of this {whose} is spent: try again in {seconds} seconds"
    )
    return refused(Code.BUDGET_EXCEEDED, message, budget=whose, retryAfter=seconds, cost=cost.told())
