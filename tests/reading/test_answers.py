"""Any document's answer equals graphql-core's over the same rows: data, order of keys, and where errors are."""

import json
from random import Random
from typing import Any

import hypothesis_graphql
import orjson
import pytest
from graphql import print_ast
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from reading.answers import answer
from reading.asking import Asking
from reading.ids import id_of
from reading.plans import Plans
from reading.refusals import Code, Refused
from reading.snapshots import snapshot
from tests.reading.asked import PLAIN, ask, asking, cursors_of, ids_of, oracle, paths, plans
from tests.reading.documents import Author
from tests.reading.worlds import AUDITOR, JI, JK, UNKNOWN, World

PARTIES = (JK, JI, AUDITOR, "WITNESS:nobody")


async def compare(pool: Any, world: World, kept: Plans, text: str, values: dict[str, Any], by: Asking) -> bool:
    """whether the document was answered; some are too heavy, some ask two types of node for one key of two types"""
    try:
        question = kept.plan(text, None, values)
    except Refused as refusal:
        if refusal.code is Code.LIMIT_EXCEEDED or "conflicting types" in refusal.errors[0]["message"]:
            return False
        raise
    before, told = await trailed(pool, by), oracle(world, by)
    got, wanted = orjson.loads(await answer(question, by, pool)), told.run(text, values)
    if json.dumps(got["data"]) != json.dumps(wanted.data):  # the clock may have struck between the two
        before, told = await trailed(pool, by), oracle(world, by)
        got, wanted = orjson.loads(await answer(question, by, pool)), told.run(text, values)
    assert json.dumps(got["data"]) == json.dumps(wanted.data), (text, values, wanted.errors, got.get("errors"))
    core = {tuple(e.path or ()) for e in wanted.errors or ()}
    ours = paths(got.get("errors", ()))
    # graphql-core stops at the first missing value of an object; we may name its siblings too.
    assert core <= ours, (text, values)
    assert bool(core) == bool(ours), (text, values)
    persons = {person for row in (await trailed(pool, by))[len(before) :] for person in row["persons"]}
    # Where a missing value nulls an object, graphql-core looks at no more of it.
    assert told.trail <= persons if core else told.trail == persons, (text, values)
    return True


async def trailed(pool: Any, by: Asking) -> list[Any]:
    async with snapshot(pool, by) as connection:
        return await connection.fetch("select persons, fields from trail where party = $1 order by id", by.party)


async def compare_many(pool: Any, world: World, numbers: range) -> int:
    told, ids, cursors = 0, ids_of(world), cursors_of(world)
    for number in numbers:
        rnd = Random(number)  # noqa: S311  # documents of a test hide nothing
        author = Author(PLAIN, rnd, ids, cursors)
        text, values = author.document()
        kept = plans(most=10**9)
        for turn in range(3 if values else 1):
            by = asking(PARTIES[(number + turn) % len(PARTIES)])
            told += await compare(pool, world, kept, text, values if turn == 0 else author.other_values(values), by)
    return told


async def test_documents_of_our_own_are_answered_as_graphql_core_would(pool: Any, world: World) -> None:
    assert await compare_many(pool, world, range(150)) > 200


async def test_an_unknown_name_in_a_list_is_an_error_with_its_place_in_the_list(pool: Any, world: World) -> None:
    case = next(c for c in world.rows["case_file"] if UNKNOWN in c["vulnerabilities"])
    where = case["vulnerabilities"].index(UNKNOWN)
    text = "query($id: ID!) { case(id: $id) { vulnerabilities } }"
    got = await ask(pool, text, {"id": id_of("Case", case["id"])}, by=asking(case["party"]))
    assert got["data"] == {"case": None}
    assert paths(got["errors"]) == {("case", "vulnerabilities", where)}


async def test_a_span_without_an_end_is_an_error_with_its_place_in_the_list(pool: Any, world: World) -> None:
    owed = next(o for o in world.rows["obligation"] if any(stop.upper is None for stop in o["stops"]))
    values, by, text = (
        {"id": id_of("Obligation", owed["id"])},
        asking(AUDITOR),
        "query($id: ID!) { obligation(id: $id) ",
    )
    assert await compare(pool, world, plans(), text + "{ stops { from } } }", values, by)
    got = await ask(pool, text + "{ stops { from until } } }", values, by=by)
    assert got["data"] == {"obligation": None}
    assert paths(got["errors"]) == {("obligation", "stops", 1, "until")}


@pytest.mark.soak
async def test_thousands_of_documents_are_answered_as_graphql_core_would(pool: Any, world: World) -> None:
    assert await compare_many(pool, world, range(1_000, 3_000)) > 2_500


async def test_documents_of_hypothesis_are_answered_as_graphql_core_would(pool: Any, world: World) -> None:
    texts: list[str] = []
    sizes = st.integers(0, 5)

    @seed(1)
    @settings(
        max_examples=60, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
    )
    @given(hypothesis_graphql.queries(PLAIN, print_ast=print_ast, allow_null=False), sizes)
    def collect(text: str, size: int) -> None:
        texts.append(text)

    collect()
    kept, answered = plans(most=10**9), 0
    for text in texts:
        try:
            kept.plan(text)
        except Refused as refusal:
            if refusal.code in (Code.LIMIT_EXCEEDED, Code.BAD_REQUEST):  # it draws any number for `first`, or none
                continue
            raise
        answered += await compare(pool, world, kept, text, {}, asking())
    assert answered > 10
