"""What may be published of a table of small counts: which cells are shown, and which must be kept back with them.

Promise: a count from 1 to 4 is never shown, and no cell that is kept back can be computed from what is shown: for each
there is another table that looks the same to every reader and has another number there. Zero may be shown.
Rules: pure, and the same every time. The relations name everything a reader can add up, also across tables and by
knowing the trade; a reader is taken to know this algorithm, hence that `<5` is 1 to 4 and that what is kept back for
its neighbours' sake is 5 or more. The proof of safety is the other table itself, found or not: a search that gives up
costs one more shown cell, never a secret.
Elsewhere: the cells and relations of the page, `cli.audit.obligations.figures`. What no table can prevent: two pages
of neighbouring days, subtracted from each other; so publish by the month, not by the hour.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Key: TypeAlias = tuple[str, ...]
Relation: TypeAlias = Mapping[Key, int]
"""Cells by their factor; the sum of factor x count is zero. `{total: -1, a: 1, b: 1}` says that a + b is the total."""

SMALL: Final = 5  # the least count that may be shown, but for zero
STEPS: Final = (1, -1, 2, -2)  # by how much a cell differs in the other table
MOST_CHANGED: Final = 40  # cells that differ in it
BUDGETS: Final = (0, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 160)  # what shown cells are lost for it: little first
PATIENCE: Final = 1000  # tries for each of these


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a reader learns of a cell: at least `low`, at most `high` (None: no bound)."""

    low: int
    high: int | None

    @property
    def exact(self) -> int | None:
        """The number, where it is shown."""
        return self.low if self.low == self.high else None


FEW: Final = Shown(1, SMALL - 1)
KEPT_BACK: Final = Shown(SMALL, None)
UNTOLD: Final = Shown(1, None)  # kept back, and not even whether it is small is told
NOTHING: Final = Shown(0, None)


def total(whole: Key, parts: Iterable[Key]) -> Relation:
    """The parts add up to the whole."""
    return {whole: -1} | dict.fromkeys(parts, 1)


def protect(
    counts: Mapping[Key, int], relations: Sequence[Relation], never: frozenset[Key] = frozenset()
) -> dict[Key, Shown]:
    """What is shown of each cell; cells in `never` take part in relations, need no protection and are not shown."""
    open_to_all = {key: count for key, count in counts.items() if key not in never}
    hidden = {key: FEW for key, count in open_to_all.items() if 0 < count < SMALL}
    table = Table(counts=counts, relations=relations, unknown=dict.fromkeys(never, NOTHING) | hidden)
    safe = set[Key]()
    for key in sorted(hidden):
        if key in safe:
            continue
        move = table.move(key) or table.move(key, loose=True) or table.doubled(key)
        table.hide(move)
        safe.update(move)  # what proves one cell safe proves all safe that differ in it, now and later
    return {key: table.unknown.get(key, Shown(count, count)) for key, count in open_to_all.items()}


@dataclass(slots=True, kw_only=True)
class Table:
    """The counts, and what is unknown of them to a reader."""

    counts: Mapping[Key, int]
    relations: Sequence[Relation]
    unknown: dict[Key, Shown]
    places: dict[Key, list[int]] = field(init=False)  # the relations that a cell stands in

    def __post_init__(self) -> None:
        self.places = {key: [] for key in self.counts}
        for number, relation in enumerate(self.relations):
            for key in relation:
                self.places[key].append(number)

    def move(self, key: Key, *, loose: bool = False) -> Mapping[Key, int] | None:
        """Another table with the same looks in which this cell differs: by how much each cell does. `loose`: where no
        more is told of what is kept back than that it is not zero."""
        for budget in BUDGETS:
            for step in STEPS:
                if self.allows(key, step, loose):
                    search = Search(table=self, budget=budget, loose=loose)
                    search.change(key, step)
                    if search.mend():
                        return search.steps
        return None

    def doubled(self, key: Key) -> Mapping[Key, int]:
        """The last resort: all that hangs together with this cell, twice. Relations are sums, so that fits always."""
        together, edge = {key}, {key}
        while edge:
            beside = {each for known in edge for number in self.places[known] for each in self.relations[number]}
            edge = {each for each in beside if self.counts[each]} - together
            together |= edge
        return {each: self.counts[each] for each in together}

    def hide(self, move: Mapping[Key, int]) -> None:
        """Tell so little of each cell that a reader must reckon with this difference."""
        for key, step in move.items():
            if not self.allows(key, step):
                self.unknown[key] = UNTOLD
            self.unknown.setdefault(key, KEPT_BACK)

    def loss(self, key: Key) -> int:
        """What readers lose with a cell: of the larger count, more. What is hidden already costs nothing."""
        return 0 if key in self.unknown else self.counts[key].bit_length()

    def allows(self, key: Key, step: int, loose: bool = False) -> bool:
        """Whether a reader, for all that is known of this cell alone, must reckon with this difference."""
        known, count = self.unknown.get(key, KEPT_BACK), self.counts[key]
        if not count and known != NOTHING:
            return False  # zero is shown
        if loose and known != NOTHING:
            known = UNTOLD
        return known.low <= count + step and (known.high is None or count + step <= known.high)


@dataclass(slots=True, kw_only=True)
class Search:
    """A search for the other table: change a cell, then mend each relation that no longer holds."""

    table: Table
    budget: int  # what may still be lost of shown cells
    loose: bool
    steps: dict[Key, int] = field(default_factory=dict)
    off: dict[int, int] = field(default_factory=dict)  # by how much a relation does not hold
    tries: int = 0

    def change(self, key: Key, step: int) -> None:
        """Change a cell, or take the change back."""
        back = self.steps.pop(key, None) is not None
        if not back:
            self.steps[key] = step
        self.budget += self.table.loss(key) * (1 if back else -1)
        for number in self.table.places[key]:
            off = self.off.pop(number, 0) + self.table.relations[number][key] * step
            if off:
                self.off[number] = off

    def mend(self) -> bool:
        """Whether the relations can all be made to hold again."""
        if not self.off:
            return True
        self.tries += 1
        if self.tries > PATIENCE or len(self.steps) >= MOST_CHANGED:
            return False
        ways = min((list(self.ways(number)) for number in self.off), key=len)
        for _, key, step in sorted(ways):
            self.change(key, step)
            if self.mend():
                return True
            self.change(key, -step)
        return False

    def ways(self, number: int) -> Iterator[tuple[int, Key, int]]:
        """The changes that help this relation, each with what it costs: what is lost, and what it leaves off."""
        relation, off = self.table.relations[number], self.off[number]
        for key, factor in relation.items():
            loss = self.table.loss(key)
            if key in self.steps or loss > self.budget:
                continue
            whole = [-off // factor] if off % factor == 0 else []
            for step in {*whole, -1 if off * factor > 0 else 1}:
                if step in STEPS and self.table.allows(key, step, self.loose):
                    yield loss + self.left_off(key, step), key, step

    def left_off(self, key: Key, step: int) -> int:
        """How many of the cell's relations do not hold after it is changed."""
        relations = self.table.relations
        return sum(self.off.get(n, 0) + relations[n][key] * step != 0 for n in self.table.places[key])
