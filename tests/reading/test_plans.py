"""Plans are made once, kept within bounds, and never mistaken for each other."""

import asyncio
from typing import Any

import orjson
import pytest

from database.engines import Databases
from reading.answers import answer
from reading.caches import Recent
from reading.levels import Level
from reading.plans import Plans, Question
from tests.reading.asked import ask, asking, plans
from tests.reading.worlds import JK, PARTIES, World

CASES = "query($n: Int = 2, $after: String, $filter: CaseFilter, $ids: Boolean = true) { cases(first: $n, after: $after, filter: $filter) { edges { node { id @include(if: $ids) number } } } }"  # noqa: E501  # one line reads best


def test_other_values_use_the_same_plan() -> None:
    kept = plans()
    one = kept.plan(CASES, None, {"n": 1, "filter": {"status": "OPENED"}})
    other = kept.plan(CASES, None, {"n": 9, "filter": {"status": "CLOSED"}})
    assert one.plan is other.plan
    assert [one.cost, other.cost] == [1, 9]
    assert (len(kept.documents), len(kept.kept)) == (1, 1)


@pytest.mark.parametrize(
    "values",
    [
        {"after": "x"},
        {"filter": {}},
        {"filter": {"status": None}},
        {"filter": {"status": "OPENED"}},
        {"filter": {"risk": "LOW"}},
        {"ids": False},
    ],
)
def test_another_shape_of_optional_values_or_another_switch_is_another_plan(values: dict[str, Any]) -> None:
    kept = plans()
    assert kept.plan(CASES, None, {}).plan is not kept.plan(CASES, None, values).plan
    assert kept.plan(CASES, None, values).plan is kept.plan(CASES, None, values).plan


def test_operations_of_one_document_have_plans_of_their_own() -> None:
    kept, text = plans(), "query A { parties { code } } query B { me { client } }"
    assert kept.plan(text, "A").plan is not kept.plan(text, "B").plan
    assert len(kept.documents) == 1


def test_caches_are_bounded_and_lose_what_was_not_used_for_longest() -> None:
    kept = plans(documents=3, plans=4)
    first = kept.plan("{ me { client a0: client } }").plan
    for n in range(1, 20):
        kept.plan(f"{{ me {{ client a{n}: client }} }}")
        assert kept.plan("{ me { client a0: client } }").plan is first
        assert len(kept.documents) <= 3
        assert len(kept.kept) <= 4


def test_what_could_not_be_made_is_not_kept() -> None:
    recent: Recent[str, int] = Recent(2)
    with pytest.raises(ZeroDivisionError):
        recent.get("x", lambda: 1 // 0)
    assert len(recent) == 0
    assert recent.get("x", lambda: 1) == 1


def test_no_value_of_a_request_is_in_the_text_of_a_statement() -> None:
    text = 'query($v: String) { referrals(first: 79, filter: {from: "evil\'; --", to: $v}) { totalCount edges { node { id } } } }'  # noqa: E501  # one line reads best
    question = plans().plan(text, None, {"v": "worse'; --"})
    told = " ".join(statements(question))
    assert "from_party" in told
    assert not any(word in told for word in ("evil", "worse", " 79"))


def statements(question: Question) -> list[str]:
    return [level.sql for level in question.plan.levels if isinstance(level, Level) and level.sql]


COUNTED = {
    "{ me { client } }": 0,
    "{ __typename }": 0,
    "{ parties { code name } }": 1,
    "{ agreement { title } }": 1,
    "{ cases(first: 9) { edges { node { number responsible { name } person { initials identity { nik } } } } } }": 1,
    "{ cases(first: 9) { edges { node { number latestReferral { status from { name } preview { sex } } } } } }": 1,
    "{ cases(first: 9) { totalCount } }": 1,
    "{ cases(first: 9) { totalCount edges { node { id } } pageInfo { hasNextPage hasPreviousPage } } }": 2,
    "{ cases(first: 9) { edges { node { referrals(last: 2) { edges { node { handovers { leg } } } } } } } }": 3,
}


@pytest.mark.parametrize(("text", "count"), COUNTED.items())
def test_a_document_has_one_statement_for_each_list(text: str, count: int) -> None:
    assert len(statements(plans().plan(text))) == count


async def test_what_leads_nowhere_is_not_asked(pool: Any, world: World) -> None:
    asked: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda told: asked.append(told.query))
    await ask(pool, '{ node(id: "x") { id } case(id: "y") { referrals(first: 1) { edges { node { id } } } } }')
    assert [q for q in asked if q.startswith("SELECT") and "pg_" not in q] == []


