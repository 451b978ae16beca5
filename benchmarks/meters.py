"""What is measured, and how it is told: processor time of whole processes, and the spread of several rounds.

Promise: a figure is told with its least and largest; a ratio is taken round by round, so that a machine that slows down
slows both; and a claim is made only of what every round bears out (`holds`).
Elsewhere: tables and charts of it, `benchmarks.charts` and `benchmarks.reports`.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import psutil  # type: ignore[import-untyped]  # it has no types


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One round of one contestant."""

    per_second: float
    server_ms: float  # of processor time, per request
    postgres_ms: float
    middle_ms: float  # of waiting, of the middle request
    requests: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Middle, least, largest."""

    middle: float
    least: float
    largest: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        return cls(statistics.median(figures), min(figures), max(figures))

    def told(self, form: str = ".1f") -> str:
        return f"{self.middle:{form}} ({self.least:{form}} to {self.largest:{form}})"

    def plain(self) -> dict[str, float]:
        return asdict(self)


def ratio(one: Sequence[float], other: Sequence[float]) -> Spread:
    """Round by round."""
    return Spread.of([a / b for a, b in zip(one, other, strict=True)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What was wanted, and what came of it."""

    name: str
    wanted: float
    found: Spread
    at_most: bool = False

    def verdict(self) -> str:
        """Reached or missed where all rounds agree; open where the wanted figure lies inside the spread."""
        low, high = self.found.least, self.found.largest
        if self.at_most:
            low, high = -high, -low
        wanted = -self.wanted if self.at_most else self.wanted
        return "reached" if low >= wanted else "missed" if high < wanted else "within the spread"

    def told(self) -> str:
        bound = "at most" if self.at_most else "at least"
        return f"| {self.name} | {bound} {self.wanted:g} | {self.found.told('.2f')} | {self.verdict()} |"


class Clock:
    """Processor time of a process and all below it."""

    def __init__(self, process: psutil.Process) -> None:
        self.process = process

    def seconds(self) -> float:
        total = 0.0
        for each in (self.process, *self.process.children(recursive=True)):
            try:
                spent = each.cpu_times()
            except psutil.Error:
                continue  # it has just ended
            total += spent.user + spent.system
        return float(total)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall and of this process's own processor."""
    wall, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - own
