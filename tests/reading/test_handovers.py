"""What both ends of a handover told each other afterwards, and how an obligation went, as it is asked for."""

import json
from typing import Any

import orjson
import pytest

from reading.answers import answer
from reading.ids import id_of
from tests.reading import worlds
from tests.reading.asked import ask, asking, plans
from tests.reading.test_obligations import Counted, crowded
from tests.reading.worlds import AUDITOR, PARTIES, Row, World

TOLD = "{ answer papers { of sha256 statement party { code } } }"
PAGE = """{ referrals(first: %d) { edges { node { latestHandover { answer papers { of sha256 party { code } }
    obligations { ending endedKind stops { from until } } } } } } }"""
STOPS = """query($at: DateTime) { obligations(first: 100, asOf: $at) { edges { node {
    id ending stops { until from } } } } }"""


@pytest.fixture
def world() -> World:
    return worlds.make(honest=True)


async def handover(pool: Any, told: Row, party: str) -> Any:
    own = id_of("Handover", told["id"])
    return (await ask(pool, f'{{ handover(id: "{own}") {TOLD} }}', by=asking(party)))["data"]["handover"]


def opened(world: World, told: Row, party: str) -> str | None:
    """the answer's words, where its opening is this party's to see"""
    if told["answer_statement"] is None:
        return None
    seen = [o for o in world.seen_by(party)["opening"] if o["statement"] == told["answer_statement"]]
    return next((json.loads(o["value"]) for o in seen if o["name"] == "answer"), None)


async def test_papers_and_answer_are_told_to_both_ends_and_to_nobody_else(pool: Any, world: World) -> None:
    read = 0
    for told in world.rows["handover"]:
        ends = (told["from_party"], told["to_party"])
        papers = {p["statement"] for p in world.rows["handover_paper"] if p["handover_id"] == told["id"]}
        for party in (*PARTIES, AUDITOR):
            seen = await handover(pool, told, party)
            if party not in ends:
                assert seen is None
                continue
            assert {p["statement"] for p in seen["papers"]} == papers
            assert seen["answer"] == opened(world, told, party)
            read += seen["answer"] is not None and party == told["to_party"]
    assert read > 0, "the other end reads what was answered"


async def test_words_under_seal_are_missing_where_the_case_is_shut_and_the_rest_is_told(
    pool: Any, world: World, superuser: Any
) -> None:
    told = next(h for h in world.rows["handover"] if opened(world, h, h["to_party"]) is not None)
    await superuser.execute("delete from case_access where party = $1", told["to_party"])
    seen = await handover(pool, told, told["to_party"])
    assert seen["answer"] is None
    assert (await handover(pool, told, told["from_party"]))["answer"] == opened(world, told, told["from_party"])
    assert seen["papers"] == (await handover(pool, told, told["from_party"]))["papers"]


async def test_a_clock_that_stood_still_is_told_with_both_ends(pool: Any, world: World) -> None:
    rows = {id_of("Obligation", o["id"]): o for o in world.rows["obligation"]}
    for at in (None, "2090-01-01T00:00:00Z"):
        edges = (await ask(pool, STOPS, {"at": at}, by=asking(AUDITOR)))["data"]["obligations"]["edges"]
        assert len(edges) == len(rows)
        for edge in edges:
            row, spelled = rows[edge["node"]["id"]], "%Y-%m-%dT%H:%M:%SZ"
            assert edge["node"]["ending"] == row["ending"]
            assert edge["node"]["stops"] == [
                {"until": f"{stop.upper:{spelled}}", "from": f"{stop.lower:{spelled}}"} for stop in row["stops"]
            ]
    assert {len(row["stops"]) for row in rows.values()} == {0, 1, 2}


async def test_fifty_referrals_with_all_of_this_are_five_statements(databases: Any, superuser: Any) -> None:
    """One that begins, one each for referrals, papers and obligations, one that ends: as many as for one referral."""
    world = crowded()
    await worlds.write(superuser, world)
    await answer(plans().plan(PAGE % 1), asking(), databases.reading)  # the driver learns a connection's types once
    found: list[Any] = []
    for first in (50, 1):
        counted = Counted(databases.reading)
        got = orjson.loads(await answer(plans().plan(PAGE % first), asking(), counted))
        assert "errors" not in got
        assert len(counted.sent) == 5, counted.sent
        found = found or [edge["node"]["latestHandover"] for edge in got["data"]["referrals"]["edges"]]
    found = [h for h in found if h is not None]
    assert sum(h["answer"] is not None for h in found) > 2
    assert sum(len(h["papers"]) for h in found) > 10
    assert sum(len(o["stops"]) for h in found for o in h["obligations"]) > 10
