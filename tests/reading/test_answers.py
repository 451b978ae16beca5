"""Any document's answer equals graphql-core's over the same rows: data, order of keys, and where errors are."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import hypothesis_graphql
import orjson
import pytest
from graphql import ArgumentNode, FieldNode, IntValueNode, NameNode, StringValueNode, Visitor, print_ast, visit
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
    before, told = await last_trail(pool, by), oracle(world, by)
    got, wanted = orjson.loads(await answer(question, by, pool)), told.run(text, values)
    if json.dumps(got["data"]) != json.dumps(wanted.data):  # the clock may have struck between the two
        before, told = await last_trail(pool, by), oracle(world, by)
        got, wanted = orjson.loads(await answer(question, by, pool)), told.run(text, values)
    assert json.dumps(got["data"]) == json.dumps(wanted.data), (text, values, wanted.errors, got.get("errors"))
    core = {tuple(e.path or ()) for e in wanted.errors or ()}
    ours = paths(got.get("errors", ()))
    # graphql-core stops at the first missing value of an object; we may name its siblings too.
    assert core <= ours, (text, values)
    assert bool(core) == bool(ours), (text, values)
    persons = {person for row in await trailed(pool, by, before) for person in row["persons"]}
    # Where a missing value nulls an object, graphql-core looks at no more of it.
    assert told.trail <= persons if core else told.trail == persons, (text, values)
    return True


async def last_trail(pool: Any, by: Asking) -> int:
    async with snapshot(pool, by) as connection:
        told = await connection.fetch("select coalesce(max(id), 0) as last from trail where party = $1", by.party)
        return int(told[0]["last"])


async def trailed(pool: Any, by: Asking, after: int) -> list[Any]:
    async with snapshot(pool, by) as connection:
        return await connection.fetch("select persons from trail where party = $1 and id > $2", by.party, after)


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


CALLERS = (JK, JI, AUDITOR)  # the province that owns most of what is there, the other end, who looks over all of it
DOCUMENTS = 500


def drawn(number: int, world: World, count: int) -> list[str]:
    """documents of hypothesis-graphql; the values in them are such as there are, mostly, or all would be refused"""
    told: list[str] = []
    roots = PLAIN.query_type
    assert roots is not None
    documents = st.one_of(
        [
            hypothesis_graphql.queries(PLAIN, fields=(name,), print_ast=as_it_is, allow_null=False)
            for name in roots.fields
        ]
        + [hypothesis_graphql.queries(PLAIN, print_ast=as_it_is, allow_null=False)]
    )
    rnd, ids, cursors = Random(number), ids_of(world), cursors_of(world)  # noqa: S311  # as above

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(documents)
    def collect(document: Any) -> None:
        told.append(print_ast(visit(document, Fitting(rnd, ids, cursors))))

    collect()
    return told


def as_it_is(document: Any) -> Any:
    return document


class Fitting(Visitor):
    """pages of a few, ids and cursors of what is there, mostly"""

    def __init__(self, rnd: Random, ids: Sequence[str], cursors: Sequence[str]) -> None:
        super().__init__()
        self.rnd, self.ids, self.cursors = rnd, ids, cursors

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode:
        named = {each.name.value: each for each in node.arguments or ()}
        below = node.selection_set.selections if node.selection_set is not None else ()
        if any(isinstance(each, FieldNode) and each.name.value in OF_PAGES for each in below):
            for name in ("first", "last", *(n for n in ("after", "before") if self.rnd.random() < 0.7)):
                named.pop(name, None)
            size = self.rnd.choice(("first", "first", "last"))
            named[size] = argument(size, IntValueNode(value=str(self.rnd.choice((0, 1, 2, 3, 5, 20)))))
        for name, of in (("id", self.ids), ("after", self.cursors), ("before", self.cursors)):
            if name in named and self.rnd.random() < 0.8:
                named[name] = argument(name, StringValueNode(value=self.rnd.choice(of)))
        return replace(node, arguments=tuple(named.values()))


def argument(name: str, value: Any) -> ArgumentNode:
    return ArgumentNode(name=NameNode(value=name), value=value)


OF_PAGES = ("edges", "pageInfo", "totalCount")


async def compare_drawn(pool: Any, world: World, number: int, count: int) -> int:
    """how many of the documents could be compared, each with every caller"""
    kept, answered = plans(most=10**9), 0
    for text in drawn(number, world, count):
        told = [await compare(pool, world, kept, text, {}, asking(party)) for party in CALLERS]
        assert len(set(told)) == 1, text
        answered += told[0]
    return answered


async def test_documents_of_hypothesis_are_answered_as_graphql_core_would(pool: Any, world: World) -> None:
    assert await compare_drawn(pool, world, 1, DOCUMENTS + DOCUMENTS // 10) >= DOCUMENTS


@pytest.mark.soak
async def test_a_hundred_thousand_documents_of_hypothesis_are_answered_as_graphql_core_would(
    pool: Any, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """some hours: what was compared so far is told after each thousand"""
    answered, number = 0, 1
    while answered < 100_000:
        number += 1
        answered += await compare_drawn(pool, world, number, 1_000)
        with capsys.disabled():
            sys.stderr.write(f"\ncompared: {answered:,} documents for {len(CALLERS)} callers (seeds 2 to {number})\n")
