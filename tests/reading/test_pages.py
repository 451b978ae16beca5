"""Pages put end to end are the list, from either end, in any sizes and any mix of directions."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database.tables import case_file
from reading.answers import answer
from reading.catalogue import CASES, CATALOGUE
from reading.plans import Plans
from reading.refusals import Code, Refused
from reading.words import Order, Paged
from tests.reading.asked import CURSORS, SCHEMA, ask, asking, plans
from tests.reading.worlds import JK, World

PAGE = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }"
ORDERS: dict[str, Order] = {
    "newest first": ((case_file.c.opened_at, True), (case_file.c.id, True)),
    "oldest first": ((case_file.c.opened_at, False), (case_file.c.id, False)),
    "down, then up": ((case_file.c.opened_at, True), (case_file.c.id, False)),
    "up, down, up": ((case_file.c.status, False), (case_file.c.opened_at, True), (case_file.c.id, False)),
}
LAWS = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ordered_by(order: Order) -> Plans:
    query = CATALOGUE["Query"]
    told = replace(query, fields={**query.fields, "cases": Paged(None, order, CASES)})
    return Plans(SCHEMA, {**CATALOGUE, "Query": told}, CURSORS)


async def page(pool: Any, kept: Plans, **arguments: Any) -> Any:
    text = "query($first: Int, $last: Int, $after: String, $before: String) { cases(first: $first, last: $last, after: $after, before: $before) { %s } }"  # noqa: E501  # one line reads best
    told = orjson.loads(await answer(kept.plan(text % PAGE, None, arguments), asking(JK), pool))
    assert "errors" not in told
    return told["data"]["cases"]


def nodes(page: Any) -> list[str]:
    return [e["node"]["id"] for e in page["edges"]]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
@LAWS
@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4))
async def test_pages_forward_and_backward_are_the_list(pool: Any, order: Order, sizes: list[int]) -> None:
    kept = ordered_by(order)
    whole = nodes(await page(pool, kept, first=100))
    assert len(whole) == len(set(whole)) > 5
    forward: list[str] = []
    got: Any = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    for turn in range(100):
        if not got["pageInfo"]["hasNextPage"]:
            break
        got = await page(pool, kept, first=sizes[turn % len(sizes)], after=got["pageInfo"]["endCursor"])
        assert got["pageInfo"]["hasPreviousPage"] == bool(forward)
        assert got["totalCount"] == len(whole)
        forward += nodes(got)
    assert forward == whole
    backward: list[str] = []
    got = {"pageInfo": {"hasPreviousPage": True, "startCursor": None}}
    for turn in range(100):
        if not got["pageInfo"]["hasPreviousPage"]:
            break
        got = await page(pool, kept, last=sizes[turn % len(sizes)], before=got["pageInfo"]["startCursor"])
        assert got["pageInfo"]["hasNextPage"] == bool(backward)
        backward = nodes(got) + backward
    assert backward == whole


@LAWS
@given(data=st.data())
async def test_any_window_is_a_slice_of_the_list(pool: Any, data: st.DataObject) -> None:
    kept = plans()
    whole = await page(pool, kept, first=100)
    cursors = [e["cursor"] for e in whole["edges"]]
    low = data.draw(st.integers(-1, len(cursors) - 1))
    high = data.draw(st.integers(0, len(cursors)))
    size, end = data.draw(st.integers(0, 6)), data.draw(st.sampled_from(["first", "last"]))
    asked = {"after": cursors[low] if low >= 0 else None, "before": cursors[high] if high < len(cursors) else None}
    got = await page(pool, kept, **{end: size}, **asked)
    between = nodes(whole)[low + 1 : high]
    assert nodes(got) == (between[:size] if end == "first" else between[max(0, len(between) - size) :])
    assert [e["cursor"] for e in got["edges"]] == [
        c for c, n in zip(cursors, nodes(whole), strict=True) if n in nodes(got)
    ]


async def test_pages_of_each_parent_are_its_own(pool: Any, world: World) -> None:
    inner = "referrals(%s) { pageInfo { hasNextPage endCursor } edges { node { id } } }"
    outer = "{ cases(first: 100) { edges { node { id %s } } } }"
    whole = {
        e["node"]["id"]: nodes(e["node"]["referrals"])
        for e in (await ask(pool, outer % (inner % "first: 50")))["data"]["cases"]["edges"]
    }
    first = (await ask(pool, outer % (inner % "first: 1")))["data"]["cases"]["edges"]
    assert any(len(r) > 1 for r in whole.values())
    for edge in first:
        told, there = edge["node"]["referrals"], whole[edge["node"]["id"]]
        assert nodes(told) == there[:1]
        assert told["pageInfo"]["hasNextPage"] == (len(there) > 1)


@pytest.mark.parametrize(
    "arguments",
    ["", "first: 1, last: 1", "first: 101", "last: 101", "first: -1", "first: null", "first: null, last: null"],
)
async def test_a_page_needs_exactly_one_size_from_0_to_100(arguments: str) -> None:
    asked = f"({arguments})" if arguments else ""
    with pytest.raises(Refused) as refused:
        plans().plan(f"{{ cases{asked} {{ totalCount }} }}")
    assert refused.value.code is Code.BAD_REQUEST


async def test_a_size_that_a_variable_brings_is_judged_for_each_request() -> None:
    kept, text = plans(), "query($n: Int) { cases(first: $n) { totalCount } }"
    assert kept.plan(text, None, {"n": 100}).cost < 100
    with pytest.raises(Refused) as refused:
        kept.plan(text, None, {"n": 101})
    assert refused.value.code is Code.BAD_REQUEST
    with pytest.raises(Refused) as refused:
        kept.plan(text, None, {})
    assert refused.value.code is Code.BAD_REQUEST


@pytest.mark.parametrize("cursor", ["", "x", "é", "A" * 3000, CURSORS.sealer("Referral ")(1, 2), "\x00"])
async def test_an_unreadable_cursor_is_an_empty_page(pool: Any, cursor: str) -> None:
    good = (await page(pool, plans(), first=3))["pageInfo"]["endCursor"]
    for end in (
        {"first": 5, "after": cursor},
        {"last": 5, "before": cursor},
        {"first": 5, "before": cursor},
        {"first": 5, "after": cursor, "before": good},
        {"last": 5, "after": good, "before": cursor},
    ):
        got = await page(pool, plans(), **end)
        assert got["edges"] == []
        assert got["pageInfo"] == dict.fromkeys(("hasNextPage", "hasPreviousPage"), False) | dict.fromkeys(
            ("startCursor", "endCursor")
        )
        assert got["totalCount"] > 5


async def test_a_cursor_opens_only_in_its_own_list(pool: Any, world: World) -> None:
    text = "{ referrals(first: 1) { edges { cursor node { case { id } } } } }"
    cursor = (await ask(pool, text))["data"]["referrals"]["edges"][0]["cursor"]
    inner = "query($c: String) { cases(first: 100) { edges { node { referrals(first: 9, after: $c) { edges { node { id } } } } } } }"  # noqa: E501  # one line reads best
    told = (await ask(pool, inner, {"c": cursor}))["data"]["cases"]["edges"]
    assert told
    assert all(e["node"]["referrals"]["edges"] == [] for e in told)


async def test_nothing_is_read_below_the_row_that_only_tells_of_more(pool: Any, world: World) -> None:
    """The look-ahead row's children were once read, and with a trail would have been told to be seen."""
    text = "{ cases(first: 1) { pageInfo { hasNextPage } edges { node { id referrals(first: 9) { edges { node { id } } } } } } }"  # noqa: E501  # one line reads best
    question = plans().plan(text)
    keys: list[list[Any]] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda told: keys.append(list(told.args)))
    await answer(question, asking(JK), pool)
    below = [told[0] for told in keys if told and isinstance(told[0], list) and isinstance(told[0][0], UUID)]
    assert [len(k) for k in below] == [1]
