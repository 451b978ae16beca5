"""Refused acts come back signed by the host if a key of the asker's party has really signed them, and else do not."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nacl.signing import SigningKey

from ledger import envelopes, receipts
from operations import referrals
from operations.preparations import ReferralAcceptedInput, ReferralAcknowledgedInput
from operations.refusals import UserError
from operations.submissions import SubmissionInput
from tests.operations import worlds
from tests.operations.worlds import EAST_JAVA, JAKARTA, World, now

Refused = Callable[[Awaitable[object]], Awaitable[UserError]]


async def ready(world: World) -> SubmissionInput:
    """An acknowledgement that would be entered."""
    return await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=await world.sent()), 1)


def another_act(world: World, given: SubmissionInput) -> SubmissionInput:
    return replace(given, openings=(replace(given.openings[0], salt="xyz"),))


def made_over(world: World, given: SubmissionInput, by: SigningKey | None = None, **changes: Any) -> SubmissionInput:
    statement: Any = worlds.statement_in(given)
    return replace(given, envelope=worlds.sealed(replace(statement, **changes), [by or world.hands[EAST_JAVA].key]))


def unpadded(world: World, given: SubmissionInput) -> SubmissionInput:
    """Really signed, and no statement of this log's form."""
    envelope = envelopes.decode(given.envelope.encode())
    body = envelope.payload.replace(b'"pad":"', b'"pad":".')
    sealed = envelopes.seal(envelope.payload_type, body, [world.hands[EAST_JAVA].key])
    return replace(given, envelope=envelopes.encode(sealed).decode())


Spoil = Callable[[World, SubmissionInput], SubmissionInput]
SIGNED: dict[str, tuple[Spoil, str]] = {
    "a stale version": (lambda _, given: replace(given, expected_version=7), "STALE_VERSION"),
    "an opening too few": (lambda _, given: replace(given, openings=()), "COMMITMENT_MISMATCH"),
    "an opening out of form": (another_act, "INVALID_INPUT"),
    "a key for repeating out of form": (lambda _, given: replace(given, idempotency_key=""), "INVALID_INPUT"),
    "a referral that is not there": (lambda w, given: made_over(w, given, referral="0" * 32), "NOT_FOUND"),
    "a stale link": (lambda w, given: made_over(w, given, referral_prev="0" * 64), "V8"),
    "an old statement": (
        lambda w, given: made_over(w, given, claimed_at=now() - timedelta(hours=73)), "STATEMENT_EXPIRED"
    ),
    "another log": (lambda w, given: made_over(w, given, log="elsewhere"), "V5"),
    "a body out of form": (unpadded, "V15"),
}  # fmt: skip


def refusal_of(world: World, told: UserError) -> receipts.Refusal:
    assert told.signed_refusal is not None, told
    host = bytes(world.desk.host.verify_key)
    return receipts.verify_refusal(envelopes.decode(told.signed_refusal.encode()), host)


@pytest.mark.parametrize("what", SIGNED)
async def test_a_refused_statement_comes_back_signed_by_the_host(world: World, refused: Refused, what: str) -> None:
    spoil, rule = SIGNED[what]
    given = spoil(world, await ready(world))
    told = await refused(referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given))
    said, signed = refusal_of(world, told), envelopes.decode(given.envelope.encode())
    assert (said.rule, said.log) == (rule, world.desk.origin)
    assert said.statement == envelopes.statement_id(signed.payload_type, signed.payload)
    assert now() - said.at < timedelta(minutes=1)


UNSIGNED: dict[str, Spoil] = {
    "signed by nobody known": lambda w, given: made_over(w, given, SigningKey.generate()),
    "under another key's name": lambda w, given: made_over(w, given, key=w.hands[JAKARTA].name),
    "no envelope": lambda _, given: replace(given, envelope="{}"),
    "too long": lambda _, given: replace(given, envelope=given.envelope + " " * 70_000),
}


@pytest.mark.parametrize("what", UNSIGNED)
async def test_the_host_says_nothing_of_what_no_key_of_the_asker_has_signed(
    world: World, refused: Refused, what: str
) -> None:
    given = UNSIGNED[what](world, await ready(world))
    told = await refused(referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given))
    assert told.signed_refusal is None


async def test_another_partys_statement_is_refused_and_not_signed(world: World, refused: Refused) -> None:
    """It is not the asker's, whatever its signature is worth."""
    given = await ready(world)
    told = await refused(referrals.acknowledge(world.desk, world.hands[JAKARTA].by, given))
    assert told.signed_refusal is None


async def test_a_statement_that_stands_in_the_log_is_never_told_to_be_refused(world: World, refused: Refused) -> None:
    """The request around it is out of form; a refusal of the statement would be a lie."""
    given = await ready(world)
    await referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given)
    told = await refused(referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, another_act(world, given)))
    assert (told.code, told.signed_refusal) == ("INVALID_INPUT", None)


async def test_a_key_for_repeating_that_was_used_and_a_revoked_key_are_refusals_too(
    world: World, refused: Refused
) -> None:
    given = await ready(world)
    referral = (await ready(world)).envelope
    await referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, given)
    reused = replace(given, envelope=referral)
    told = await refused(referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, reused))
    assert refusal_of(world, told).rule == "IDEMPOTENCY_KEY_REUSED"
    last = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=await world.sent()), 1)
    await world.revoke(EAST_JAVA)
    told = await refused(referrals.accept(world.desk, world.hands[EAST_JAVA].by, last))
    assert refusal_of(world, told).rule == "V3"
