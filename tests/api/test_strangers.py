"""Every way around at the door: tokens in other places, other roads of the language, other people's ids and cursors.

Promise: each is refused or finds nothing, tells nothing by its text, its counts or the work it makes, and changes no
row.
Elsewhere: field by field, `test_authorisation`; act by act, `test_acts_allowed`; the list of all such cases and where
each is tried, `tests/house/refusals.toml`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import event

from casework.agreements import parse
from casework.reasons import RefusalReason
from database.engines import Databases
from operations import preparing
from operations.preparations import (
    HandoverRefusedInput,
    ReferralSentInput,
    ReferralWithdrawnInput,
    SignerInput,
    StatementInput,
)
from operations.refusals import Rejected
from reading.answers import answer
from reading.ids import id_of
from tests.api import doors
from tests.api.conftest import House
from tests.api.doors import PROVINCE
from tests.api.test_bad_input import Unchanged, casework, opening, unchanged
from tests.api.test_handovers import OPEN, released
from tests.conftest import AGREEMENT
from tests.operations import digests, worlds
from tests.operations.worlds import WEST_JAVA
from tests.reading.asked import asking, plans

__all__ = ["unchanged"]

ME = orjson.dumps({"query": "{ me { client } }"})
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "in the query": lambda token: {"params": {"access_token": token}, "content": ME},
    "in a form": lambda token: {"data": {"access_token": token, "query": "{ me { client } }"}},
    "in the JSON": lambda token: {"json": {"query": "{ me { client } }", "access_token": token}},
    "in the variables": lambda token: {"json": {"query": "{ me { client } }", "variables": {"authorization": token}}},
    "in the extensions": lambda token: {"json": {"query": "{ me { client } }", "extensions": {"token": token}}},
    "in a cookie": lambda token: {"headers": {"cookie": f"access_token={token}; session={token}"}, "content": ME},
    "in another header": lambda token: {"headers": {"x-access-token": token, "token": token}, "content": ME},
    "as another's authorization": lambda token: {"headers": {"proxy-authorization": f"DPoP {token}"}, "content": ME},
}


async def test_a_token_is_taken_from_its_one_place_and_no_other(house: House, unchanged: Unchanged) -> None:
    """With a proof that would be right for it; and nothing is told but that a token is wanted."""
    token = await house.jakarta.token()
    for place, sent in PLACES.items():
        proof = house.jakarta.partner.proof("POST", doors.ISSUER + "/graphql", token)
        told = sent(token)
        headers = {"content-type": FORM if "data" in told else JSON, "dpop": proof, **told.pop("headers", {})}
        refused = await unchanged(house.jakarta.http.post("/graphql", headers=headers, **told))
        assert (refused.status_code, "error=" in refused.headers["www-authenticate"]) == (401, False), place
        assert "data" not in refused.json(), place


async def test_two_lines_of_proof_or_of_a_token_are_refused_at_the_door(house: House, unchanged: Unchanged) -> None:
    """Whichever of two a framework shows first: neither counts."""
    token = await house.jakarta.token()
    for doubled in (b"dpop", b"authorization"):
        lines = [*house.jakarta.partner.asking("POST", "/graphql", token), (b"content-type", b"application/json")]
        more = dict(house.jakarta.partner.asking("POST", "/graphql", token))[doubled]
        for told in ([*lines, (doubled, more)], [(doubled, more), *lines], [*lines, (doubled.upper(), b"x")]):
            refused = await unchanged(house.jakarta.http.post("/graphql", headers=told, content=ME))
            assert refused.status_code in (400, 401), doubled
            assert "data" not in refused.json()


# -- other roads -------------------------------------------------------------------------------------------------------
ROADS = {
    "alias": "query($c: ID!) { a: case(id: $c) { number } b: case(id: $c) { b: id c: version } }",
    "fragment": "query($c: ID!) { node(id: $c) { ...F } } fragment F on Node { ... on Case { number person { id } } }",
    "inline fragment": "query($p: ID!) { node(id: $p) { ... on Person { initials identity { fullName nik } } } }",
    "fragment of the root": "query($r: ID!) { ...Q } fragment Q on Query { referral(id: $r) { status case { id } } }",
    "skipped and included": "query($h: ID!, $t: Boolean = true) { handover(id: $h) @include(if: $t) { status } }",
    "as another type": "query($c: ID!, $h: ID!) { referral(id: $c) { id } case(id: $h) { id } }",
    "obligation": "query($o: ID!) { obligation(id: $o) { kind } node(id: $o) { ... on Obligation { dueAt } } }",
    "entry": "query($e: ID!) { node(id: $e) { ... on LedgerEntry { envelope leaf receipt } } }",
    "filter by a case": "query($c: ID!) { obligations(first: 5, filter: {case: $c}) { totalCount edges { cursor } } }",
    "filter by a referral": "query($r: ID!) { obligations(last: 5, filter: {referral: $r}) { totalCount edges { cursor } } }",  # noqa: E501  # one line reads best
    "filter by the ends": '{ referrals(first: 5, filter: {from: "ID-JK", to: "ID-JI"}) { edges { cursor } } }',
    "filter by the debtor": '{ obligations(first: 5, filter: {debtor: "ID-JI"}) { totalCount edges { cursor } } }',
    "at an instant": '{ obligations(first: 5, asOf: "2027-01-01T00:00:00Z") { totalCount edges { cursor } } }',
    "the other way round": "{ cases(last: 5) { totalCount edges { cursor } } referrals(last: 5) { totalCount edges { cursor } } }",  # noqa: E501  # one line reads best
    "after another's cursor": "query($k: String!) { cases(first: 5, after: $k) { totalCount edges { cursor } } }",
    "before another's cursor": "query($k: String!) { cases(last: 5, before: $k) { totalCount edges { cursor } } }",
    "summary": '{ obligationSummary(period: MONTH, from: "2020-01-01") { rows { total } } }',
    "work list": "{ workList(first: 5, within: 100000) { totalCount edges { cursor } } }",
}


def nothing(told: Any) -> bool:
    """Whether there is no value in it: nulls, empty lists and counts of nothing."""
    if isinstance(told, dict):
        return all(nothing(value) for value in told.values())
    return told in (None, [], 0)


async def test_no_road_of_the_language_leads_a_stranger_to_anything(house: House, superuser: Any) -> None:
    """And each of them leads the province whose it is to something: the roads are real."""
    case, referral, handover = await released(house)
    row = await superuser.fetchrow(
        "select c.person_id, o.id, r.last_statement from referral r join case_file c on c.id = r.case_id"
        " join obligation o on o.referral_id = r.id limit 1"
    )
    cursors = (await house.jakarta.ask("{ cases(first: 1) { pageInfo { startCursor } } }"))["cases"]
    known = {
        "c": case["id"], "r": referral["id"], "h": handover["id"], "p": id_of("Person", row[0]),
        "o": id_of("Obligation", row[1]), "e": id_of("LedgerEntry", row[2]), "k": cursors["pageInfo"]["startCursor"],
    }  # fmt: skip
    before = await casework(superuser)
    for road, text in ROADS.items():
        given = {name: value for name, value in known.items() if f"${name}:" in text}
        told = await house.west_java.asked(text, **given)
        assert "errors" not in told, (road, told)
        assert nothing(told["data"]), (road, told)
        theirs = [await end.asked(text, **given) for end in (house.jakarta, house.east_java)]
        leads_nowhere = road in ("as another type", "after another's cursor", "before another's cursor")
        assert leads_nowhere or not all(nothing(each["data"]) for each in theirs), road
        for text_of_own in (known["c"], "ID-JI", "Siti"):
            assert text_of_own not in orjson.dumps(told).decode()
    assert await casework(superuser) == before


# -- by the work it makes ----------------------------------------------------------------------------------------------
class Counted:
    """A pool whose statements are written down, with how many values each was given."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.told: list[tuple[str, int]] = []

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as self.connection:
            yield self

    async def fetch(self, query: str, *values: Any) -> Any:
        self.told.append((query, len(values)))
        return await self.connection.fetch(query, *values)

    async def execute(self, query: str, *values: Any) -> Any:
        self.told.append((query, len(values)))
        return await self.connection.execute(query, *values)


