"""A question whose scopes are missing is refused before any statement, with the list of what is missing."""

from typing import Any

import orjson
import pytest

from reading.answers import admit, answer
from reading.ids import id_of
from reading.refusals import Code, Refused
from schema.entries import READERS
from tests.reading.asked import SCOPES, ask, asking, plans
from tests.reading.worlds import AUDITOR, JK, World

NEEDED = {
    "{ me { client } parties { name } agreement { title } checkpoint { size } __typename }": set(),
    '{ case(id: "x") { number } }': {"cases:read"},
    "{ cases(first: 1) { totalCount } }": {"cases:read"},
    "{ cases(first: 1) { edges { cursor } } }": {"cases:read"},
    "{ referrals(first: 1) { pageInfo { hasNextPage } } }": {"referrals:read"},
    "{ cases(first: 1) { edges { node { person { initials } } } } }": {"cases:read"},
    "{ cases(first: 1) { edges { node { person { identity { nik } } } } } }": {
        "cases:read",
        "identity:list",
        "identity:read",
    },
    "{ a: cases(first: 1) { edges { node { b: person { ...F } } } } } fragment F on Person { identity { fullName } }": {
        "cases:read",
        "identity:list",
        "identity:read",
    },
    '{ case(id: "x") { person { identity { nik } } } }': {"cases:read", "identity:read"},
    "{ cases(first: 1) { edges { node { latestReferral { id } } } } }": {"cases:read", "referrals:read"},
    "{ ledgerEntries(first: 1) { totalCount } }": {"ledger:read"},
    "{ obligations(first: 1) { totalCount } }": {"obligations:read"},
    "{ workList(first: 1) { pageInfo { hasNextPage } } }": {"obligations:read"},
    "{ obligationSummary { asOf } }": {"obligations:read"},
    "{ obligationSummary { rows { party { name } clause { key } } } }": {"obligations:read"},
    "{ obligations(first: 1) { edges { node { referral { id } } } } }": {"obligations:read", "referrals:read"},
    '{ referral(id: "x") { openObligations { id } } }': {"obligations:read", "referrals:read"},
    '{ handover(id: "x") { obligations { id } } }': {"obligations:read", "referrals:read"},
    '{ node(id: "x") { id __typename } }': set(),
    '{ node(id: "x") { ... on Case { number } } }': {"cases:read"},
    '{ node(id: "x") { ... on LedgerEntry { leaf } } }': {READERS},
    "{ __schema { queryType { name } } }": {"schema:read"},
    '{ __type(name: "Case") { name } }': {"schema:read"},
    "query($on: Boolean = false) { me { client } cases(first: 1) @include(if: $on) { edges { node { id } } } }": set(),
}


@pytest.mark.parametrize(("text", "scopes"), NEEDED.items())
def test_a_question_needs_the_scopes_of_what_it_selects(text: str, scopes: set[str]) -> None:
    assert plans().plan(text).scopes == scopes


async def test_missing_scopes_are_named_and_nothing_is_asked() -> None:
    question = plans().plan('{ case(id: "x") { person { identity { nik } } latestReferral { id } } }')
    with pytest.raises(Refused) as refused:
        await answer(question, asking(JK, frozenset({"cases:read"})), None)  # type: ignore[arg-type]  # no pool: a statement would fail
    assert refused.value.code is Code.INSUFFICIENT_SCOPE
    assert refused.value.errors[0]["extensions"]["scopes"] == ["identity:read", "referrals:read"]
    admit(question, SCOPES)


async def test_without_its_types_scope_a_node_is_not_found(pool: Any, world: World) -> None:
    case = next(c for c in world.rows["case_file"] if c["party"] == JK)
    told, text = id_of("Case", case["id"]), "query($id: ID!) { node(id: $id) { id __typename } }"
    assert (await ask(pool, text, {"id": told}))["data"]["node"] == {"id": told, "__typename": "Case"}
    without = asking(JK, SCOPES - {"cases:read"})
    assert (await ask(pool, text, {"id": told}, by=without))["data"]["node"] is None
    party = id_of("Party", JK)
    assert (await ask(pool, text, {"id": party}, by=without))["data"]["node"]["__typename"] == "Party"


async def test_a_stranger_finds_nothing_by_any_road(pool: Any, world: World) -> None:
    cases = [c for c in world.rows["case_file"] if c["party"] == JK]
    for case in cases:
        told = {"id": id_of("Case", case["id"])}
        text = "query($id: ID!) { node(id: $id) { id } case(id: $id) { number } referral(id: $id) { id } }"
        got = await ask(pool, text, told, by=asking("ID-ZZ"))
        assert got == {"data": {"node": None, "case": None, "referral": None}}
    assert cases
    lists = "{ cases(first: 9) { totalCount edges { node { id } } } referrals(first: 9) { totalCount } }"
    assert (await ask(pool, lists, by=asking("ID-ZZ")))["data"] == {
        "cases": {"totalCount": 0, "edges": []},
        "referrals": {"totalCount": 0},
    }


async def test_an_auditor_reads_the_ledger_and_no_case(pool: Any, world: World) -> None:
    by = asking(AUDITOR, frozenset({"ledger:read"}))
    told = await ask(pool, "{ ledgerEntries(first: 3) { totalCount edges { node { index } } } }", by=by)
    assert told["data"]["ledgerEntries"]["totalCount"] == len(world.rows["ledger_entry"])
    every = asking(AUDITOR, SCOPES)
    assert (await ask(pool, "{ cases(first: 1) { totalCount } }", by=every))["data"]["cases"]["totalCount"] == 0


async def test_introspection_is_answered_by_graphql_core_inside_the_plan() -> None:
    text = "query($n: String!) { me { client } t: __type(name: $n) { name } __schema { queryType { name } } }"
    kept = plans()
    for name in ("Case", "Party", "Nothing"):
        told = orjson.loads(await answer(kept.plan(text, None, {"n": name}), asking(), None))  # type: ignore[arg-type]  # no pool
        assert list(told["data"]) == ["me", "t", "__schema"]
        assert (told["data"]["t"] or {"name": "Nothing"})["name"] == name
    assert len(kept.kept) == 1
