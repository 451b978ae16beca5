"""What happens to one person on the way from province to province: legal acts, at random, in lifelike proportions.

Promise: a story is a sequence of things said, each so long after the one before; every one is legal when it is said.
Rules: of ten referrals eight are accepted and lead to a handover; some are declined, withdrawn or left to expire. One
answer in ten is late. Few clocks are paused, few duties waived, and a late receipt is mostly told by paper of both.
Elsewhere: who says it, when, under which links, `benchmarks.worlds`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from casework.duties import Kind
from casework.obligations import Obligation
from casework.parties import HOST
from casework.referrals import Referral

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement to be made: so long after the last, by a party, of a kind, with what that kind has of its own."""

    after: timedelta
    party: str
    kind: str
    fields: dict[str, object]
    seals: tuple[str, ...] = ()


@dataclass(slots=True)
class Story:
    """The telling of one referral. `state` is the referral after the last thing said, `last` that statement's id."""

    chance: random.Random
    referral: str
    sender: str
    receiver: str
    terms: tuple[str, str]
    state: Referral | None = None
    last: str = ""

    def told(self) -> Iterator[Said]:
        """Everything that is said on it, until nobody has anything to say."""
        acknowledge, decide = self.terms
        yield self._say(
            timedelta(0), self.sender, "referral.sent",
            {"to": self.receiver, "term_acknowledge": acknowledge, "term_decide": decide},
            ("age_band", "case", "category", "risk", "sex", "vulnerability"),
        )  # fmt: skip
        fate = self.chance.random()
        if fate < 0.04:
            yield self._say(self._within(20), self.sender, "referral.withdrawn")
            return
        if fate < 0.07:
            yield self._say(14 * DAY + self._within(4), HOST, "referral.expired")
            return
        if self.chance.random() < 0.9:
            yield self._answer(self._in_time(5), "referral.acknowledged")
        yield from self._talk(Kind.REFERRAL_DECIDE)
        if fate < 0.17:
            yield self._answer(self._in_time(15), "referral.declined")
            return
        yield self._answer(self._in_time(15), "referral.accepted")
        yield from self._lead()

    def _lead(self) -> Iterator[Said]:
        while True:
            yield self._certify()
            yield self._release()
            if self.chance.random() < 0.01:
                return  # never seen again: a breach that the host notes
            yield from self._talk(Kind.HANDOVER_RECEIPT)
            refused = self.chance.random() < 0.04
            agrees = self.chance.random() >= 0.06
            late = self.chance.random() < LATE
            yield self._settle(refused=refused, agrees=agrees, late=late)
            receipt = self.last
            if late:
                yield from self._papers(receipt)
            if not agrees and self.chance.random() < 0.95:
                after = self._late(24) if self.chance.random() < LATE else self._within(20)
                yield self._say(
                    after, self.sender, "discrepancy.answered", {"leg": 1, "receipt": receipt}, ("answer", "officer")
                )
            if not refused:
                return

    def _certify(self) -> Said:
        seals = ("examined_at", "fitness", "officer", "place")
        return self._say(self._within(30), self.sender, "fitness.certified", {"leg": 1}, seals)

    def _release(self) -> Said:
        seals = ("carrier", "condition", "happened_at", "officer", "paper", "place", "planned_arrival")
        fields = {"leg": 1, "to": self.receiver, "term": "PT24H"}
        return self._say(self._within(40), self.sender, "handover.released", fields, seals)

    def _settle(self, *, refused: bool, agrees: bool, late: bool) -> Said:
        seals = ("condition", "happened_at", "officer", "paper", "place", *(("reason",) if refused else ()))
        fields = {"leg": 1, "release": self._standing().handovers[-1].release, "agrees": agrees}
        kind = "handover.refused" if refused else "handover.received"
        return self._say(self._late(24) if late else self._within(12), self.receiver, kind, fields, seals)

    def _papers(self, receipt: str) -> Iterator[Said]:
        paper = self.chance.randbytes(32).hex()
        ends = (self.sender, self.receiver) if self.chance.random() < 0.7 else (self.receiver,)
        for party in ends:
            fields: dict[str, object] = {"handover": receipt, "sha256": paper}
            yield self._say(self._within(48), party, "bast.recorded", fields, ("happened_at",))

    def _talk(self, kind: Kind) -> Iterator[Said]:
        """A waiver or a pause, now and then, while there is time to."""
        fate = self.chance.random()
        if fate >= 0.04:
            return
        what = "waiver" if fate < 0.015 else "pause"
        if not self._open(kind):
            return
        yield self._owed(timedelta(minutes=20), kind, self.receiver, f"obligation.{what}_offered", {})
        offer = self.last
        if self.chance.random() < 0.3 or not self._open(kind):
            return
        yield self._owed(timedelta(minutes=30), kind, self.sender, f"obligation.{what}_agreed", {"offer": offer})
        if what == "pause":
            yield self._owed(self._within(72), kind, self.receiver, "obligation.resumed", {"offer": offer})

    def _open(self, kind: Kind) -> bool:
        """Whether it will still be open in an hour or two, were nothing said."""
        owed = self._owed_now(kind)
        return owed is not None and not owed.is_ended and owed.due - self._standing().latest_at > 8 * HOUR

    def _owed_now(self, kind: Kind) -> Obligation | None:
        owed = [each for each in self._standing().obligations if each.kind is kind]
        return owed[-1] if owed else None

    def _owed(self, after: timedelta, kind: Kind, party: str, said: str, fields: dict[str, object]) -> Said:
        owed = self._owed_now(kind)
        assert owed is not None
        return self._say(after, party, said, {"obligation": owed, **fields})

    def _answer(self, after: timedelta, kind: str) -> Said:
        return self._say(after, self.receiver, kind, seals=("reason",))

    def _say(
        self,
        after: timedelta,
        party: str,
        kind: str,
        fields: dict[str, object] | None = None,
        seals: tuple[str, ...] = (),
    ) -> Said:
        return Said(
            after=after, party=party, kind=kind, fields={"referral": self.referral, **(fields or {})}, seals=seals
        )

    def _standing(self) -> Referral:
        assert self.state is not None
        return self.state

    def _in_time(self, hours: int) -> timedelta:
        return self._late(80) if self.chance.random() < LATE else self._within(hours)

    def _within(self, hours: int) -> timedelta:
        return timedelta(seconds=self.chance.randint(60, hours * 3600))

    def _late(self, hours: int) -> timedelta:
        return hours * HOUR + self._within(40)