async def test_what_is_anothers_makes_the_same_work_as_what_is_not_there(databases: Databases, superuser: Any) -> None:
    """Time tells by what is done: the same statements, as many, in the same order, whoever's it is."""
    world = await worlds.found(databases)
    referral, handover = await world.received()
    case = await superuser.fetchval("select case_id from referral")
    before = await digests.digest(superuser)
    text = """query($c: ID!, $r: ID!, $h: ID!) { case(id: $c) { number person { identity { nik } } }
      referral(id: $r) { case { number } handovers { id } entries { id } obligations { id } }
      handover(id: $h) { answer conditionAtRelease { injury } papers { sha256 } } n: node(id: $c) { id } }"""
    worked = []
    for c, r, h in ((case, referral, handover), (uuid4(), uuid4(), uuid4())):
        counted, told = Counted(databases.reading), {"c": id_of("Case", c), "r": id_of("Referral", r)}
        question = plans().plan(text, None, {**told, "h": id_of("Handover", h)})
        assert nothing(orjson.loads(await answer(question, asking(WEST_JAVA), counted))["data"])
        worked.append(counted.told)
    assert worked[0] == worked[1]
    assert len(worked[0]) > 3
    for acts in zip(preparing_of(case, referral, handover), preparing_of(uuid4(), uuid4(), uuid4()), strict=True):
        known, unknown = [await work_of(world, given) for given in acts]
        assert known == unknown
        assert known
    assert await digests.digest(superuser) == before


