"""An event of a subscription: its object as it is now, for who may see it now, and nothing at all for others."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from reading import changes
from reading.changes import Change
from reading.ids import id_of
from reading.refusals import Code, Refused
from reading.snapshots import snapshot
from tests.reading.asked import asking, plans
from tests.reading.worlds import JB, JK, World

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WHOLE = "subscription($r: ID) { it: referralChanged(referral: $r) { __typename cursor at referral { id version from { code } latestHandover { id } } } }"  # noqa: E501  # one line reads best
BARE = "subscription { referralChanged { cursor } }"
HANDOVER = "subscription { handoverChanged { at handover { id referral { id } } } }"
BOTH = frozenset({"events:read", "referrals:read"})


async def told(pool: Any, text: str, key: UUID, party: str = JK) -> Any:
    question = plans().plan(text)
    by = asking(party, BOTH)
    async with snapshot(pool, by) as connection:
        change = Change(cursor="7-1", at=AT, object_id=key)
        content = await changes.answer(question, by, connection, change)
    return None if content is None else orjson.loads(content)


def referral_of(world: World, party: str) -> dict[str, Any]:
    return next(r for r in world.rows["referral"] if r["from_party"] == party)


async def test_an_event_tells_where_it_stands_and_its_object_as_it_is_now(pool: Any, world: World) -> None:
    referral = referral_of(world, JK)
    got = (await told(pool, WHOLE, referral["id"]))["data"]["it"]
    assert (got["__typename"], got["cursor"], got["at"]) == ("ReferralEvent", "7-1", "2026-01-02T03:04:05Z")
    assert got["referral"]["id"] == id_of("Referral", referral["id"])
    assert got["referral"]["version"] == referral["version"]
    assert got["referral"]["from"] == {"code": JK}


async def test_a_handovers_event_tells_of_its_referral(pool: Any, world: World) -> None:
    handover = next(h for h in world.rows["handover"] if JK in (h["from_party"], h["to_party"]))
    got = (await told(pool, HANDOVER, handover["id"]))["data"]["handoverChanged"]["handover"]
    assert got == {
        "id": id_of("Handover", handover["id"]),
        "referral": {"id": id_of("Referral", handover["referral_id"])},
    }


@pytest.mark.parametrize("text", [WHOLE, BARE])
async def test_what_row_security_hides_now_is_no_event_whatever_is_asked_of_it(
    pool: Any, world: World, text: str
) -> None:
    hidden = next(r for r in world.rows["referral"] if JB not in (r["from_party"], r["to_party"]))
    assert await told(pool, text, hidden["id"], JB) is None
    assert await told(pool, text, uuid4()) is None
    assert await told(pool, text, hidden["id"], hidden["from_party"]) is not None


@pytest.mark.parametrize("text", [WHOLE, BARE, HANDOVER])
def test_following_needs_the_topics_scope_and_that_of_events(text: str) -> None:
    assert plans().plan(text).scopes == BOTH


def test_what_is_followed_is_read_from_the_arguments() -> None:
    key, kept = uuid4(), plans()
    given = changes.following(kept.plan(WHOLE, None, {"r": id_of("Referral", key)}))
    assert given is not None
    assert (given.topic, given.after, given.referral) == ("referral", None, key)
    given = changes.following(kept.plan('subscription { handoverChanged(after: "3-1") { cursor } }'))
    assert given is not None
    assert (given.topic, given.after, given.referral) == ("handover", "3-1", None)
    assert changes.following(kept.plan("{ me { client } }")) is None


@pytest.mark.parametrize("id", ["", "x", id_of("Case", UUID(int=7)), id_of("Referral", "x")])
def test_an_id_of_no_referral_is_refused_and_not_followed_for_ever(id: str) -> None:
    question = plans().plan(WHOLE, None, {"r": id})
    with pytest.raises(Refused) as refused:
        changes.following(question)
    assert refused.value.code is Code.BAD_REQUEST


@pytest.mark.parametrize(
    "text",
    [
        "subscription { a: referralChanged { cursor } b: handoverChanged { cursor } }",
        "subscription { __typename }",
        "subscription($s: Boolean = true) { referralChanged @skip(if: $s) { cursor } }",
        "subscription { ...F } fragment F on Subscription { referralChanged @include(if: false) { cursor } }",
    ],
)
def test_a_subscription_asks_for_exactly_one_field(text: str) -> None:
    with pytest.raises(Refused) as refused:
        plans().plan(text)
    assert refused.value.code is Code.VALIDATION_FAILED
