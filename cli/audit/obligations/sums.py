"""Sums: counts of a page, and all that a reader can add up or knows to come out even.

Promise: what is told apart from what is only known to exist, so that both take part in every relation.
Elsewhere: which counts there are, `cli.audit.obligations.figures`; what of them may be shown,
`cli.audit.obligations.suppression`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cli.audit.obligations.suppression import Key, Relation, total


@dataclass(slots=True, kw_only=True)
class Sums:
    """Cells, and all that ties them together."""

    counts: dict[Key, int] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    never: set[Key] = field(default_factory=set)

    def sum(self, whole: Key, parts: Iterable[Key]) -> None:
        """A total of cells that are counted already."""
        several = list(parts)
        self.counts.setdefault(whole, sum(self.counts[part] for part in several))
        self.relations.append(total(whole, several))

    def hide(self, key: Key, count: int) -> Key:
        """A count that is on no page, but that a reader knows to exist."""
        self.counts[key] = count
        self.never.add(key)
        return key

    def part(self, whole: Key, *parts: Key) -> list[Key]:
        """They are part of it, and the rest is nowhere told; gives the rest, where there can be one."""
        count = self.counts[whole] - sum(self.counts[part] for part in parts)
        if count < 0:
            return []
        rest = self.hide(("rest", *whole, *(name for part in parts for name in part)), count)
        self.sum(whole, [*parts, rest])
        return [rest]

    def tie(self, relation: Relation) -> None:
        """What a reader may take to come out even, where nothing is missing that would belong to it."""
        if sum(factor * self.counts[key] for key, factor in relation.items()) == 0:
            self.relations.append(relation)
