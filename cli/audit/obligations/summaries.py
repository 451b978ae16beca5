"""Counts by party and clause, and what is overdue, gathered while rows go by.

Promise: every row is counted once; of the overdue only so many are kept, those due first, and all are counted.
Elsewhere: the counts that may be published, `cli.audit.obligations.figures`.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from casework.agreements import Basis
from casework.obligations import State
from ledger.dockets import Row

FIRST: Final = 20  # of the overdue, on a screen


@dataclass(slots=True)
class Group:
    """The obligations of one party under one clause."""

    states: Counter[str] = field(default_factory=Counter)
    entered_late: int = 0
    contested: int = 0
    proposed: int = 0
    on_hosts_word: int = 0  # another state without it

    @property
    def total(self) -> int:
        """All of them."""
        return self.states.total()


@dataclass(slots=True)
class Summary:
    """What the rows come to."""

    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    overdue: int = 0
    proposed: int = 0
    rows: int = 0
    stopped_by_host: int = 0
    on_hosts_word: Counter[str] = field(default_factory=Counter)  # by the state that they have with it
    _latest: list[tuple[float, int, Row]] = field(default_factory=list)  # a heap, the latest due on top

    def add(self, row: Row) -> None:
        """Count a row."""
        group = self.groups.setdefault((row.debtor, row.clause), Group())
        group.states[row.state] += 1
        group.entered_late += row.entered_late
        group.contested += row.contested
        group.proposed += row.basis == Basis.PROPOSED
        self.proposed += row.basis == Basis.PROPOSED
        self.rows += 1
        self.stopped_by_host += bool(row.stopped_by_host)
        if row.state_without_host is not None:
            group.on_hosts_word += 1
            self.on_hosts_word[row.state] += 1
        if row.state == State.BREACHED and row.ending is None:
            self.overdue += 1
            # Rows come in the order of opening: the number makes the order total, so that rows are never compared.
            entry = (-row.due_at.timestamp(), -self.rows, row)
            (heapq.heappush if len(self._latest) < FIRST else heapq.heappushpop)(self._latest, entry)

    def counting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, counted as they go by."""
        for row in rows:
            self.add(row)
            yield row

    def first_overdue(self) -> list[Row]:
        """The overdue that were due first."""
        return [row for _, _, row in sorted(self._latest, reverse=True)]

    def ordered(self) -> list[tuple[str, str, Group]]:
        """By party and clause."""
        return [(party, clause, group) for (party, clause), group in sorted(self.groups.items())]


def document(summary: Summary) -> Iterator[Mapping[str, object]]:
    """The groups as JSON objects."""
    for party, clause, group in summary.ordered():
        yield {
            "party": party,
            "clause": clause,
            **{name: group.states[state] for state, name in NAMES.items()},
            "enteredLate": group.entered_late,
            "contested": group.contested,
            "proposed": group.proposed,
            "onHostsWord": group.on_hosts_word,
            "total": group.total,
        }


NAMES: Final[Mapping[str, str]] = {
    State.OPEN: "open",
    State.MET: "met",
    State.MET_LATE: "metLate",
    State.BREACHED: "breached",
    State.WAIVED: "waived",
    State.PAUSED: "paused",
}
