"""Small cells: not one of them can be computed from what is published, by a reader who tries everything."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.audit.obligations.suppression import (
    FEW,
    KEPT_BACK,
    NOTHING,
    UNTOLD,
    Key,
    Relation,
    Shown,
    Table,
    protect,
    total,
)
from tests.cli import readers


def no_cell_can_be_computed(
    counts: Mapping[Key, int], relations: Sequence[Relation], never: frozenset[Key] = frozenset()
) -> None:
    readers.no_cell_is_known(protect(counts, relations, never), counts, relations, never)


def crossed(rows: Sequence[Sequence[int]]) -> tuple[dict[Key, int], list[Relation]]:
    """A table with its margins."""
    counts: dict[Key, int] = {}
    for r, row in enumerate(rows):
        counts[str(r), "*"] = sum(row)
        counts.update({(str(r), str(c)): count for c, count in enumerate(row)})
    down, across = [str(r) for r in range(len(rows))], [str(c) for c in range(len(rows[0]))] + ["*"]
    counts.update({("*", c): sum(counts[r, c] for r in down) for c in across})
    relations = [total((r, "*"), [(r, c) for c in across[:-1]]) for r in [*down, "*"]]
    return counts, relations + [total(("*", c), [(r, c) for r in down]) for c in across]


def tables(most_rows: int, most_columns: int, most: int) -> st.SearchStrategy[list[list[int]]]:
    count = st.one_of(st.integers(0, 6), st.integers(0, most))
    return st.integers(1, most_columns).flatmap(
        lambda width: st.lists(st.lists(count, min_size=width, max_size=width), min_size=1, max_size=most_rows)
    )


@settings(deadline=None)
@given(tables(3, 3, 30))
def test_no_cell_of_a_table_with_margins_can_be_computed(rows: list[list[int]]) -> None:
    no_cell_can_be_computed(*crossed(rows))


@settings(deadline=None)
@given(tables(2, 2, 20), tables(2, 2, 20))
def test_nor_across_two_tables_that_share_a_total(one: list[list[int]], other: list[list[int]]) -> None:
    (first, of_first), (second, of_second) = crossed(one), crossed(other)
    rest = first["*", "*"] - second["*", "*"]
    larger, smaller = (first, second) if rest >= 0 else (second, first)
    counts = {("a", *key): n for key, n in larger.items()} | {("b", *key): n for key, n in smaller.items()}
    of_larger, of_smaller = (of_first, of_second) if rest >= 0 else (of_second, of_first)
    relations: list[Relation] = [{("a", *key): f for key, f in each.items()} for each in of_larger]
    relations += [{("b", *key): f for key, f in each.items()} for each in of_smaller]
    counts["rest",] = abs(rest)
    relations.append(total(("a", "*", "*"), [("b", "*", "*"), ("rest",)]))
    no_cell_can_be_computed(counts, relations, frozenset([("rest",)]))


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_nor_where_a_reader_knows_that_counts_come_in_pairs(pairs: list[int]) -> None:
    """Each referral opens two obligations under one clause: the sums are even, and a reader knows it."""
    counts: dict[Key, int] = {(str(n), "both"): 2 * pair for n, pair in enumerate(pairs)}
    never: dict[Key, int] = {(str(n), "each"): pair for n, pair in enumerate(pairs)}
    relations: list[Relation] = [{(str(n), "both"): -1, (str(n), "each"): 2} for n in range(len(pairs))]
    relations.append(total(("*", "both"), list(counts)))
    no_cell_can_be_computed(counts | never | {("*", "both"): 2 * sum(pairs)}, relations, frozenset(never))


def test_large_counts_and_zero_are_shown() -> None:
    counts, relations = crossed([[5, 0, 100], [0, 9, 7]])
    assert protect(counts, relations) == {key: Shown(count, count) for key, count in counts.items()}


def test_one_small_cell_costs_three_others() -> None:
    counts, relations = crossed([[50, 3, 60], [20, 8, 90], [70, 80, 90]])
    shown = protect(counts, relations)
    assert {key for key, known in shown.items() if known == FEW} == {("0", "1")}
    assert {key for key, known in shown.items() if known == KEPT_BACK} == {("0", "0"), ("1", "0"), ("1", "1")}


def test_four_that_are_small_do_not_give_away_a_small_sum() -> None:
    """Four cells of at least 1 with a sum of at most 4 are four ones."""
    no_cell_can_be_computed(*crossed([[1, 1, 1, 1]]))


def test_the_only_count_there_is_stays_hidden() -> None:
    shown = protect(*crossed([[3, 0], [0, 0]]))
    assert {key for key, known in shown.items() if known.exact is None} == {
        (r, c) for r in ("0", "*") for c in ("0", "*")
    }


def test_where_no_other_reading_is_near_there_is_always_the_table_twice() -> None:
    """4 and 12 would do, but are further off than is searched. What does not hang together with it is shown."""
    counts: dict[Key, int] = {("a",): 3, ("b",): 9, ("c",): 40, ("d",): 0}
    shown = protect(counts, [{("a",): 3, ("b",): -1}, {("b",): 1, ("a",): -3, ("d",): 1}])
    assert shown == {("a",): UNTOLD, ("b",): KEPT_BACK, ("c",): Shown(40, 40), ("d",): Shown(0, 0)}


def test_a_count_of_five_that_is_kept_back_may_be_told_to_be_less() -> None:
    """Of one, three and five with the sum nine: if five could only be more, one could only be less, and it is one."""
    no_cell_can_be_computed(*crossed([[1, 5, 3]]))


def test_the_proof_of_safety_is_another_table_that_looks_the_same() -> None:
    counts, relations = crossed([[50, 3, 60], [20, 8, 90], [70, 80, 90]])
    shown = protect(counts, relations)
    hidden = {key: known for key, known in shown.items() if known.exact is None}
    move = Table(counts=counts, relations=relations, unknown=hidden).move(("0", "1"))
    assert move is not None
    assert set(move) <= set(hidden)
    assert all(sum(factor * move.get(key, 0) for key, factor in each.items()) == 0 for each in relations)


@pytest.mark.parametrize("known", [FEW, KEPT_BACK, UNTOLD, NOTHING])
def test_what_is_kept_back_is_no_number(known: Shown) -> None:
    assert known.exact is None
