"""Following over real sockets: the protocol's table, what is told, and everything that ends it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

import auth.clients
from api import server_events, sockets, streams
from auth import moments
from database import engines, journal, outbox, wakeups
from database.addresses import Address
from database.outbox import Event, Topic
from database.transaction import HOST, transaction
from reading import changes
from reading.ids import id_of
from tests.api import doors
from tests.api.doors import with_scopes
from tests.api.servers import (
    HANDOVERS,
    INIT,
    OBLIGATIONS,
    PROTOCOL,
    REFERRALS,
    Ended,
    credentials,
    streaming,
    talking,
)
from tests.api.streets import Street
from tests.api.test_bad_input import casework
from tests.database import acts
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA


# -- what is told ------------------------------------------------------------------------------------------------------
async def test_both_ends_are_told_of_each_act_with_the_object_as_it_is_now(street: Street) -> None:
    async with (
        talking(street.url, await credentials(street.jakarta)) as sender,
        talking(street.url, await credentials(street.east_java)) as receiver,
    ):
        for talk in (sender, receiver):
            await talk.subscribe("1", REFERRALS)
            await talk.subscribe("2", HANDOVERS)
            await talk.settled()
        referral = await street.world.sent()
        await street.acknowledge(referral)
        for talk in (sender, receiver):
            first, second = await talk.heard(), await talk.heard()
            assert (first["id"], first["type"]) == ("1", "next")
            told = [each["payload"]["data"]["referralChanged"] for each in (first, second)]
            assert [each["referral"]["id"] for each in told] == [id_of("Referral", referral)] * 2
            assert told[1]["referral"]["version"] == 2
            assert told[0]["cursor"] < told[1]["cursor"]
            assert await talk.silent()


async def test_after_a_cursor_one_goes_on_with_the_next(street: Street) -> None:
    referral, _ = await street.world.received()
    feed = (await street.jakarta.get("/events")).json()
    cursors = [event["cursor"] for event in feed["events"] if event["topic"] == "referral"]
    assert len(cursors) == 5
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("all", REFERRALS, after="0-0")
        got = [(await talk.heard())["payload"]["data"]["referralChanged"]["cursor"] for _ in cursors]
        assert got == cursors
        await talk.subscribe("rest", REFERRALS, after=cursors[2], referral=id_of("Referral", referral))
        got = [(await talk.heard())["payload"]["data"]["referralChanged"]["cursor"] for _ in cursors[3:]]
        assert got == cursors[3:]
        assert await talk.silent()


async def test_a_stranger_and_one_who_follows_another_referral_hear_nothing(street: Street) -> None:
    other = await street.world.sent()
    async with (
        talking(street.url, await credentials(street.west_java)) as stranger,
        talking(street.url, await credentials(street.jakarta)) as elsewhere,
    ):
        await stranger.subscribe("1", REFERRALS, after="0-0")
        await stranger.subscribe("2", REFERRALS, referral=id_of("Referral", other))
        await elsewhere.subscribe("1", REFERRALS, referral=id_of("Referral", other))
        await stranger.settled()
        await elsewhere.settled()
        await street.world.sent()
        assert await stranger.silent(0.6)
        assert await elsewhere.silent(0.1)
        await street.acknowledge(other)
        assert (await elsewhere.heard())["payload"]["data"]["referralChanged"]["referral"]["id"] == id_of(
            "Referral", other
        )
        assert await stranger.silent()


async def test_an_act_of_a_process_that_cannot_tell_is_heard_too(street: Street, address: Address) -> None:
    """Every act of these stories is of other databases than the service's, and told by NOTIFY; this one by nobody."""
    deaf = await engines.open_databases(address)
    world = replace(street.world, desk=replace(street.world.desk, databases=deaf))
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        await world.sent()
        assert (await talk.heard(wakeups.POLL + 2))["type"] == "next"
    await deaf.close()


async def test_what_row_security_hides_is_passed_over(street: Street, superuser: Any) -> None:
    """No act of today hides a referral from one of its ends: here an event is made out to somebody else."""
    referral = await street.world.sent()
    await superuser.execute("update outbox set from_party = $1, to_party = 'ID-LA'", WEST_JAVA)
    assert (await street.west_java.get("/events")).json()["events"][0]["id"] == id_of("Referral", referral)
    async with talking(street.url, await credentials(street.west_java)) as talk:
        await talk.subscribe("1", REFERRALS, after="0-0")
        assert await talk.silent(0.6)


