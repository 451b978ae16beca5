"""A reader of a published table who tries everything: which numbers may a cell have that is kept back?

Promise: an exhaustive search with intervals, near the true number; it shares nothing with what is under test.
"""

from collections.abc import Iterator, Mapping, Sequence

from cli.audit.obligations.suppression import NOTHING, SMALL, UNTOLD, Key, Relation, Shown

REACH = 3  # a reader who finds another number within this of the true one does not know the true one


def no_cell_is_known(
    shown: Mapping[Key, Shown],
    counts: Mapping[Key, int],
    relations: Sequence[Relation],
    never: frozenset[Key] = frozenset(),
) -> None:
    """Each cell is told truly, and none that is kept back can be computed."""
    assert set(shown) == set(counts) - never
    told = dict(shown) | dict.fromkeys(never, NOTHING)
    for key, known in shown.items():
        assert known.low <= counts[key] <= (counts[key] if known.high is None else known.high)
        if known.exact is None:
            assert any(number != counts[key] for number in readings(told, counts, relations, key)), key
        else:
            assert counts[key] == 0 or counts[key] >= SMALL


def readings(
    shown: Mapping[Key, Shown], counts: Mapping[Key, int], relations: Sequence[Relation], key: Key
) -> Iterator[int]:
    """The numbers near the true one that a cell may have, for all that is shown; those far from it first."""
    near = {each: interval(known, counts[each]) for each, known in shown.items()}
    low, high = near[key]
    for number in sorted(range(low, high + 1), key=lambda each: (each == counts[key], abs(each - counts[key]))):
        if solvable(near | {key: (number, number)}, relations, counts):
            yield number


def interval(known: Shown, count: int) -> tuple[int, int]:
    if known.exact is not None:
        return known.exact, known.exact
    reach = max(REACH, count) if known == UNTOLD else REACH  # where nothing is told, all may be twice as much
    high = count + reach if known.high is None else min(known.high, count + reach)
    return max(known.low, count - REACH), high


def solvable(bounds: Mapping[Key, tuple[int, int]], relations: Sequence[Relation], hint: Mapping[Key, int]) -> bool:
    """Whether any numbers within the bounds add up; near the hint is tried first."""
    narrowed = narrow(dict(bounds), relations)
    if narrowed is None:
        return False
    wide = [key for key, (low, high) in narrowed.items() if low < high]
    if not wide:
        return True
    key = min(wide, key=lambda each: (narrowed[each][1] - narrowed[each][0], each))
    low, high = narrowed[key]
    numbers = sorted(range(low, high + 1), key=lambda each: abs(each - hint[key]))
    return any(solvable(narrowed | {key: (number, number)}, relations, hint) for number in numbers)


def narrow(bounds: dict[Key, tuple[int, int]], relations: Sequence[Relation]) -> dict[Key, tuple[int, int]] | None:
    """What follows for each cell from the bounds of its neighbours, again and again; None: nothing fits."""
    changed = True
    while changed:
        changed = False
        for relation in relations:
            least = sum(min(f * bounds[k][0], f * bounds[k][1]) for k, f in relation.items())
            most = sum(max(f * bounds[k][0], f * bounds[k][1]) for k, f in relation.items())
            for key, factor in relation.items():
                was = bounds[key]
                ends = sorted((factor * was[0], factor * was[1]))
                limits = sorted((-(least - ends[0]) / factor, -(most - ends[1]) / factor))
                low, high = max(was[0], -int(-limits[0] // 1)), min(was[1], int(limits[1] // 1))
                if low > high:
                    return None
                if (low, high) != was:
                    changed, bounds[key] = True, (low, high)
                    now = sorted((factor * low, factor * high))
                    least, most = least + now[0] - ends[0], most + now[1] - ends[1]
    return bounds
