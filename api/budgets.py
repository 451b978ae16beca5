"""What a client and its party may ask over time: budgets of cost, spent by requests and restored every second.

Promise: who asks too much is told so before anything of its request is done, and how long to wait; its neighbours never
are, neither other clients of its party nor other parties.
Rules: a request takes `REQUEST`, before it is read, and then what its document weighs, before it is executed, from both
budgets or from none. So what is refused for its document costs something, and what is refused for its budget costs
no more than reading it did. A party's budget is some of its clients' together (two at least). Events of a subscription
are not charged, since others cause them; that it begins is. Kept in this process's memory (docs/decisions/0021).
Elsewhere: the meters, `auth.limits`; what a document weighs, `reading.plans`; the most that one may, there too.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from auth.limits import PARTS, Meter, Rate
from auth.principals import Principal
from reading.refusals import Code, Refused, refused

REQUEST: Final = 20  # token, proof and parsing, in the measure of the weights
Whose = Literal["client", "party"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a request took, and what is left of the scarcer of its two budgets."""

    requested: int
    budget: Rate
    remaining: int

    def told(self) -> Mapping[str, int]:
        """As `extensions.cost` has it."""
        return {
            "requested": self.requested,
            "limit": self.budget.burst,
            "remaining": self.remaining,
            "restoredPerSecond": self.budget.per_minute // 60,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Those of all clients and of all parties, at this process."""

    clients: Meter
    parties: Meter
    now: Callable[[], datetime]
    refusals: Counter[str]  # by whose budget it was

    def take_in(self, by: Principal) -> None:
        """Take what any request takes; raises `Refused` where a budget does not have it."""
        self._take(by, REQUEST, before=0)

    def spend(self, by: Principal, weight: int) -> Cost:
        """Take what a document weighs, once the request has begun; raises `Refused` where a budget does not have it."""
        return self._take(by, weight, before=REQUEST)

    def _take(self, by: Principal, cost: int, *, before: int) -> Cost:
        at = self.now()
        purses: list[tuple[Whose, Meter, str]] = [
            ("client", self.clients, by.client_id), ("party", self.parties, by.party)
        ]  # fmt: skip
        if any(meter.wait(asker, cost, at) for _, meter, asker in purses):
            # Whoever comes back pays for the request anew, and to both.
            seconds, whose, meter, asker = max(
                ((each.wait(asker, before + cost, at), whose, each, asker) for whose, each, asker in purses),
                key=lambda found: found[0],
            )
            self.refusals[whose] += 1
            left = meter.left(asker, at) // PARTS
            raise exceeded(whose, Cost(requested=before + cost, budget=meter.rate, remaining=left), seconds)
        for _, meter, asker in purses:
            meter.take(asker, cost, at)
        left, meter = min(((each.left(asker, at), each) for _, each, asker in purses), key=lambda found: found[0])
        return Cost(requested=before + cost, budget=meter.rate, remaining=left // PARTS)


def build(
    *, most: int, per_second: int, party: int, now: Callable[[], datetime], refusals: Counter[str]
) -> Budgets:  # fmt: skip
    """Budgets of clients, and of parties that have so many times as much."""
    client = Rate(per_minute=60 * per_second, burst=most)
    return Budgets(clients=Meter(client), parties=Meter(client.times(party)), now=now, refusals=refusals)


def exceeded(whose: Whose, cost: Cost, seconds: int) -> Refused:
    """What the caller is told; `retryAfter` in whole seconds."""
    indonesian = {"client": "klien ini", "party": "pihak ini"}[whose]
    message = (
        f"Anggaran biaya {indonesian} habis; coba lagi dalam {seconds} detik / "
        f"The cost budget of this {whose} is spent: try again in {seconds} seconds"
    )
    return refused(Code.BUDGET_EXCEEDED, message, budget=whose, retryAfter=seconds, cost=cost.told())
