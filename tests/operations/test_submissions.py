"""Envelopes that are not what they must be: each is refused by the rule it breaks, and nothing is written."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nacl.signing import SigningKey

from ledger import envelopes, receipts, statements
from ledger.statements import ReferralAcknowledged, Seen
from operations import referrals
from operations.preparations import ReferralAcknowledgedInput, ReferralSentInput
from operations.refusals import IllegalMove, InvalidInput, StatementRefused
from operations.results import Done
from operations.submissions import LONGEST_ENVELOPE, SubmissionInput
from operations.submitting import VALID_FOR
from tests.operations.conftest import Refused
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA, World, sealed, statement_in

Broken = Callable[[dict[str, Any]], object]


async def acknowledging(world: World) -> SubmissionInput:
    referral = await world.sent()
    return await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=referral), 1)


async def rule_of(world: World, refused: Refused, given: SubmissionInput, party: str = EAST_JAVA) -> str:
    told = await refused(referrals.acknowledge(world.desk, world.hands[party].by, given))
    assert isinstance(told, StatementRefused), told
    return told.rule


async def made_over(world: World, given: SubmissionInput, **changes: object) -> SubmissionInput:
    """The same statement saying something else, soundly signed."""
    statement = statement_in(given)
    assert isinstance(statement, ReferralAcknowledged)
    return replace(given, envelope=world.seal(EAST_JAVA, replace(statement, **changes)))  # type: ignore[arg-type]  # the test's


MALFORMED: dict[str, Broken] = {
    "no JSON": lambda _: "{",
    "nothing": lambda _: "",
    "a list": lambda e: [e],
    "a keyid": lambda e: {**e, "signatures": [{**e["signatures"][0], "keyid": "x"}]},
    "one member more": lambda e: {**e, "more": 1},
    "no signature": lambda e: {**e, "signatures": []},
    "a short signature": lambda e: {**e, "signatures": [{"sig": "AAAA"}]},
    "base64 of the web": lambda e: {**e, "payload": e["payload"].rstrip("=") + "_"},
    "a lone surrogate": lambda e: {**e, "payloadType": "\ud800"},
}


@pytest.mark.parametrize("broken", MALFORMED, ids=str)
async def test_a_malformed_envelope_is_refused(world: World, refused: Refused, broken: str) -> None:
    given = await acknowledging(world)
    made = MALFORMED[broken](json.loads(given.envelope))
    text = made if isinstance(made, str) else json.dumps(made, ensure_ascii=broken != "a lone surrogate")
    assert await rule_of(world, refused, replace(given, envelope=text)) == "V14"


async def test_two_keys_of_one_name_are_no_envelope(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    twice = given.envelope[:-1] + ',"payloadType":"application/vnd.estafet.referral.v1+json"}'
    assert await rule_of(world, refused, replace(given, envelope=twice)) == "V14"


async def test_another_keys_signature_is_refused(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    forged = sealed(statement_in(given), [SigningKey.generate()])
    assert await rule_of(world, refused, replace(given, envelope=forged)) == "V1"


async def test_a_changed_body_is_refused(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    envelope = json.loads(given.envelope)
    body = base64.b64decode(envelope["payload"]).replace(b"referral.acknowledged", b"referral.acknowledgeD")
    changed = json.dumps({**envelope, "payload": base64.b64encode(body).decode()})
    assert await rule_of(world, refused, replace(given, envelope=changed)) == "V15"


async def test_a_body_that_is_not_canonical_is_refused(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    body = b" " + statements.encode(statement_in(given))
    envelope = {
        "payload": base64.b64encode(body).decode(),
        "payloadType": "x/y",
        "signatures": [{"sig": "A" * 86 + "=="}],
    }
    assert await rule_of(world, refused, replace(given, envelope=json.dumps(envelope))) == "V1"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"log": "demo.estafet.invalid/another"}, "V5"),
        ({"agreement": "0" * 64}, "V5"),
        ({"key": f"{EAST_JAVA}/k{'0' * 32}"}, "V2"),
        ({"key_prev": "0" * 64}, "V6"),
        ({"referral_prev": "0" * 64}, "V8"),
        ({"seen": Seen(size=1, root="0" * 64)}, "V7"),
        ({"seen": Seen(size=2**53 - 1, root="0" * 64)}, "V7"),
    ],
    ids=[
        "other log",
        "other agreement",
        "unknown key",
        "key_prev not in the log",
        "stale",
        "wrong root",
        "beyond size",
    ],
)
async def test_a_statement_made_for_something_else_is_refused(
    world: World, refused: Refused, changes: dict[str, object], rule: str
) -> None:
    given = await made_over(world, await acknowledging(world), **changes)
    assert await rule_of(world, refused, given) == rule


async def test_seen_must_be_the_root_of_a_published_checkpoint(world: World, refused: Refused, superuser: Any) -> None:
    given = await acknowledging(world)
    await superuser.execute("insert into checkpoint values (2, $1, 'note', now())", "a" * 64)
    forked = await made_over(world, given, seen=Seen(size=2, root="b" * 64))
    assert await rule_of(world, refused, forked) == "V7"
    honest = await made_over(world, given, seen=Seen(size=2, root="a" * 64))
    assert isinstance(await referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, honest), Done)


async def test_a_revoked_key_signs_nothing_any_more(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    await world.revoke(EAST_JAVA)
    assert await rule_of(world, refused, given) == "V3"


async def test_a_statement_of_another_party_is_refused(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    assert await rule_of(world, refused, given, party=WEST_JAVA) == "V2"


async def test_a_key_of_another_party_cannot_sign_for_this_one(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    statement = replace(statement_in(given), key=world.hands[WEST_JAVA].name)
    theirs = replace(given, envelope=sealed(statement, [world.hands[WEST_JAVA].key]))
    assert await rule_of(world, refused, theirs) == "V2"


async def test_an_envelope_prepared_too_long_ago_is_refused(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    old = statement_in(given).claimed_at - VALID_FOR - VALID_FOR
    assert await rule_of(world, refused, await made_over(world, given, claimed_at=old)) == "STATEMENT_EXPIRED"
    ahead = statement_in(given).claimed_at + timedelta(minutes=10)
    assert await rule_of(world, refused, await made_over(world, given, claimed_at=ahead)) == "V26"


async def test_an_oversized_envelope_is_refused_unread(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    huge = replace(given, envelope=given.envelope + " " * LONGEST_ENVELOPE)
    assert await rule_of(world, refused, huge) == "V10"


async def test_a_statement_of_another_kind_belongs_to_another_act(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    told = await refused(referrals.accept(world.desk, world.hands[EAST_JAVA].by, given))
    assert isinstance(told, InvalidInput)
    assert told.path == ("input", "envelope")


@pytest.mark.parametrize(
    "changes",
    [
        {"salt": "00"},
        {"salt": "G" * 64},
        {"value": "{"},
        {"value": "1.5"},
        {"value": '{"a":1,"a":2}'},
        {"value": '"' + "x" * 5000 + '"'},
        {"value": "\ud800"},
        {"value": '"a\\u0000"'},
        {"name": "\ud800"},
    ],
    ids=["short salt", "no hex", "no JSON", "a fraction", "twice", "long", "surrogate", "NUL", "surrogate name"],
)
async def test_an_unreadable_opening_is_told_with_its_place(
    world: World, refused: Refused, changes: dict[str, str]
) -> None:
    given = await acknowledging(world)
    given = replace(given, openings=(replace(given.openings[0], **changes),))
    told = await refused(referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given))
    assert isinstance(told, InvalidInput)
    assert told.path[:3] == ("input", "openings", "0")


async def test_a_replayed_envelope_is_answered_as_before_and_enters_nothing(world: World, superuser: Any) -> None:
    given = await acknowledging(world)
    by = world.hands[EAST_JAVA].by
    first = await referrals.acknowledge(world.desk, by, given)
    size = await superuser.fetchval("select count(*) from ledger_entry")
    again = replace(given, idempotency_key="another", expected_version=77, openings=())
    assert await referrals.acknowledge(world.desk, by, again) == first
    assert await superuser.fetchval("select count(*) from ledger_entry") == size
    assert await superuser.fetchval("select count(*) from idempotency where key = 'another'") == 0


async def test_somebody_elses_envelope_replayed_is_refused(world: World, refused: Refused) -> None:
    given = await acknowledging(world)
    await referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given)
    assert await rule_of(world, refused, given, party=JAKARTA) == "V2"


async def test_an_act_on_a_referral_that_was_never_sent_finds_nothing(world: World, refused: Refused) -> None:
    given = await made_over(world, await acknowledging(world), referral="0" * 32)
    told = await refused(referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given))
    assert told.code == "NOT_FOUND"


async def test_an_illegal_act_is_refused_with_the_hosts_signature_on_rule_v9(world: World, refused: Refused) -> None:
    """Both were legal when they were prepared; only one of them still is once the other is entered."""
    case = await world.assessed_case()
    first, second = [await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 2) for _ in range(2)]
    assert isinstance(await referrals.send(world.desk, world.hands[JAKARTA].by, first), Done)
    told = await refused(referrals.send(world.desk, world.hands[JAKARTA].by, second))
    assert isinstance(told, IllegalMove)
    assert told.signed_refusal is not None
    host = bytes(world.desk.host.verify_key)
    refusal = receipts.verify_refusal(envelopes.decode(told.signed_refusal.encode()), host)
    signed = envelopes.decode(second.envelope.encode())
    assert refusal.rule == "V9"
    assert refusal.statement == envelopes.statement_id(signed.payload_type, signed.payload)
