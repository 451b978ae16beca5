"""Budgets of cost: a storm ends at its own budget, neighbours go on, time brings it back; and laws of the arithmetic.

Elsewhere: the meters by themselves, `tests.auth.test_limits`; what a document weighs, `tests.reading.test_limits`;
limits of one document, `test_limits`.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from graphql import get_introspection_query
from hypothesis import given
from hypothesis import strategies as some

from api import budgets
from api.budgets import REQUEST, Budgets
from auth.limits import PARTS
from auth.principals import Principal
from database.addresses import Address
from database.engines import Databases
from reading import introspections, plans
from reading.refusals import Refused
from settings import Settings
from settings.knobs import KNOBS
from tests.api import doors, streets
from tests.api.conftest import House, built
from tests.api.doors import PROVINCE, Door
from tests.api.servers import REFERRALS, credentials, streaming, talking
from tests.api.test_bad_input import casework, opening
from tests.api.test_limits import act
from tests.api.test_metrics import figures
from tests.operations.worlds import JAKARTA

JSON, PLAIN, STREAM = "application/graphql-response+json", "application/json", "text/event-stream"
ME = "{ me { partyCode } }"
WIDE = "{ cases(first: 98) { edges { node { id } } } }"  # 98 of cost


@dataclass
class Clock:
    """The time, until it is set anew."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


