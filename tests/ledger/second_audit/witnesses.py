"""What the witnesses saw: F16, V27, V28, and the end of O7."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tests.ledger.second_audit import curves, notes
from tests.ledger.second_audit.bodies import Body
from tests.ledger.second_audit.copies import Files
from tests.ledger.second_audit.notes import Key
from tests.ledger.second_audit.texts import Broken

SLACK = timedelta(seconds=300)
DAY = timedelta(days=1)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Stop = tuple[datetime, datetime]


def quorum_times(files: Files, log: Key | None, genesis: Body | None) -> dict[int, datetime]:
    """When a quorum had seen each size."""
    if log is None or genesis is None:
        return {}
    witnesses = [notes.key(text) for text in genesis["witnesses"]]
    times: dict[int, dict[Key, datetime]] = {}
    for name in [*(f"checkpoints/{size}" for size in files.numbers("checkpoints")), "checkpoint"]:
        data = files.read(name)
        if data is None:
            continue
        try:
            size = notes.checkpoint(data, log).size
        except Broken:
            continue
        for witness, time in cosignatures(data, witnesses):
            known = times.setdefault(size, {})
            known[witness] = min(time, known.get(witness, time))
    enough = {size: sorted(known.values()) for size, known in times.items()}
    quorum = genesis["quorum"]
    return {size: enough[size][quorum - 1] for size in sorted(enough) if 0 < quorum <= len(enough[size])}


def cosignatures(data: bytes, witnesses: list[Key]) -> Iterator[tuple[Key, datetime]]:
    """Those of these witnesses that verify."""
    text, lines = notes.lines(data)
    for name, told in lines:
        for witness in witnesses:
            if (name, told[:4]) != (witness.name, curves.key_id(*witness)):
                continue
            seconds = int.from_bytes(told[4:12], "big")
            message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
            if 0 < seconds < (LATEST - EPOCH).total_seconds() and curves.signed(witness.public, told[12:], message):
                yield witness, EPOCH + timedelta(seconds=seconds)


def leave_room(times: dict[int, datetime], start: datetime, end: datetime) -> bool:
    """O7."""
    early, late = start + SLACK, end - SLACK
    return any(time <= early for time in times.values()) and not any(early < time < late for time in times.values())


def at_fault(seen: dict[int, datetime], at: list[datetime]) -> Iterator[tuple[int, str]]:
    """V27: the entries that are named, stretch by stretch between neighbouring sizes."""
    bounds = [0, *(size for size in seen if size < len(at)), len(at)]
    for first, end in pairwise(bounds):
        early = [index for index in range(first, end) if first in seen and at[index] < seen[first] - SLACK]
        yield from ((index, "AT_BEFORE_WITNESSED") for index in early[:1])
        late = [index for index in range(first, end) if end in seen and at[index] > seen[end] + SLACK]
        yield from ((index, "AT_AFTER_WITNESSED") for index in late[:1])


def later(since: datetime, outages: list[Stop]) -> datetime:
    """A day later, by a clock that stands in outages (O8)."""
    latest = since + DAY
    for start, end in outages:
        if end > since and start <= latest:
            latest += end - max(start, since)
    return latest