async def test_obligations_are_followed_by_their_ends_and_by_auditors(street: Street) -> None:
    async with (
        talking(street.url, await credentials(street.east_java)) as debtor,
        talking(street.url, await credentials(street.auditor)) as auditor,
        talking(street.url, await credentials(street.west_java)) as stranger,
    ):
        for talk in (debtor, auditor, stranger):
            await talk.subscribe("1", OBLIGATIONS)
            await talk.settled()
        referral = await street.world.sent()
        await street.acknowledge(referral)
        for talk in (debtor, auditor):
            told = [(await talk.heard())["payload"]["data"]["obligationChanged"]["obligation"] for _ in range(3)]
            acknowledge, decide, met = told
            assert (acknowledge["kind"], decide["kind"]) == ("REFERRAL_ACKNOWLEDGE", "REFERRAL_DECIDE")
            assert (met["kind"], met["state"]) == ("REFERRAL_ACKNOWLEDGE", "MET")
            assert {each["debtor"]["code"] for each in told} == {EAST_JAVA}
            assert await talk.silent()
        assert await stranger.silent(0.1)
        await auditor.subscribe("2", REFERRALS)
        error = (await auditor.heard())["payload"][0]
        assert error["extensions"]["scopes"] == ["referrals:read"]


# -- server-sent events ------------------------------------------------------------------------------------------------
async def test_the_same_as_server_sent_events(street: Street) -> None:
    await street.world.received()
    async with streaming(street.jakarta, REFERRALS, after="0-0") as events:
        assert events.answer.status_code == 200
        assert events.answer.headers["content-type"].startswith("text/event-stream")
        assert events.answer.headers["cache-control"] == "no-store"
        for _ in range(5):
            message = await events.heard()
            told = json.loads(message["data"])["data"]["referralChanged"]
            assert (message["event"], message["id"]) == ("next", told["cursor"])


async def test_a_stream_is_kept_alive_by_comments(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_events, "KEEP_ALIVE", 0.05)
    async with streaming(street.jakarta, REFERRALS) as events, asyncio.timeout(5):
        for _ in range(3):
            assert await anext(events.lines) == ":"
            assert await anext(events.lines) == ""


async def test_queries_are_answered_as_ever_and_not_as_a_stream(street: Street) -> None:
    both = "application/json, text/event-stream"
    async with streaming(street.jakarta, "{ me { partyCode } }", accept=both) as events:
        assert events.answer.headers["content-type"] == "application/json; charset=utf-8"
        assert json.loads(await events.answer.aread())["data"] == {"me": {"partyCode": JAKARTA}}
    async with streaming(street.jakarta, "{ me { partyCode } }") as events:
        message = await events.heard()
        assert "POST /graphql" in json.loads(message["data"])["errors"][0]["message"]
        assert (await events.heard())["event"] == "complete"
        assert await events.ended()


async def test_a_subscription_without_a_stream_is_refused_in_words(street: Street) -> None:
    told = await street.jakarta.asked(REFERRALS)
    assert "text/event-stream" in told["errors"][0]["message"]


