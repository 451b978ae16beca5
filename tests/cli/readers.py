"""A reader of a published table who tries everything: which numbers may a cell have that is kept back?

Promise: an exhaustive search with intervals, near the true number; it shares nothing with what is under test.
"""

from collections.abc import Iterator, Mapping, Sequence

from cli.audit.obligations.suppression import NOTHING, SMALL, UNTOLD, Key, Relation, Shown

REACH = 3  # a reader who finds another number within this of the true one does not know the true one

PATIENCE = (30, 300, 3_000, 30_000, 10**9)  # tries for each number


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
            assert may_be_another(told, counts, relations, key), key
        else:
            assert counts[key] == 0 or counts[key] >= SMALL


def may_be_another(
    shown: Mapping[Key, Shown], counts: Mapping[Key, int], relations: Sequence[Relation], key: Key
) -> bool:
    """Whether a cell may have a number near the true one but not that, for all that is shown."""
    near = {each: interval(known, counts[each]) for each, known in shown.items()}
    low, high = near[key]
    numbers = sorted(set(range(low, high + 1)) - {counts[key]}, key=lambda each: abs(each - counts[key]))
    # That one number cannot be may take long to see where another is found at once: each is tried a little first.
    return any(
        solvable(near | {key: (number, number)}, relations, counts, iter(range(patience)))
        for patience in PATIENCE
        for number in numbers
    )


def interval(known: Shown, count: int) -> tuple[int, int]:
    if known.exact is not None:
        return known.exact, known.exact
    reach = max(REACH, count) if known == UNTOLD else REACH  # where nothing is told, all may be twice as much
    high = count + reach if known.high is None else min(known.high, count + reach)
    return max(known.low, count - REACH), high


def solvable(
    bounds: Mapping[Key, tuple[int, int]], relations: Sequence[Relation], hint: Mapping[Key, int], tries: Iterator[int]
) -> bool:
    """Whether numbers within the bounds are found that add up, in so many tries; near the hint is tried first."""
    narrowed = narrow(dict(bounds), relations) if next(tries, None) is not None else None
    if narrowed is None:
        return False
    wide = [key for key, (low, high) in narrowed.items() if low < high]
    if not wide:
        return True
    key = min(wide, key=lambda each: (narrowed[each][1] - narrowed[each][0], each))
    low, high = narrowed[key]
    numbers = sorted(range(low, high + 1), key=lambda each: abs(each - hint[key]))
    return any(solvable(narrowed | {key: (number, number)}, relations, hint, tries) for number in numbers)


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