async def test_an_answer_is_one_read_only_snapshot_of_one_party_and_leaves_nothing(pool: Any, world: World) -> None:
    asked: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda told: asked.append(told.query))
    assert (await ask(pool, "{ cases(first: 1) { totalCount } }"))["data"]["cases"]["totalCount"] > 0
    told = [q for q in asked if "pg_" not in q and not q.startswith("\n")]
    assert told[0].startswith("begin isolation level repeatable read read only; select set_config('app.party', 'ID-JK'")
    assert told[1].startswith("SELECT")
    assert told[2] == "commit"
    async with pool.acquire() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("select count(*) from case_file") == 0


@pytest.mark.parametrize("subject", ["o'brien", "x'); drop table person; --", "ü", "a" * 300, ""])
async def test_a_subject_that_is_no_plain_word_is_bound_and_never_written_into_sql(
    pool: Any, world: World, subject: str
) -> None:
    text = "{ me { subject } cases(first: 1) { totalCount } }"
    told = await ask(pool, text, by=asking(JK, subject=subject))
    assert told["data"]["me"]["subject"] == subject
    assert told["data"]["cases"]["totalCount"] > 0


async def test_a_party_that_says_something_else_sees_no_rows(pool: Any, world: World) -> None:
    for party in ("ID-JK' or true", "ID-JK\\", "", "id-jk"):
        told = await ask(pool, "{ cases(first: 1) { totalCount edges { node { id } } } }", by=asking(party))
        assert told["data"]["cases"] == {"totalCount": 0, "edges": []}


async def test_a_statement_that_fails_leaves_the_connection_clean(databases: Databases) -> None:
    question = plans().plan("{ parties { code } }")
    broken = next(level for level in question.plan.levels if isinstance(level, Level))
    right, broken.sql = broken.sql, "select 1/0"
    with pytest.raises(Exception, match="division by zero"):
        await answer(question, asking(JK), databases.reading)
    broken.sql = right
    assert await answer(question, asking(JK), databases.reading) == b'{"data":{"parties":[]}}'


async def test_a_question_given_up_leaves_no_party_on_its_connection(databases: Databases) -> None:
    question = plans().plan("{ parties { code } }")
    slow = next(level for level in question.plan.levels if isinstance(level, Level))
    slow.sql = "select pg_sleep(30)"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(answer(question, asking(JK), databases.reading), 0.3)
    async with databases.reading.acquire() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("select asking_party()") is None


async def test_two_hundred_questions_at_once_each_see_their_own_party(pool: Any, world: World) -> None:
    question = plans().plan("{ me { partyCode } cases(first: 100) { totalCount edges { node { number } } } }")
    wanted = {p: {c["number"] for c in world.seen_by(p)["case_file"]} for p in (*PARTIES, "ID-ZZ")}
    parties = [*wanted] * 40
    told = await asyncio.gather(*(answer(question, asking(p), pool) for p in parties))
    for party, data in zip(parties, [orjson.loads(t)["data"] for t in told], strict=True):
        assert data["me"]["partyCode"] == party
        assert {e["node"]["number"] for e in data["cases"]["edges"]} == wanted[party]
        assert data["cases"]["totalCount"] == len(wanted[party])


def test_a_plan_of_one_schema_is_made_by_any_writer_it_is_given() -> None:
    made: list[int] = []

    def make(root: Any, widths: list[int], cursors: Any) -> Any:
        made.append(len(widths))
        return lambda *_: {}

    assert Plans.plan(plans(make=make), "{ parties { code } }").plan.write() == {}
    assert made == [1]