async def test_a_request_that_is_wrong_is_told_within_the_stream_and_missing_scopes_by_403(street: Street) -> None:
    async with streaming(street.jakarta, "subscription { nothing }") as events:
        message = await events.heard()
        assert json.loads(message["data"])["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert (await events.heard())["event"] == "complete"
    async with streaming(with_scopes(street.jakarta, "referrals:read"), REFERRALS) as events:
        assert events.answer.status_code == 403
    async with streaming(street.jakarta, REFERRALS, after="nonsense") as events:
        message = await events.heard()
        assert json.loads(message["data"])["errors"][0]["extensions"]["code"] == "CURSOR_EXPIRED"
        assert (await events.heard())["event"] == "complete"


# -- the door ----------------------------------------------------------------------------------------------------------
async def refused(street: Street, headers: list[tuple[str, str]], **more: Any) -> int:
    """The status with which a websocket is refused."""
    with pytest.raises(InvalidStatus) as refusal:
        async with talking(street.url, headers, **more):
            raise AssertionError("a socket was opened")
    answer = refusal.value.response
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.status_code != 401 or answer.headers["WWW-Authenticate"].startswith("DPoP ")
    return int(answer.status_code)


async def test_no_socket_without_a_token_and_a_proof_for_this_very_request(
    street: Street, superuser: Any, caplog: pytest.LogCaptureFixture
) -> None:
    good = await credentials(street.jakarta)
    token = await street.jakarta.token()
    before = await casework(superuser)
    assert await refused(street, []) == 401
    assert await refused(street, good[:1]) == 401
    assert await refused(street, good[1:]) == 401
    assert await refused(street, [], path=f"/graphql?access_token={token}") == 401
    assert await refused(street, [("Authorization", f"Bearer {token}")]) == 401
    assert await refused(street, await credentials(street.jakarta, "POST")) == 401
    for bent in ({"htm": "POST"}, {"htu": "ws://localhost:8000/graphql"}, {"htu": "http://localhost:8000/events"}):
        assert await refused(street, await credentials(street.jakarta, **bent)) == 401
    async with talking(street.url, good):
        pass
    assert await refused(street, good) == 401  # the proof was used
    assert not caplog.records  # strangers fill no log
    assert await casework(superuser) == before


async def test_a_token_in_connection_init_opens_nothing(street: Street, superuser: Any) -> None:
    """And one who is admitted gains nothing by it: what stands there is not read."""
    headers = await credentials(with_scopes(street.jakarta, "events:read"))
    before = await casework(superuser)
    async with talking(street.url, headers, init=False) as talk:
        wide = await street.jakarta.token()
        await talk.say({**INIT, "payload": {"authorization": f"DPoP {wide}", "Authorization": f"DPoP {wide}"}})
        assert (await talk.heard())["type"] == "connection_ack"
        await talk.subscribe("1", REFERRALS)
        told = await talk.heard()
        assert (told["type"], told["payload"][0]["extensions"]["scopes"]) == ("error", ["referrals:read"])
    assert await casework(superuser) == before


async def test_pages_of_other_sites_get_no_socket(street: Street) -> None:
    assert await refused(street, await credentials(street.jakarta), origin="https://evil.example") == 403
    assert await refused(street, await credentials(street.jakarta), origin="null") == 403
    async with talking(street.url, await credentials(street.jakarta), origin=doors.ISSUER):
        pass


async def test_so_many_connections_of_one_client_and_no_more(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_CONNECTIONS", 2)
    async with (
        talking(street.url, await credentials(street.jakarta)),
        streaming(street.jakarta, REFERRALS) as events,
    ):
        assert events.answer.status_code == 200
        assert await refused(street, await credentials(street.jakarta)) == 429
        async with streaming(street.jakarta, REFERRALS) as third:
            assert third.answer.status_code == 429
        async with talking(street.url, await credentials(street.east_java)):
            pass
    await asyncio.sleep(0.2)
    async with talking(street.url, await credentials(street.jakarta)):
        pass


# -- the protocol ------------------------------------------------------------------------------------------------------
LONG = "x" * 129
SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": REFERRALS}}


# One house for the whole table: a service and a database for each line would take longer than all of them.
BREACHES: list[tuple[list[Any], int]] = [
    ([{"type": "nonsense"}], 4400),
    ([{}], 4400),
    (["{"], 4400),
    (["[]"], 4400),
    ([b'{"type":"ping"}'], 4400),
    ([{"type": "ping", "payload": "x"}], 4400),
    ([INIT], 4429),
    ([{"type": "subscribe"}], 4400),
    ([{"id": "", "type": "subscribe", "payload": {"query": REFERRALS}}], 4400),
    ([{"id": 1, "type": "subscribe", "payload": {"query": REFERRALS}}], 4400),
    ([{"id": LONG, "type": "subscribe", "payload": {"query": REFERRALS}}], 4400),
    ([{"id": "1", "type": "subscribe", "payload": {"query": 1}}], 4400),
    ([{"id": "1", "type": "subscribe", "payload": {"query": REFERRALS, "token": "x"}}], 4400),
    ([{"id": "1", "type": "subscribe"}], 4400),
    ([{"type": "complete"}], 4400),
    ([SUBSCRIBE, SUBSCRIBE], 4409),
    (["x" * 101_001], 1009),
]


async def test_what_is_not_of_the_protocol_closes_the_socket(street: Street) -> None:
    for said, code in BREACHES:
        async with talking(street.url, await credentials(street.jakarta)) as talk:
            for message in said:
                await talk.say(message)
            assert (await talk.closed())[0] == code, said


async def test_nothing_is_subscribed_before_the_acknowledgement(street: Street) -> None:
    async with talking(street.url, await credentials(street.jakarta), init=False) as talk:
        await talk.say({"type": "ping"})
        assert await talk.heard() == {"type": "pong"}
        await talk.say(SUBSCRIBE)
        assert (await talk.closed())[0] == 4401


async def test_who_never_initialises_is_sent_away(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "INIT_SECONDS", 0.2)
    async with talking(street.url, await credentials(street.jakarta), init=False) as talk:
        assert (await talk.closed())[0] == 4408
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await asyncio.sleep(0.4)
        await talk.settled()


@pytest.mark.parametrize("offered", [None, ["graphql-ws"]])
async def test_another_protocol_is_not_spoken(street: Street, offered: Any) -> None:
    async with talking(street.url, await credentials(street.jakarta), init=False, subprotocols=offered) as talk:
        assert (await talk.closed())[0] == 4406


async def test_pings_are_answered_and_pongs_taken(street: Street) -> None:
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        assert talk.connection.subprotocol == PROTOCOL
        await talk.say({"type": "pong"})
        await talk.say({"type": "ping", "payload": {"a": [1]}})
        assert await talk.heard() == {"type": "pong", "payload": {"a": [1]}}


async def test_after_complete_nothing_more_is_told_and_the_id_is_free(street: Street) -> None:
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        await talk.say({"id": "1", "type": "complete"})
        await talk.say({"id": "unheard of", "type": "complete"})
        await talk.settled()
        await street.world.sent()
        assert await talk.silent(0.5)
        await talk.subscribe("1", REFERRALS, after="0-0")
        assert (await talk.heard())["type"] == "next"


UNFOLLOWED: list[tuple[str, str, str]] = [
    ("{ me { client } }", "BAD_REQUEST", "POST /graphql"),
    ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED", "nothing"),
    ("subscription {", "GRAPHQL_PARSE_FAILED", "Syntax"),
    ('subscription { referralChanged(after: "x") { cursor } }', "CURSOR_EXPIRED", "after"),
    ('subscription { referralChanged(after: "9999-1") { cursor } }', "CURSOR_EXPIRED", "after"),
    ('subscription { referralChanged(referral: "x") { cursor } }', "BAD_REQUEST", "referral"),
    (
        "subscription { referralChanged { referral { case { referrals(first: 100) { edges { node { handovers { id } fitness { id } } } } } } } }",  # noqa: E501  # one line reads best
        "LIMIT_EXCEEDED",
        "cost",
    ),
]


async def test_what_cannot_be_followed_is_told_and_the_socket_stays(street: Street) -> None:
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        for query, code, words in UNFOLLOWED:
            await talk.subscribe("1", query)  # each time the id is free again
            told = await talk.heard()
            assert (told["id"], told["type"]) == ("1", "error")
            error = told["payload"][0]
            assert error["extensions"]["code"] == code, error
            assert words in error["message"]


async def test_a_mutation_over_the_socket_does_nothing(street: Street, superuser: Any) -> None:
    case = await street.world.assessed_case()
    text = 'mutation($case: ID!) { closeCase(input: {idempotencyKey: "k", expectedVersion: 2, case: $case, outcome: RETURNED_TO_FAMILY}) { errors { code } } }'  # noqa: E501  # one line reads best
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", text, case=id_of("Case", case))
        assert (await talk.heard())["type"] == "error"
    assert await superuser.fetchval("select status from case_file where id = $1", case) == "ASSESSED"


async def test_so_many_operations_on_one_socket(street: Street) -> None:
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        for number in range(streams.MOST_OPERATIONS + 1):
            await talk.subscribe(str(number), REFERRALS)
        told = await talk.heard()
        assert (told["id"], told["payload"][0]["extensions"]["code"]) == ("16", "LIMIT_EXCEEDED")
        await talk.say({"id": "0", "type": "complete"})
        await talk.settled()
        await talk.subscribe("again", REFERRALS, after="0-0")
        await talk.settled()


async def test_forgotten_events_are_told_as_such(street: Street, superuser: Any) -> None:
    await street.world.received()
    first = (await street.jakarta.get("/events")).json()["events"][0]["cursor"]
    await superuser.execute("update outbox set at = at - interval '31 days'")
    async with transaction(street.databases.worker, HOST) as tx:
        assert await outbox.forget(tx.connection, tx.at - timedelta(days=30)) == 14
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", REFERRALS, after=first)
        told = await talk.heard()
        assert told["payload"][0]["extensions"]["code"] == "CURSOR_EXPIRED"
        assert "now" in told["payload"][0]["message"]


# -- what ends it ------------------------------------------------------------------------------------------------------
async def test_after_a_revocation_nothing_more_is_told(street: Street) -> None:
    async with (
        talking(street.url, await credentials(street.jakarta)) as talk,
        streaming(street.jakarta, REFERRALS) as events,
    ):
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        sent = street.jakarta.partner.post("/oauth/revoke", token=await street.jakarta.token())
        assert (await street.jakarta.http.post(sent.path, headers=list(sent.headers), content=sent.body)).is_success
        await street.world.sent()
        with pytest.raises(Exception, match="4401"):
            await talk.heard()
        with pytest.raises(Ended):
            await events.heard()


async def test_a_disabled_client_is_told_nothing_more_and_opens_nothing_more(street: Street, superuser: Any) -> None:
    async with (
        talking(street.url, await credentials(street.jakarta)) as quiet,
        talking(street.url, await credentials(street.jakarta)) as talk,
    ):
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        async with transaction(street.databases.auth, HOST) as tx:
            await auth.clients.disable(tx.connection, client_id=street.jakarta.partner.client_id, at=tx.at)
        await street.world.sent()
        before = await casework(superuser)
        with pytest.raises(Exception, match="4401"):
            await talk.heard()
        await quiet.subscribe("1", REFERRALS)
        assert (await quiet.closed())[0] == 4401
        assert await refused(street, await credentials(street.jakarta)) == 401
        assert await casework(superuser) == before


async def test_a_scope_that_is_taken_away_ends_the_operation(street: Street, superuser: Any) -> None:
    async with (
        talking(street.url, await credentials(street.jakarta)) as talk,
        streaming(street.jakarta, REFERRALS) as events,
    ):
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        await superuser.execute(
            "update oauth_client set scopes = array_remove(scopes, 'referrals:read') where party = $1", JAKARTA
        )
        await street.world.sent()
        told = await talk.heard()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "INSUFFICIENT_SCOPE")
        message = await events.heard()
        assert json.loads(message["data"])["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"
        assert (await events.heard())["event"] == "complete"


async def test_when_the_token_ends_so_does_what_follows_and_goes_on_with_a_new_one(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams.Streams, "remaining", lambda *_: 3.0)
    async with (
        talking(street.url, await credentials(street.jakarta)) as talk,
        streaming(street.jakarta, REFERRALS, after="0-0") as events,
    ):
        await talk.subscribe("1", REFERRALS, after="0-0")
        await street.world.sent()
        told = await talk.heard()
        code, reason = await talk.closed()
        assert (code, reason) == (4401, "the token has ended")
        await events.heard()
        assert await events.ended()
    monkeypatch.undo()
    missed = await street.world.sent()
    again = replace(street.jakarta, _token="")
    cursor = told["payload"]["data"]["referralChanged"]["cursor"]
    async with talking(street.url, await credentials(again)) as talk:
        await talk.subscribe("1", REFERRALS, after=cursor)
        got = (await talk.heard())["payload"]["data"]["referralChanged"]
        assert got["referral"]["id"] == id_of("Referral", missed)


async def test_an_ended_token_is_refused_at_the_next_event_whatever_the_timer_says(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        later = int((datetime.now(UTC) + timedelta(minutes=6)).timestamp())
        monkeypatch.setattr(moments, "seconds", lambda _: later)
        await street.world.sent()
        assert (await talk.closed())[0] == 4401


async def test_at_the_end_of_the_service_who_follows_is_let_go(street: Street) -> None:
    async with (
        talking(street.url, await credentials(street.jakarta)) as talk,
        streaming(street.jakarta, REFERRALS) as events,
    ):
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        began = asyncio.get_running_loop().time()
        street.at.server.should_exit = True
        assert (await talk.closed())[0] == 1012
        assert await events.ended()
        assert asyncio.get_running_loop().time() - began < 2


async def test_a_killed_listening_connection_costs_no_event(street: Street, superuser: Any) -> None:
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", REFERRALS)
        await talk.settled()
        killed = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1"
        assert await superuser.fetchval(killed, wakeups.LISTENING) >= 2
        await street.world.sent()
        assert (await talk.heard(6))["type"] == "next"


async def test_what_happens_while_one_looks_is_told_at_once(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ring comes after the page was read and before the wait for the next one."""
    after, looked = outbox.after, 0

    async def slowly(*given: Any) -> outbox.Page:
        nonlocal looked
        looked += 1
        page = await after(*given)
        if looked == 1:
            await street.world.sent()
            await asyncio.sleep(0.3)
        return page

    monkeypatch.setattr(wakeups, "POLL", 60.0)  # which would come to the rescue
    await asyncio.sleep(2.2)
    monkeypatch.setattr(outbox, "after", slowly)
    async with talking(street.url, await credentials(street.jakarta)) as talk:
        await talk.subscribe("1", REFERRALS)
        assert (await talk.heard(8))["type"] == "next"
        assert looked == 2


async def test_a_fault_is_a_number_and_the_socket_ends(
    street: Street, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("Siti Aminah")

    monkeypatch.setattr(outbox, "after", fails)
    async with (
        talking(street.url, await credentials(street.jakarta)) as talk,
        streaming(street.jakarta, REFERRALS) as events,
    ):
        await talk.subscribe("1", REFERRALS)
        code, reason = await talk.closed()
        assert code == 1011
        assert await events.ended()
    assert reason.rsplit(" ", 1)[-1] in caplog.text
    assert "Siti" not in caplog.text + reason


@asynccontextmanager
async def payloads(street: Street, over_websocket: bool) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """Everything from the beginning, by either road, for somebody who buffers nothing."""
    if over_websocket:
        headers = await credentials(street.jakarta)
        async with talking(street.url, headers, max_queue=1, max_size=None) as talk:
            await talk.subscribe("1", REFERRALS, after="0-0")

            async def of_socket() -> Any:
                return (await talk.heard())["payload"]

            yield of_socket
    else:
        async with streaming(street.jakarta, REFERRALS, after="0-0") as events:

            async def of_stream() -> Any:
                return json.loads((await events.heard())["data"])

            yield of_stream


@pytest.mark.parametrize("over_websocket", [True, False])
async def test_a_slow_subscriber_only_reads_later(
    street: Street, monkeypatch: pytest.MonkeyPatch, over_websocket: bool
) -> None:
    """It does not read while there is much to read: nothing is pulled that the network does not take."""
    many, answered = 300, 0
    answer = changes.answer

    async def at_length(*given: Any) -> bytes | None:
        nonlocal answered
        answered += 1
        content = await answer(*given)
        return None if content is None else content[:-1] + b',"extensions":"' + b"x" * 200_000 + b'"}'

    monkeypatch.setattr(changes, "answer", at_length)
    referral = await street.world.sent()
    told = Event(topic=Topic.REFERRAL, object_id=referral, referral_id=referral, from_party=JAKARTA, to_party=EAST_JAVA)
    async with transaction(street.databases.app, acts.asker(JAKARTA)) as tx:
        appended = await journal.append(tx.connection, acts.entry(JAKARTA, "key.added", acts.statement()))
        await outbox.put(tx.connection, appended.index, appended.at, [told] * many)
    async with payloads(street, over_websocket) as heard:
        await asyncio.sleep(1.5)
        early = answered
        assert 1 <= early < many / 2  # what fills the buffers of the network, and no more
        await asyncio.sleep(0.5)
        assert answered <= early + 2
        cursors = []
        for _ in range(many + 1):
            cursors.append((await heard())["data"]["referralChanged"]["cursor"])
        assert [each.split("-") for each in cursors[1:]] == [[str(appended.index), str(n + 1)] for n in range(many)]


async def test_who_floods_with_pings_and_reads_nothing_gets_no_memory(street: Street) -> None:
    """Below the protocol: frames as bytes, since any client library would read."""
    headers = [
        ("Host", f"localhost:{street.at.port}"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("Sec-WebSocket-Protocol", PROTOCOL),
        *(await credentials(street.jakarta)),
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", street.at.port, limit=1024)
    writer.write(b"GET /graphql HTTP/1.1\r\n" + b"".join(f"{n}: {v}\r\n".encode() for n, v in headers) + b"\r\n")
    assert b" 101 " in await reader.readline()
    transports = [each.transport for each in street.at.server.server_state.connections if hasattr(each, "writable")]
    ping, most = b"\x89\xfd" + bytes(4) + b"x" * 125, 0
    for _ in range(400):
        writer.write(ping * 200)
        await asyncio.sleep(0.002)
        most = max(most, *(each.get_write_buffer_size() for each in transports))
    assert len(transports) == 1
    assert most < 300_000  # of ten million
    writer.transport.abort()
