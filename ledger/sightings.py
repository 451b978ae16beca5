"""Sightings: what the witnesses saw of a log, and when; by it the host's clock is judged (V27, V28, O7).

Promise: who trusts that a quorum of witnesses did not collude knows between which two instants each entry was made,
however the host's clock ran, and in which silences nobody saw the log.
Rules: only checkpoints that the log's own key signed are looked at, and of each size all files that tell of it. An
entry's `at` is held against its two neighbours among the sizes that have a quorum: the largest that is not above its
index, and the smallest that is. Clocks may differ by `SLACK`. Cosignatures never move an obligation; they only
leave room for an outage, or leave none.
Elsewhere: one note's cosignatures, `ledger.cosignatures`; which keys count, `ledger.quorums`; the outage itself,
`ledger.notices`; the service's own table of the same, `operations.collecting`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from casework.clocks import Span
from ledger import checkpoints, cosignatures, notes
from ledger.findings import Findings
from ledger.histories import History
from ledger.notes import Unreadable, VerifierKey
from ledger.publications import CHECKPOINT, CHECKPOINTS, Files
from ledger.quorums import Policy
from ledger.rules import Code

SLACK: Final = 300  # seconds
WITNESSED_WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """What a log's witnesses saw of it."""

    policy: Policy = field(default_factory=Policy)
    sizes: tuple[int, ...] = ()  # that a quorum has cosigned, ascending
    times: tuple[int, ...] = ()  # the quorum time of each, in seconds since 1970
    newest: tuple[str, ...] = ()  # the witnesses whose cosignature the newest checkpoint bears
    cosignatures: int = 0  # that verify, in all checkpoints kept
    wrong: tuple[str, ...] = ()  # names of witnesses in lines that do not verify

    @property
    def covered(self) -> int:
        """How many entries, from the first on, a quorum has seen."""
        return self.sizes[-1] if self.sizes else 0

    def leave_room(self, span: Span) -> bool:
        """Whether the log was seen before the span and not within it, as far as clocks can tell (O7)."""
        begin, end = int(span.from_.timestamp()) + SLACK, int(span.until.timestamp()) - SLACK
        return any(time <= begin for time in self.times) and not any(begin < time < end for time in self.times)


def of_log(files: Files, key: VerifierKey | None, policy: Policy) -> Sightings:
    """What the files of a log show of its witnesses."""
    if key is None or not policy.witnesses:
        return Sightings(policy=policy)
    seen: dict[int, dict[VerifierKey, int]] = {}
    newest: tuple[str, ...] = ()
    wrong: list[str] = []
    count = 0
    for name in (*(f"{CHECKPOINTS}/{size}" for size in files.numbers(CHECKPOINTS)), CHECKPOINT):
        note = files.read(name)
        size = _size(note, key)
        if note is None or size is None:
            continue  # what is wrong with it is said elsewhere
        found = cosignatures.read(notes.parse(note), policy.witnesses)
        wrong.extend(found.wrong)
        known = seen.setdefault(size, {})
        for witness, time in found.times.items():
            known[witness] = min(time, known.get(witness, time))
        if name == CHECKPOINT:
            newest = tuple(witness.name for witness in policy.witnesses if witness in found.times)
        else:
            count += len(found.times)
    times = {size: policy.time(known.values()) for size, known in sorted(seen.items())}
    quorate = {size: time for size, time in times.items() if time is not None}
    return Sightings(
        policy=policy,
        sizes=tuple(quorate),
        times=tuple(quorate.values()),
        newest=newest,
        cosignatures=count,
        wrong=tuple(wrong),
    )


def hold(sightings: Sightings, history: History, findings: Findings) -> None:
    """Hold the entries' times against those of the witnesses."""
    if not sightings.policy.quorum:
        return
    for first, end, preceding, covering in _stretches(sightings, history.size):
        if preceding is not None:
            _not_before(history, first, end, preceding, findings)
        if covering is not None:
            _not_after(history, first, end, covering, findings)
    _covered(sightings, history, findings)


def _stretches(sightings: Sightings, size: int) -> Iterator[tuple[int, int, int | None, int | None]]:
    """Entries between neighbouring sizes that have a quorum: from, to, and the quorum times before and after."""
    first, preceding = 0, None
    for end, time in zip(sightings.sizes, sightings.times, strict=True):
        if end > size:
            break  # not of these entries: that is found by its root
        yield first, end, preceding, time
        first, preceding = end, time
    if first < size:
        yield first, size, preceding, None


def _not_before(history: History, first: int, end: int, preceding: int, findings: Findings) -> None:
    wrong = [index for index in range(first, end) if history.times[index] < preceding - SLACK]
    if wrong:
        told = f"made before {_spelt(preceding)}, when a quorum of witnesses had seen a log without {_it(wrong)}"
        findings.add(wrong[0], Code.AT_BEFORE_WITNESSED, f"{_named(wrong)} to have been {told}")


def _not_after(history: History, first: int, end: int, covering: int, findings: Findings) -> None:
    wrong = [index for index in range(first, end) if history.times[index] > covering + SLACK]
    if wrong:
        told = f"made after {_spelt(covering)}, when a quorum of witnesses had seen {_it(wrong)}"
        findings.add(wrong[0], Code.AT_AFTER_WITNESSED, f"{_named(wrong)} to have been {told}")


def _covered(sightings: Sightings, history: History, findings: Findings) -> None:
    """Below quorum a log goes on, but not for more than a day by its own clock, proved outages added."""
    first = sightings.covered
    if first >= history.size:
        return
    since = history.times[first]
    latest = history.later(datetime.fromtimestamp(since, tz=UTC), WITNESSED_WITHIN)
    if latest.timestamp() < history.times[-1]:
        told = f"has been seen by no quorum of {sightings.policy.quorum} witnesses since {_spelt(since)}"
        findings.add(first, Code.QUORUM_MISSING, f"entry {first} {told}")


def _size(note: bytes | None, key: VerifierKey) -> int | None:
    try:
        return None if note is None else checkpoints.verify(note, key).size
    except Unreadable:
        return None


def _named(wrong: Sequence[int]) -> str:
    return f"entry {wrong[0]} claims" if len(wrong) == 1 else f"entries {wrong[0]} to {wrong[-1]} claim"


def _it(wrong: Sequence[int]) -> str:
    return "it" if len(wrong) == 1 else "them"


def _spelt(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
