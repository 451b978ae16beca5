"""What a log is about, in numbers: parties, referrals, handovers and whether both sides agreed.

Promise: counts of what the bodies say, for people; nothing here is proof of anything. They are taken while the
verifier's chunks go by: a large log is not read a second time for them.
Elsewhere: what is proof, `ledger.verifier`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ledger.chunks import Examination


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The numbers of a log."""

    parties: Mapping[str, int]
    referrals: int
    agree: int
    disagree: int
    refused: int


@dataclass(slots=True)
class Counting:
    """Counts statements as far as they can be read."""

    parties: Counter[str] = field(default_factory=Counter)
    said: Counter[tuple[str | None, bool]] = field(default_factory=Counter)

    def counting(self, examinations: Iterable[Examination]) -> Iterator[Examination]:
        """The examinations, counted as they go by."""
        for examination in examinations:
            for place in examination.places:
                if place is not None and place.examined is not None:
                    question, read = place.examined.question, place.examined.read
                    self.parties[str(question.party)] += 1
                    self.said[question.kind, getattr(read, "agrees", None) is True] += 1
            yield examination

    def tally(self) -> Tally:
        """What it came to."""
        said = self.said
        return Tally(
            parties=dict(sorted(self.parties.items())),
            referrals=said["referral.sent", False],
            agree=said["handover.received", True],
            disagree=said["handover.received", False],
            refused=said["handover.refused", True] + said["handover.refused", False],
        )
