"""The request log: one line each, with what an operator needs and nothing about a person, whatever was sent."""

import asyncio
import json
import logging
import time
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import visits
from tests.api import doors
from tests.api.conftest import House
from tests.api.servers import REFERRALS, credentials, streaming, talking
from tests.api.streets import Street

NIK, NAME = "3578014505600001", "Siti Aminah"


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    texts = [record.getMessage() for record in caplog.records if record.name == "estafet.requests"]
    assert not any("\n" in text or "\r" in text for text in texts)
    return [json.loads(text) for text in texts]


async def written(log: pytest.LogCaptureFixture, number: int) -> list[dict[str, Any]]:
    """The lines, once there are so many: a socket's is written when both sides have parted."""
    for _ in range(250):
        await asyncio.sleep(0.02)
        if len(lines(log)) >= number:
            break
    return lines(log)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "estafet.requests")
    return caplog


async def test_a_question_is_one_line_whose_number_goes_back_with_the_answer(
    house: House, log: pytest.LogCaptureFixture
) -> None:
    await house.jakarta.token()
    log.clear()
    answer = await house.jakarta.post(orjson.dumps({"query": "query Mine { me { partyCode } }"}))
    (line,) = lines(log)
    assert line.pop("ms") > 0
    assert line.pop("at").endswith("Z")
    assert line.pop("id") == answer.headers["x-request-id"]
    (operation,) = line.pop("operations")
    assert (operation["kind"], operation["name"], len(operation["document"])) == ("query", "Mine", 12)
    assert line == {
        "kind": "http", "method": "POST", "route": "/graphql", "status": 200, "bytes": len(answer.content),
        "client": "id-jk", "party": "ID-JK",
    }  # fmt: skip


async def test_nothing_that_a_caller_sends_about_a_person_is_in_the_log(
    house: House, log: pytest.LogCaptureFixture
) -> None:
    """Neither where it belongs nor where it does not: path, query, headers, names, comments, the method."""
    door, http = house.jakarta, house.jakarta.http
    token = await door.token()
    log.clear()
    hidden = f'query q{NIK}($x: String) {{ # {NAME}\n case(id: "{NIK}") {{ id }} }}'
    for query in (hidden, f'{{ {NAME} "{NIK}"', f'{{ case(id: "{NAME}") {{ version }} }}'):
        await door.post(orjson.dumps({"query": query, "variables": {"x": NIK}, "operationName": f"q{NIK}"}))
    headers = {"x-request-id": NIK, "user-agent": NAME, "traceparent": NIK}
    for path in (f"/events?after={NIK}", f"/ledger/data/{NIK}", f"/{NAME}/{NIK}%0A", f"/console/{NAME}"):
        answer = await http.get(path, headers=headers)
        assert answer.headers["x-request-id"] != NIK
    await http.request("SITI", f"/livez?{NAME}")
    told = lines(log)
    assert [line["route"] for line in told[3:]] == [
        "/events", "/ledger/data/{sha256}", "-", "/console/{name}", "/livez"
    ]  # fmt: skip
    assert told[-1]["method"] == "OTHER"
    for text in (NIK, NAME, "Siti", "SITI", "Aminah", token, token[:20]):
        assert text not in log.text


async def test_an_operations_name_is_told_where_it_is_short_and_holds_no_number(
    house: House, log: pytest.LogCaptureFixture
) -> None:
    """Documents that are well-formed: of others no name is told at all."""
    names = {"Mine": "Mine", "a123b456": "a123b456", "a1234": None, f"q{NIK}": None, "a" * 40: "a" * 40, "a" * 41: None}
    await house.jakarta.token()
    log.clear()
    for name in names:
        await house.jakarta.ask(f"query {name} {{ me {{ partyCode }} }}")
    assert [line["operations"][0]["name"] for line in lines(log)] == list(names.values())
    assert NIK not in log.text


async def test_who_was_not_admitted_has_no_name_and_a_fault_is_logged_as_one(
    house: House, log: pytest.LogCaptureFixture
) -> None:
    stolen = replace(house.jakarta, _token="x.y.z")
    log.clear()
    assert (await stolen.post(b"{}")).status_code == 401
    assert (await doors.with_scopes(house.jakarta, "cases:read").get("/events")).status_code == 403
    refused, _, forbidden = lines(log)
    assert (refused["status"], "client" in refused) == (401, False)
    assert (forbidden["status"], forbidden["client"]) == (403, "id-jk")


async def test_a_stream_and_a_websocket_are_one_line_each_when_they_are_over(
    street: Street, log: pytest.LogCaptureFixture
) -> None:
    await street.jakarta.token()
    log.clear()
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        response = talk.connection.response
        assert response is not None
        number = response.headers["x-request-id"]
        for each in map(str, range(20)):
            await talk.subscribe(each, f'query Never {{ case(id: "{NIK}") {{ id }} }}')
            assert (await talk.heard())["type"] == "error"
        await talk.subscribe("1", REFERRALS, referral=None)
        await talk.settled()
        assert lines(log) == []
        await talk.connection.close(4999)
    async with streaming(street.jakarta, REFERRALS) as events:
        assert events.answer.headers["x-request-id"] != number
        assert len(lines(log)) == 1
    socket, stream = await written(log, 2)
    assert (socket["kind"], socket["status"], socket["close"], socket["id"]) == ("websocket", 101, 4999, number)
    assert (socket["asked"], len(socket["operations"]), socket["party"]) == (21, 16, "ID-JK")
    assert (stream["kind"], stream["status"], stream["method"]) == ("events", 200, "POST")
    assert stream["operations"][0]["kind"] == "subscription"
    assert socket["bytes"] > 0 < stream["bytes"]
    assert NIK not in log.text


async def test_a_websocket_that_is_refused_has_its_number_and_status(
    street: Street, log: pytest.LogCaptureFixture
) -> None:
    answer = await street.jakarta.http.get("/graphql", headers={"connection": "upgrade", "upgrade": "websocket",
        "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="})  # fmt: skip
    (line,) = await written(log, 1)
    assert (line["kind"], line["status"], line["id"]) == ("websocket", 401, answer.headers["x-request-id"])


def test_a_digest_tells_documents_apart_and_not_their_values() -> None:
    """There are so few identity numbers that a digest over one of them would give it away."""

    def document(value: str) -> str:
        return f"query Q {{ # {value}\n case(id: {value}) {{ id }} }}"

    alike = ['"3578014505600001"', '"x"', '"""a "quoted" \\""" one"""', "3578014505600001", "-1.5e3", '"a\\"b"']
    digests = {visits.digest(document(value)) for value in alike}
    assert len(digests) == 1
    assert visits.digest("query Q { case(id: $id) { id } }") not in digests
    assert visits.digest("{ a }") != visits.digest("{ b }")


@given(st.text(alphabet='"\\#\n 1a-', max_size=60), st.text(alphabet="0123456789", min_size=1, max_size=16))
def test_any_text_has_a_digest_and_a_number_in_it_does_not_matter(text: str, number: str) -> None:
    assert visits.digest(f"{text} 1 ") == visits.digest(f"{text} {number} ")


@pytest.mark.parametrize("text", ['"' * 100_001, '"""' + '\\"' * 50_000, "1" * 100_000, "#" * 100_000, '"\n' * 50_000])
def test_no_document_makes_a_digest_slow(text: str) -> None:
    began = time.perf_counter()
    visits.digest(text)
    assert time.perf_counter() - began < 0.5
