"""GET /events: the feed for software that asks from time to time; nothing lost between two questions."""

from datetime import timedelta
from typing import Any

import pytest

from auth.scopes import SCOPES
from database import outbox
from database.engines import Databases
from database.transaction import HOST, transaction
from reading.ids import id_of, opened
from tests.api.conftest import House
from tests.api.doors import Door, with_scopes
from tests.api.test_handovers import assessed

REFERRAL = "referral { id version }"


async def sent(house: House, n: int = 1) -> str:
    """A referral from Jakarta to East Java, of its n-th case; its id."""
    case = await assessed(house.jakarta, n)
    prepared = await house.jakarta.prepare("referralSent", case=case["id"], to="ID-JI")
    return str((await house.jakarta.act("sendReferral", prepared, case["version"], REFERRAL))["referral"]["id"])


def ids(told: Any, topic: str = "referral") -> list[str]:
    return [event["id"] for event in told["events"] if event["topic"] == topic]


async def feed(door: Door, query: str = "") -> Any:
    answer = await door.get(f"/events{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.json()


async def test_each_event_is_told_once_to_both_ends_and_to_nobody_else(house: House) -> None:
    referrals = [await sent(house, n) for n in (1, 2, 3)]
    for door in (house.jakarta, house.east_java):
        told = await feed(door)
        assert ids(told) == referrals
        assert [event["topic"] for event in told["events"]] == ["referral", "obligation", "obligation"] * 3
        assert len(set(ids(told, "obligation"))) == 6
        assert set(told["events"][0]) == {"cursor", "topic", "id", "at"}
        assert told["events"][0]["at"].endswith("Z")
        assert told["next"] == told["events"][-1]["cursor"]
        rest = await feed(door, f"?after={told['events'][0]['cursor']}")
        assert rest["events"] == told["events"][1:]
    assert await feed(house.west_java) == {"events": [], "next": "0-0"}
    all_owed = await feed(house.auditor)
    assert ids(all_owed, "obligation") == ids(await feed(house.jakarta), "obligation")
    assert ids(all_owed) == []
    place = (await feed(house.jakarta))["next"]
    later = await sent(house, 9)
    again = await feed(house.jakarta, f"?after={place}")
    assert ids(again) == [later]


async def test_pages_follow_one_another_and_an_empty_one_keeps_the_place(house: House) -> None:
    referrals = [await sent(house, n) for n in (1, 2, 3)]
    place, seen = "0-0", []
    for _ in range(6):
        told = await feed(house.jakarta, f"?after={place}&limit=2")
        seen += ids(told)
        place = told["next"]
    assert seen == referrals
    assert await feed(house.jakarta, f"?after={place}") == {"events": [], "next": place}


async def test_an_id_of_the_feed_is_that_of_graphql(house: House) -> None:
    await sent(house)
    event = (await feed(house.jakarta))["events"][0]
    named = opened(event["id"])
    assert named is not None
    assert named.kind == "Referral"
    told = await house.jakarta.ask("query($id: ID!) { referral(id: $id) { id } }", id=event["id"])
    assert told == {"referral": {"id": event["id"]}}
    assert id_of("Referral", named.key) == event["id"]


@pytest.mark.parametrize(
    "query", ["?after=", "?after=x", "?after=1", "?after=9999-1", "?after=1-0", "?limit=0", "?limit=1001", "?limit=x"]
)
async def test_what_cannot_be_read_is_refused(house: House, query: str) -> None:
    await sent(house)
    answer = await house.jakarta.get(f"/events{query}")
    assert answer.status_code == 400
    assert answer.json()["error"] in ("cursor_unreadable", "limit_unreadable")


async def test_a_cursor_of_others_is_unreadable(house: House) -> None:
    await sent(house)
    event = (await feed(house.jakarta))["events"][0]
    assert (await house.west_java.get(f"/events?after={event['cursor']}")).status_code == 400


async def test_who_comes_too_late_is_told_where_to_go_on(house: House, databases: Databases, superuser: Any) -> None:
    for n in (1, 2):
        await sent(house, n)
    first, *_, second = (await feed(house.jakarta))["events"]
    await superuser.execute("update outbox set at = at - interval '31 days'")
    async with transaction(databases.worker, HOST) as tx:
        assert await outbox.forget(tx.connection, tx.at - timedelta(days=30)) == 6
    answer = await house.jakarta.get(f"/events?after={first['cursor']}")
    assert answer.status_code == 410
    assert (answer.json()["error"], answer.json()["next"]) == ("cursor_expired", second["cursor"])
    assert (await house.jakarta.get("/events?after=0-0")).status_code == 410
    assert await feed(house.jakarta, f"?after={second['cursor']}") == {"events": [], "next": second["cursor"]}
    assert await feed(house.jakarta) == {"events": [], "next": second["cursor"]}
    later = await sent(house, 3)
    assert ids(await feed(house.jakarta, f"?after={second['cursor']}")) == [later]
    assert await feed(house.west_java, "?after=0-0") == {"events": [], "next": "0-0"}


async def test_the_feed_needs_its_scope_and_a_token_in_its_place(house: House) -> None:
    without = with_scopes(house.jakarta, *(set(SCOPES) - {"events:read", "ledger:read"}))
    answer = await without.get("/events")
    assert answer.status_code == 403
    assert "events:read" in answer.headers["WWW-Authenticate"]
    token = await house.jakarta.token()
    for path in ("/events", f"/events?access_token={token}"):
        assert (await house.jakarta.http.get(path)).status_code == 401