# -- at the door -------------------------------------------------------------------------------------------------------
@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def frugal(databases: Databases, address: Address, tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    """A house in which a client has 1,000 and gets 10 a second, and a party twice as much."""
    settings = Settings(data=tmp_path, publish_seconds=1, demo=True, cost_budget=1_000, cost_per_second=10)
    async with built(databases, address, settings, now=clock) as house:
        yield house


async def asked(door: Door, query: str = ME, accept: str = JSON, **variables: object) -> httpx.Response:
    return await door.post(orjson.dumps({"query": query, "variables": variables}), accept=accept)


async def storm(door: Door, query: str = WIDE) -> int:
    """Ask until it is refused; how often it was answered."""
    for passed in range(100):
        if (await asked(door, query)).status_code == 429:
            return passed
    raise AssertionError("no budget ends this storm")


async def neighbour(databases: Databases, house: House, name: str) -> Door:
    """Another client of Jakarta."""
    return await doors.registered(databases, house.jakarta.http, JAKARTA, PROVINCE, "case-management", name)


def cost(requested: int, remaining: int, times: int = 1) -> dict[str, int]:
    return {
        "requested": requested, "limit": 1_000 * times, "remaining": remaining, "restoredPerSecond": 10 * times
    }  # fmt: skip


async def test_each_answer_tells_what_it_took_and_what_is_left(frugal: House, clock: Clock) -> None:
    assert (await asked(frugal.jakarta, WIDE)).json()["extensions"] == {"cost": cost(REQUEST + 98, 882)}
    assert (await asked(frugal.jakarta)).json()["extensions"]["cost"]["remaining"] == 882 - REQUEST - 1
    clock.forward(1)
    assert (await asked(frugal.jakarta, accept=PLAIN)).json()["extensions"] == {"cost": cost(REQUEST + 1, 850)}
    done = (await asked(frugal.jakarta, act(), accept=PLAIN, input=opening())).json()
    assert done["data"]["openCase"]["errors"] == []
    assert done["extensions"]["cost"]["requested"] > REQUEST + 10


async def test_a_storm_ends_at_its_own_budget_and_neither_its_party_nor_another_is_kept_out(
    frugal: House, databases: Databases
) -> None:
    second = await neighbour(databases, frugal, "jakarta-two")
    assert await storm(frugal.jakarta) == 8  # of 118 each
    for door in (second, frugal.east_java, frugal.auditor):
        assert (await asked(door)).status_code == 200
    assert (await asked(frugal.jakarta, WIDE)).status_code == 429


async def test_two_storms_of_one_party_end_at_its_budget_and_its_third_client_waits_while_others_do_not(
    frugal: House, databases: Databases, clock: Clock
) -> None:
    second, third = await neighbour(databases, frugal, "two"), await neighbour(databases, frugal, "three")
    for door in (frugal.jakarta, second):
        await storm(door)
        await storm(door, ME)
    refused = await asked(third, WIDE)
    assert refused.status_code == 429
    told = refused.json()["errors"][0]["extensions"]
    assert (told["budget"], told["cost"]["limit"], told["cost"]["restoredPerSecond"]) == ("party", 2_000, 20)
    assert (await asked(frugal.east_java, WIDE)).status_code == 200
    clock.forward(told["retryAfter"])
    answer = await asked(third, WIDE)
    assert answer.status_code == 200
    assert answer.json()["extensions"]["cost"]["limit"] == 2_000, "the scarcer one is told"


@pytest.mark.parametrize("accept", [JSON, PLAIN, STREAM])
async def test_what_is_refused_says_when_to_come_back_and_nothing_of_it_was_done(
    frugal: House, superuser: Any, clock: Clock, accept: str
) -> None:
    await storm(frugal.jakarta)
    await storm(frugal.jakarta, ME)
    before = await casework(superuser)
    answer = await asked(frugal.jakarta, act(), accept, input=opening())
    told = answer.json()
    assert (answer.status_code, list(told)) == (429, ["errors"])
    assert told["errors"][0]["extensions"]["code"] == "BUDGET_EXCEEDED"
    wait = told["errors"][0]["extensions"]["retryAfter"]
    assert answer.headers["retry-after"] == str(wait)
    assert wait >= 1
    assert await casework(superuser) == before
    clock.forward(wait)
    assert (await asked(frugal.jakarta, "{ __typename }")).status_code == 200


async def test_an_act_that_is_read_and_then_too_dear_is_not_done_and_passes_after_the_told_wait(
    frugal: House, superuser: Any, clock: Clock
) -> None:
    await storm(frugal.jakarta)  # 56 are left: enough to read one more, not enough for what it weighs
    before = await casework(superuser)
    dear = act("id referrals(first: 30) { edges { node { id } } }")
    answer = await asked(frugal.jakarta, dear, input=opening())
    told = answer.json()["errors"][0]["extensions"]
    assert (answer.status_code, told["code"], told["budget"]) == (429, "BUDGET_EXCEEDED", "client")
    assert told["cost"]["remaining"] < told["cost"]["requested"] - REQUEST
    assert await casework(superuser) == before
    clock.forward(told["retryAfter"])
    assert (await asked(frugal.jakarta, dear, input=opening())).json()["data"]["openCase"]["errors"] == []
    assert await casework(superuser) != before


async def test_with_time_the_budget_comes_back_and_no_more_than_it_was(frugal: House, clock: Clock) -> None:
    assert await storm(frugal.jakarta) == 8
    clock.forward(12)
    assert await storm(frugal.jakarta) == 1
    clock.forward(3_600)
    later = replace(frugal.jakarta.partner, now=lambda: clock.at.timestamp())
    assert await storm(replace(frugal.jakarta, partner=later, _token="")) == 8


async def test_introspection_counts_also_where_its_answer_is_remembered(
    databases: Databases, address: Address, tmp_path: Path, clock: Clock
) -> None:
    settings = Settings(data=tmp_path, demo=True, cost_budget=20_000, cost_per_second=100)
    text = get_introspection_query()
    async with built(databases, address, settings, now=clock) as house:
        told = [(await asked(house.jakarta, text)).json()["extensions"]["cost"] for _ in range(2)]
        assert told[0]["requested"] == told[1]["requested"] > 2_000
        assert told[1]["remaining"] == 20_000 - 2 * told[0]["requested"]
        assert await storm(house.jakarta, text) == 20_000 // told[0]["requested"] - 2
        assert (await asked(house.east_java, text)).status_code == 200


async def test_documents_that_are_refused_spend_too(frugal: House) -> None:
    for _ in range(1_000 // REQUEST):
        assert (await asked(frugal.jakarta, "{ nothing }")).status_code == 400
    assert (await asked(frugal.jakarta, "{ nothing }")).status_code == 429
    assert (await asked(frugal.east_java)).status_code == 200


async def test_refusals_are_figures_by_the_kind_of_budget_and_name_nobody(frugal: House) -> None:
    http, name = frugal.jakarta.http, "estafet_budget_refusals_total"
    assert await figures(http, name, budget="client") == 0
    assert await figures(http, name, budget="party") == 0
    await storm(frugal.jakarta)
    await storm(frugal.east_java)
    assert await figures(http, name, budget="client") == 2
    assert await figures(http, name, budget="party") == 0
    assert "id-jk" not in (await http.get("/metrics")).text.lower()


DEAR = """subscription { referralChanged(after: "0-0") { cursor referral { case {
    referrals(first: 90) { edges { node { id } } } } } } }"""
DEAR_TAKES = REQUEST + 93


async def test_a_subscription_for_which_nothing_is_left_is_an_error_and_the_socket_and_others_stay(
    databases: Databases, address: Address, tmp_path: Path
) -> None:
    """Half of what one weighs is left over, and takes longer to come back than this story. A query is no subscription,
    and takes what any request takes."""
    budget = 2 * REQUEST + 3 * DEAR_TAKES + REQUEST + (DEAR_TAKES - REQUEST) // 2
    async with (
        streets.laid_out(databases, address, tmp_path, cost_budget=budget, cost_per_second=1) as street,
        talking(street.url, await credentials(street.jakarta)) as talk,
        talking(street.url, await credentials(street.east_java)) as other,
        streaming(street.jakarta, WIDE) as question,
        streaming(street.jakarta, DEAR) as events,
    ):
        assert (question.answer.status_code, events.answer.status_code) == (200, 200)
        await talk.subscribe("0", WIDE)
        assert (await talk.heard())["payload"][0]["extensions"]["code"] == "BAD_REQUEST"
        for number in ("1", "2"):
            await talk.subscribe(number, DEAR)
            await talk.settled()
        await talk.subscribe("3", DEAR)
        told = await talk.heard()
        assert (told["id"], told["type"]) == ("3", "error")
        error = told["payload"][0]["extensions"]
        assert (error["code"], error["budget"]) == ("BUDGET_EXCEEDED", "client")
        assert (error["cost"]["limit"], error["cost"]["requested"]) == (budget, DEAR_TAKES)
        async with streaming(street.jakarta, DEAR) as refused:
            assert refused.answer.status_code == 429
            assert int(refused.answer.headers["retry-after"]) > 0
        await other.subscribe("1", REFERRALS)
        await other.settled()
        await street.world.sent()
        assert {(await talk.heard())["id"] for _ in range(2)} == {"1", "2"}
        assert (await events.heard())["event"] == "next"
        assert (await other.heard())["type"] == "next"


# -- laws --------------------------------------------------------------------------------------------------------------
AT = datetime(2026, 3, 2, tzinfo=UTC)
STEPS = some.lists(some.tuples(some.integers(0, 5_000), some.integers(0, 120)), min_size=1, max_size=60)


def principal(client: str = "a", party: str = "ID-JK") -> Principal:
    return Principal(subject=client, party=party, client_id=client, scopes=frozenset(), purpose="audit")


def purse(clock: Clock, most: int = 100, per_second: int = 7, refusals: Counter[str] | None = None) -> Budgets:
    told = Counter[str]() if refusals is None else refusals
    return budgets.build(most=most, per_second=per_second, party=2, now=clock, refusals=told)


def passes(kept: Budgets, weight: int) -> bool:
    """Whether a whole request is let through."""
    try:
        kept.take_in(principal())
        kept.spend(principal(), weight)
    except Refused:
        return False
    return True


@given(STEPS)
def test_no_more_is_spent_than_there_was_and_came_back_and_what_is_told_as_left_can_be_spent(
    steps: list[tuple[int, int]],
) -> None:
    clock, spent = Clock(AT), 0
    kept = purse(clock)
    for milliseconds, weight in steps:
        clock.forward(milliseconds / 1_000)
        left = kept.clients.left("a", clock.at)
        if left < weight * PARTS:
            with pytest.raises(Refused) as refused:
                kept.spend(principal(), weight)
            assert refused.value.errors[0]["extensions"]["cost"]["remaining"] == left // PARTS
        else:
            spent += weight
            assert kept.spend(principal(), weight).remaining == left // PARTS - weight
    assert spent <= 100 + 7 * (clock.at - AT).total_seconds()


@given(some.integers(1, 10_000), some.integers(1, 80))
def test_who_waits_as_long_as_was_told_passes_and_who_comes_a_second_earlier_does_not(rate: int, weight: int) -> None:
    for early in (0, 1):
        clock = Clock(AT)
        kept = purse(clock, per_second=rate)
        kept.spend(principal(), 100)
        with pytest.raises(Refused) as refused:
            kept.spend(principal(), weight)
        clock.forward(refused.value.errors[0]["extensions"]["retryAfter"] - early)
        assert passes(kept, weight) is not bool(early)


def test_what_one_budget_refuses_is_taken_from_neither() -> None:
    clock, refusals = Clock(AT), Counter[str]()
    kept = purse(clock, refusals=refusals)
    for client in ("a", "b"):
        kept.spend(principal(client), 100)
    with pytest.raises(Refused) as refused:
        kept.spend(principal("c"), 100)
    assert refused.value.errors[0]["extensions"]["budget"] == "party"
    with pytest.raises(Refused):
        kept.spend(principal("a", "ID-JI"), 1)
    assert kept.clients.left("c", AT) == 100 * PARTS
    assert kept.parties.left("ID-JI", AT) == 200 * PARTS
    assert refusals == {"party": 1, "client": 1}


def test_the_dearest_document_fits_into_the_smallest_budget_that_can_be_set() -> None:
    _, take = KNOBS["ESTAFET_COST_BUDGET"]
    least = 2 * plans.MAX_COST
    assert take(str(least)) == least
    with pytest.raises(ValueError, match="expected"):
        take(str(least - 1))
    assert least >= REQUEST + plans.MAX_COST
    assert introspections.MOST / introspections.VALUES <= plans.MAX_COST
