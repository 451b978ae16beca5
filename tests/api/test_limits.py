"""Every limit at the door: what exceeds it is refused by its name before anything is done, also the act that is in it.

Elsewhere: each limit by itself, `tests.reading.test_limits` and `test_introspections`; how many may follow how much,
`test_following`; the rate of the token endpoint, `tests.auth.test_limits`; how slow a request may be,
`test_slow_requests`.
"""

import re
from typing import Any

import orjson

from api import envelopes
from reading import introspections, limits, plans
from tests.api.conftest import House
from tests.api.servers import credentials, talking
from tests.api.streets import Street
from tests.api.test_bad_input import casework, opening
from tests.house.sources import modules

JSON = "application/graphql-response+json"


def act(in_case: str = "id", beside: str = "", variables: str = "", around: str = "") -> str:
    """A document that opens a case, and with nothing added is fine."""
    asked = f"openCase(input: $input) {{ case {{ {in_case} }} errors {{ code }} }}"
    return f"mutation($input: OpenCaseInput! {variables}) {{ {asked} {beside} }} {around}"


def times(number: int, text: str) -> str:
    return " ".join(text.replace("#", str(n)) for n in range(number))


def cross_roads(level: int) -> str:
    """A fragment that asks for the next one along seven roads."""
    over = times(3, "a#: latestHandover { referral { % } }") + times(2, " b#: case { latestReferral { % } }")
    over += " latestHandover { referral { % } } case { latestReferral { % } }"
    return f"fragment F{level} on Referral {{ {over.replace('%', f'...F{level + 1}')} }}"


DEEP = "referrals(first: 1) { edges { node { case { referrals(first: 1) { edges { node { case { id } } } } } } } }"
COSTLY = "referrals(first: 100) { edges { node { case { referrals(first: 100) { edges { node { id } } } } } } }"
ROADS = " ".join([*(cross_roads(n) for n in range(3)), "fragment F3 on Referral { id version sentAt }"])
LISTS = f"""fragment L on Case {{ {times(7, "a#: referrals(first: 1) { edges { node { ...M } } }")} }}
fragment M on Referral {{ handovers {{ id }} h: handovers {{ id }} openObligations {{ id }} }}"""

EXCEEDING: list[tuple[str, int, str]] = [
    ("tokens", limits.TOKENS, act(times(limits.TOKENS, "id"))),
    ("nesting", limits.NESTING, act(beside="openCase(input: " + "[" * limits.NESTING)),
    ("depth", limits.DEPTH, act(DEEP)),
    ("aliases", limits.ALIASES, act(times(limits.ALIASES + 1, "a#: id"))),
    ("directives", limits.DIRECTIVES, act(times(limits.DIRECTIVES + 1, "id @include(if: true)"))),
    ("directives", limits.DIRECTIVES, act(variables="$v: Int " + times(limits.DIRECTIVES + 1, "@v#"))),
    ("root fields", limits.ROOT_FIELDS, act(beside=times(limits.ROOT_FIELDS, "__typename"))),
    ("repetitions", limits.REPETITIONS, act(times(limits.REPETITIONS + 2, "id"))),
    ("fragments", limits.FRAGMENTS, act("...F0", around=times(limits.FRAGMENTS + 1, "fragment F# on Case { id }"))),
    ("fields", limits.FIELDS, act("latestReferral { ...F0 }", around=ROADS)),
    ("statements", limits.STATEMENTS, act("...L latestReferral { case { ...L } }", around=LISTS)),
    ("cost", plans.MAX_COST, act(COSTLY)),
]


def test_no_limit_of_a_document_is_left_out_here() -> None:
    source = " ".join(path.read_text() for path in modules("reading"))
    assert set(re.findall(r'exceeded\("(.+?)"', source)) == {each[0] for each in EXCEEDING} | {"introspection"}


async def test_whatever_exceeds_a_limit_is_refused_by_its_name_and_nothing_of_it_is_done(
    house: House, superuser: Any
) -> None:
    before = await casework(superuser)
    for limit, most, document in EXCEEDING:
        body = orjson.dumps({"query": document, "variables": {"input": opening()}})
        answer = await house.jakarta.post(body, accept=JSON)
        told = answer.json()
        assert (answer.status_code, list(told)) == (400, ["errors"])
        assert [error["extensions"] for error in told["errors"]] == [
            {"code": "LIMIT_EXCEEDED", "limit": limit, "most": most}
        ]
    assert await casework(superuser) == before
    assert (await house.jakarta.ask(act(), input=opening()))["openCase"]["errors"] == []
    assert await casework(superuser) != before


async def test_a_body_that_is_too_long_is_not_read_to_its_end_and_nothing_of_it_is_done(
    house: House, superuser: Any
) -> None:
    before = await casework(superuser)
    body = orjson.dumps({"query": act(), "variables": {"input": opening()}})
    answer = await house.jakarta.post(body + b" " * (envelopes.MOST_BYTES + 1 - len(body)), accept=JSON)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (413, {"code": "LIMIT_EXCEEDED"})
    deep = b'{"query": "{ me { client } }", "variables": {"v": ' + b"[" * 40_000 + b"]" * 40_000 + b"}}"
    answer = await house.jakarta.post(deep, accept=JSON)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (400, {"code": "BAD_REQUEST"})
    assert await casework(superuser) == before
    whole = body + b" " * (envelopes.MOST_BYTES - len(body))
    assert (await house.jakarta.post(whole)).json()["data"]["openCase"]["errors"] == []


async def test_the_schema_is_not_told_ten_times_over(house: House) -> None:
    wide = "types { name fields { name isDeprecated description args { name } type { name fields { name } } } }"
    answer = await house.jakarta.post(orjson.dumps({"query": f"{{ {times(10, f'a#: __schema {{ {wide} }}')} }}"}))
    told = answer.json()
    assert "data" not in told
    assert told["errors"][0]["extensions"]["limit"] == "introspection"
    assert told["errors"][0]["extensions"]["most"] == introspections.MOST


async def test_on_a_websocket_the_same_limits_hold(street: Street) -> None:
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", f"subscription {{ referralChanged {{ {times(16, 'a#: cursor')} }} }}")
        told = await talk.heard()
        assert (told["id"], told["type"]) == ("1", "error")
        assert told["payload"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "aliases", "most": 15}
        await talk.subscribe("1", "subscription { referralChanged { cursor } }")
        assert await talk.silent()
