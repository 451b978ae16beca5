"""Laws of conditions, and of the other short lists: categories, vulnerabilities, risks."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import categories, risks, vulnerabilities
from casework.categories import LIST, Category, Listed
from casework.conditions import ITEMS, Condition, Grade, grades, worsened
from casework.risks import Risk
from casework.vulnerabilities import Vulnerability
from tests.casework.stories import GOOD, HURT

CONDITIONS = st.builds(Condition, **{item: st.sampled_from(Grade) for item in ITEMS})


@given(CONDITIONS)
def test_nothing_is_worse_than_itself(a: Condition) -> None:
    assert worsened(a, a) == ()


@given(CONDITIONS, CONDITIONS)
def test_no_item_is_worse_both_ways(a: Condition, b: Condition) -> None:
    assert not set(worsened(a, b)) & set(worsened(b, a))


@given(CONDITIONS, CONDITIONS, CONDITIONS)
def test_what_worsens_twice_is_worse_in_the_end(a: Condition, b: Condition, c: Condition) -> None:
    assert set(worsened(a, b)) & set(worsened(b, c)) <= set(worsened(a, c))


@given(CONDITIONS, st.sampled_from(ITEMS))
def test_one_item_one_class_worse_is_worse(a: Condition, item: str) -> None:
    order = list(Grade)
    rank = order.index(grades(a)[item])
    if rank + 1 < len(order):
        b = Condition(**{**grades(a), item: order[rank + 1]})
        assert worsened(b, a) == ()
        assert worsened(a, b) == (item,)


@given(CONDITIONS, CONDITIONS)
def test_same_or_better_in_every_item_is_what_both_sides_agree_on(a: Condition, b: Condition) -> None:
    order = list(Grade)
    kept = all(order.index(grades(b)[item]) <= order.index(grades(a)[item]) for item in ITEMS)
    assert kept is (worsened(a, b) == ())


def test_what_got_better_makes_up_for_nothing() -> None:
    mixed = Condition(**{**grades(HURT), "nutrition": Grade.GOOD})
    assert worsened(GOOD, mixed) == ("injury",)


def test_all_items_have_a_grade() -> None:
    assert tuple(grades(GOOD)) == ITEMS


# -- short lists ---------------------------------------------------------------------------------------------------


def test_there_are_26_categories_with_both_labels() -> None:
    assert [listed.number for listed in LIST.values()] == list(range(1, 27))
    assert list(LIST) == list(Category)
    assert len({listed.label for listed in LIST.values()} | {listed.label_en for listed in LIST.values()}) == 52
    assert LIST[Category.KORBAN_TRAFFICKING].number == 18
    assert LIST[Category.KOMUNITAS_ADAT_TERPENCIL].label == "Komunitas Adat Terpencil"


@pytest.mark.parametrize(
    ("on", "valid"),
    [
        (date(2019, 12, 31), False),
        (date(2020, 1, 1), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), False),
    ],
)
def test_an_entry_is_used_from_its_first_day_until_before_its_end(on: date, valid: bool) -> None:
    entry = Listed(number=27, label="Lama", label_en="Old", since=date(2020, 1, 1), until=date(2026, 1, 1))
    assert categories.valid(entry, on) is valid


@given(st.lists(st.sampled_from(Vulnerability)))
def test_a_set_of_vulnerabilities_has_one_written_form(told: list[Vulnerability]) -> None:
    written = vulnerabilities.ordered(told)
    assert set(written) == set(told)
    assert vulnerabilities.ordered(reversed(written)) == written
    assert len(set(written)) == len(written)


def test_an_emergency_is_a_high_risk() -> None:
    assert [risk for risk in Risk if risks.is_high(risk)] == [Risk.HIGH, Risk.EMERGENCY]
    assert [risk for risk in Risk if risks.is_emergency(risk)] == [Risk.EMERGENCY]