def preparing_of(case: UUID, referral: UUID, handover: UUID) -> tuple[StatementInput, ...]:
    never_came = HandoverRefusedInput(
        handover=handover, agrees=False, condition=None, happened_at=worlds.now(), officer="x", place="x", paper=None,
        reason=RefusalReason.PERSON_ABSENT,
    )  # fmt: skip
    return ReferralSentInput(case=case, to="ID-BA"), ReferralWithdrawnInput(referral=referral), never_came


async def work_of(world: worlds.World, given: StatementInput) -> list[str]:
    """The statements that a stranger's preparing makes, which is refused."""
    hand, engine = world.hands[WEST_JAVA], world.desk.databases.app.sync_engine
    told: list[str] = []

    def noted(_: Any, __: Any, statement: str, *___: Any) -> None:
        told.append(statement)

    event.listen(engine, "before_cursor_execute", noted)
    signer = SignerInput(key=hand.name, key_prev=None, seen=None)
    refused = await preparing.prepare_statement(world.desk, hand.by, signer=signer, given=given)
    event.remove(engine, "before_cursor_execute", noted)
    assert isinstance(refused, Rejected)
    assert [error.code for error in refused.errors] == ["NOT_FOUND"]
    return told


# -- all at once -------------------------------------------------------------------------------------------------------
MINE = "{ me { partyCode } cases(first: 50) { totalCount edges { node { number responsible { code } } } } }"


async def test_two_hundred_interleaved_requests_of_ten_provinces_show_nobody_anothers_row(
    house: House, databases: Databases
) -> None:
    """Questions, acts, refusals and requests given up, over the same few connections."""
    http, parties = house.jakarta.http, [party.code for party in parse(AGREEMENT.read_bytes()).parties]
    ends = [await doors.registered(databases, http, p, PROVINCE, "case-management", name=f"of-{p}") for p in parties]
    for end, party in zip(ends, parties, strict=True):
        assert (await end.ask(OPEN, input=opening(number=f"{party}/0")))["openCase"]["errors"] == []

    async def once(turn: int) -> None:
        end, party = ends[turn % 10], parties[turn % 10]
        if turn % 4 == 1:
            told = await end.ask(OPEN, input=opening(number=f"{party}/{turn}", idempotencyKey=f"k{turn}"))
            assert told["openCase"]["case"]["number"] == f"{party}/{turn}"
        elif turn % 4 == 2:
            assert (await end.asked("{ cases { totalCount } }"))["errors"]
        mine = await end.ask(MINE)
        assert mine["me"]["partyCode"] == party
        assert {edge["node"]["responsible"]["code"] for edge in mine["cases"]["edges"]} == {party}
        assert mine["cases"]["totalCount"] == len(mine["cases"]["edges"])

    tasks = [asyncio.create_task(once(turn)) for turn in range(200)]
    await asyncio.sleep(0.2)
    for task in tasks[3::8]:
        task.cancel()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [each for each in told if each is not None and not isinstance(each, asyncio.CancelledError)] == []
    assert sum(each is None for each in told) >= 175
    await asyncio.gather(*(once(4 * n) for n in range(10)))  # and the connections that were given up are nobody's
