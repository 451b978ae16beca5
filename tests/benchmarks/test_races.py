"""Everybody who is measured answers with the same data, or nobody is; and what was measured is told as it was."""

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest

from benchmarks import acts, buffers, charts, entrants, generators, houses, pages, partners, questions, races, reports
from benchmarks.charts import Bar
from benchmarks.entrants import COMPILED, FULL, IN_PYTHON, SERVED, SERVED_BY_NODE, NoNode
from benchmarks.houses import House
from benchmarks.meters import Aim, Sample, Spread, ratio
from reading.ids import id_of
from tests.house.sources import ROOT


async def test_the_contestants_in_python_answer_alike_or_the_run_ends(house: House) -> None:
    ids = await houses.ids(house, entrants.PARTY, 5)
    async with entrants.started(house, None, IN_PYTHON) as entered:
        full, compiled = (next(each for each in entered if each.name == name) for name in (FULL, COMPILED))
        partner = (await partners.registered(house, f"http://localhost:{full.port}", entrants.PARTY))[entrants.PARTY]
        await races.compared(entered, partner, ids)
        found = await races.raced(house, entered, partner, ids, rounds=1, seconds=0.1)
        assert set(found["page"]) == set(found["case"]) == {FULL, *SERVED}
        assert all(sample.requests > 0 for by_name in found.values() for each in by_name.values() for sample in each)
        bent = questions.CASE_OF_ESTAFET.replace("outcome", "outcome: risk")
        tongue = replace(compiled.tongue, case=lambda key: {"query": bent, "variables": {"id": id_of("Case", key)}})
        with pytest.raises(SystemExit, match="answers otherwise"):
            await races.compared([full, replace(compiled, tongue=tongue)], partner, ids)
        with pytest.raises(SystemExit, match="401"):
            await generators.one(full.port, generators.post(orjson.dumps(compiled.tongue.page)))


async def test_the_contestants_in_node_answer_as_estafet_does(house: House) -> None:
    try:
        entrants.installed()
    except NoNode as fault:
        pytest.skip(f"no Node of today, or no packages of npm: {fault}")
    found = await races.measured(house, rounds=1, seconds=0.1, among=(COMPILED, *SERVED_BY_NODE))
    assert set(found["page"]) == {COMPILED, *SERVED_BY_NODE}


async def test_a_whole_act_is_done_and_paid_for(house: House, owner: Any) -> None:
    before = await owner.fetchval("select count(*) from handover where status = 'RELEASED'")
    samples = await acts.acted(house, acts=3, rounds=1)
    assert await owner.fetchval("select count(*) from handover where status = 'RELEASED'") == before + 6
    assert samples[0].requests == 6
    assert samples[0].server_ms > 0


async def test_buffers_are_counted_of_the_statements_of_a_page(house: House) -> None:
    found = await buffers.measured(house)
    assert set(found) == set(buffers.PAGES)
    assert all(count > 10 for count in found.values())


@pytest.mark.parametrize(
    ("found", "at_most", "verdict"),
    [
        (Spread(3.0, 2.6, 3.2), False, "reached"),
        (Spread(2.6, 2.4, 3.2), False, "within the spread"),
        (Spread(2.4, 1.0, 2.49), False, "missed"),
        (Spread(2.0, 1.0, 2.5), True, "reached"),
        (Spread(2.4, 1.0, 2.6), True, "within the spread"),
        (Spread(3.0, 2.6, 4.0), True, "missed"),
    ],
)
def test_no_claim_is_made_inside_the_spread(found: Spread, at_most: bool, verdict: str) -> None:
    assert Aim(name="page", wanted=2.5, found=found, at_most=at_most).verdict() == verdict


def test_a_ratio_is_taken_round_by_round() -> None:
    """A machine that is half as quick in one round halves both, and the ratio stays."""
    assert ratio([10.0, 5.0, 10.0], [5.0, 2.5, 5.0]) == Spread(2.0, 2.0, 2.0)


def test_what_was_measured_stands_on_the_page_and_nothing_else_is_touched(tmp_path: Any) -> None:
    sample = Sample(per_second=100.0, server_ms=2.0, postgres_ms=1.0, middle_ms=9.0, requests=400)
    found = {workload: {FULL: [sample], "other": [replace(sample, per_second=50.0)]} for workload in ("page", "case")}
    aim = Aim(name="page", wanted=1.0, found=Spread(2.0, 2.0, 2.0))
    reports.keep(tmp_path / "results.json", "race", reports.plain(found), [aim])
    before = (ROOT / "docs" / "benchmarks.md").read_text()
    text, drawn = pages.written(before, json.loads((tmp_path / "results.json").read_text()))
    assert "| Estafet, with full checks | 100 (100 to 100) | 2.00 (2.00 to 2.00)" in text
    assert "| page | at least 1 | 2.00 (2.00 to 2.00) | reached |" in text
    assert set(drawn) == {"page.svg", "case.svg"}
    outside = re.compile(r"(?<=<!-- (?:race|aims) -->\n).*?(?=<!-- end of)", re.DOTALL)
    assert outside.sub("", text) == outside.sub("", before)
    with pytest.raises(SystemExit, match="no place for race"):
        pages.written(before.replace("<!-- end of race -->", ""), json.loads((tmp_path / "results.json").read_text()))


def test_a_chart_is_xml_in_which_each_bar_says_its_number() -> None:
    told = [Bar(name="a < b & c", figure=Spread(2.5, 2.0, 3.0), form=".2f"), Bar(name="d", figure=Spread(1, 1, 1))]
    drawn = ElementTree.fromstring(charts.bars("Pages & cases", "a second", told, aim=2.0))  # noqa: S314  # our own
    words = [each.text for each in drawn.iter() if each.tag.endswith("text")]
    assert {"a < b & c", "2.50", "1", "aim 2"} <= set(words)
