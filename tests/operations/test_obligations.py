"""Waivers and pauses over a real database: offered by the debtor, agreed by the creditor, and refused otherwise."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledger.statements import ObligationResumed, Owed, PauseAgreed, PauseOffered, WaiverAgreed, WaiverOffered
from operations import obligations, preparing, referrals
from operations.preparations import (
    ObligationResumedInput,
    PauseOfferedInput,
    ReferralAcceptedInput,
    ReferralAcknowledgedInput,
    SignerInput,
    WaiverOfferedInput,
)
from operations.refusals import IllegalMove, InvalidInput, NotFound, StaleVersion, StatementRefused
from operations.results import Done
from operations.submissions import SubmissionInput
from tests.operations.conftest import Refused
from tests.operations.remarking import ACTS, DECIDE, RECEIPT, entered, next_second, owed, ready, said, told
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA, World, governed, statement_in


async def test_sending_opens_what_the_receiver_owes_and_says_under_which_clause(world: World, superuser: Any) -> None:
    referral = await world.sent()
    rows = await superuser.fetch("select * from obligation order by kind")
    sent_at = await superuser.fetchval("select sent_at from referral")
    assert [(row["kind"], row["debtor"], row["creditor"], row["clause"]) for row in rows] == [
        ("referral.acknowledge", EAST_JAVA, JAKARTA, "coordination"),
        (DECIDE, EAST_JAVA, JAKARTA, "coordination"),
    ]
    assert {(row["referral_id"], row["opened_at"], row["valid_from"], row["version"]) for row in rows} == {
        (referral, sent_at, sent_at, 1)
    }


async def test_what_is_waived_is_owed_no_more_and_the_referral_has_not_moved(
    world: World, superuser: Any, tmp_path: Path
) -> None:
    referral = await world.sent()
    before = await superuser.fetchrow("select * from referral")
    offered = await said(world, superuser, "offer waiver", EAST_JAVA)
    row = await owed(superuser, DECIDE)
    assert (row["waiver_offer"], row["state"], row["version"]) == (offered.entry_id, "OPEN", 2)
    agreed = await said(world, superuser, "agree waiver", JAKARTA)
    row = await owed(superuser, DECIDE)
    assert (row["state"], row["ending"], row["ended_kind"]) == ("WAIVED", "WAIVED", "obligation.waiver_agreed")
    assert (row["ended_by"], row["ended_at"]) == (agreed.entry_id, await entered(superuser, agreed))
    assert agreed == Done(referral_id=referral.hex, obligation_id=row["id"].hex, entry_id=agreed.entry_id)
    assert await superuser.fetchrow("select * from referral") == before
    assert await told(superuser, agreed) == [("obligation", row["id"])]
    assert (await world.audited(tmp_path)).findings == ()


@pytest.mark.parametrize("resuming", [EAST_JAVA, JAKARTA])
async def test_a_due_moves_by_as_long_as_the_clock_stood(
    world: World, superuser: Any, tmp_path: Path, resuming: str
) -> None:
    await world.released()  # a term of hours: one of working days would move to the end of a day
    due = (await owed(superuser, RECEIPT))["due_at"]
    offered = await said(world, superuser, "offer pause", EAST_JAVA, RECEIPT)
    agreed = await said(world, superuser, "agree pause", JAKARTA, RECEIPT)
    paused = await owed(superuser, RECEIPT)
    since = await entered(superuser, agreed)
    assert (paused["state"], paused["paused_since"], paused["pause_offer"]) == ("PAUSED", since, offered.entry_id)
    await next_second(superuser)
    resumed = await said(world, superuser, "resume", resuming, RECEIPT)
    until = await entered(superuser, resumed)
    running = await owed(superuser, RECEIPT)
    assert until > since
    assert (running["state"], running["paused_since"], running["pause_offer"]) == ("OPEN", None, None)
    assert [(stop.lower, stop.upper) for stop in running["stops"]] == [(since, until)]
    assert running["due_at"] == due + (until - since)
    kept = await superuser.fetch(
        "select * from obligation_past where id = $1 and paused_since = $2", running["id"], since
    )
    assert [(row["valid_from"], row["valid_until"]) for row in kept] == [(since, until)]
    assert (await world.audited(tmp_path)).findings == ()


async def test_a_pause_may_be_asked_for_again_once_it_is_over(world: World, superuser: Any) -> None:
    await world.sent()
    for _ in range(2):
        await said(world, superuser, "offer pause", EAST_JAVA)
        await said(world, superuser, "agree pause", JAKARTA)
        await said(world, superuser, "resume", JAKARTA)
        await next_second(superuser)
    assert (await owed(superuser, DECIDE))["state"] == "OPEN"


async def test_what_is_paused_may_be_waived_and_what_is_done_while_paused_is_met(world: World, superuser: Any) -> None:
    referral = await world.sent()
    for kind in ("referral.acknowledge", DECIDE):
        await said(world, superuser, "offer pause", EAST_JAVA, kind)
        await said(world, superuser, "agree pause", JAKARTA, kind)
    await said(world, superuser, "offer waiver", EAST_JAVA, "referral.acknowledge")
    await said(world, superuser, "agree waiver", JAKARTA, "referral.acknowledge")
    accepting = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=referral), 1)
    assert isinstance(await referrals.accept(world.desk, world.hands[EAST_JAVA].by, accepting), Done)
    waived, met = await owed(superuser, "referral.acknowledge"), await owed(superuser, DECIDE)
    assert (waived["state"], met["state"], met["ended_kind"]) == ("WAIVED", "MET", "referral.accepted")
    assert (waived["paused_since"], met["paused_since"]) == (None, None)


async def test_nobodys_signed_act_on_the_referral_is_made_stale_by_a_remark(world: World, superuser: Any) -> None:
    referral = await world.sent()
    acknowledging = await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=referral), 1)
    await said(world, superuser, "offer waiver", EAST_JAVA)
    await said(world, superuser, "offer pause", EAST_JAVA)
    await said(world, superuser, "agree pause", JAKARTA)
    assert isinstance(await referrals.acknowledge(world.desk, world.hands[EAST_JAVA].by, acknowledging), Done)


WRONG = {
    "the creditor offers a waiver": ((), "offer waiver", JAKARTA, "WRONG_PARTY"),
    "the creditor offers a pause": ((), "offer pause", JAKARTA, "WRONG_PARTY"),
    "the debtor lets itself off": (("offer waiver",), "agree waiver", EAST_JAVA, "WRONG_PARTY"),
    "the debtor pauses by itself": (("offer pause",), "agree pause", EAST_JAVA, "WRONG_PARTY"),
    "a waiver that nobody asked for": ((), "agree waiver", JAKARTA, "WRONG_OFFER"),
    "a pause that nobody asked for": (("offer waiver",), "agree pause", JAKARTA, "WRONG_OFFER"),
    "a waiver asked for twice": (("offer waiver",), "offer waiver", EAST_JAVA, "OFFER_PENDING"),
    "a pause asked for twice": (("offer pause",), "offer pause", EAST_JAVA, "OFFER_PENDING"),
    "a pause of what stands": (("offer pause", "agree pause"), "offer pause", EAST_JAVA, "OBLIGATION_NOT_OPEN"),
    "a clock that runs is let run": (("offer pause",), "resume", JAKARTA, "OBLIGATION_NOT_OPEN"),
    "a waiver of what is waived": (("offer waiver", "agree waiver"), "offer waiver", EAST_JAVA, "OBLIGATION_NOT_OPEN"),
}
SAYS = {"offer waiver": EAST_JAVA, "offer pause": EAST_JAVA, "agree waiver": JAKARTA, "agree pause": JAKARTA}


@pytest.mark.parametrize("why", WRONG)
async def test_what_may_not_be_said_is_refused_when_prepared_and_when_sent(
    world: World, superuser: Any, refused: Refused, why: str
) -> None:
    before, what, party, refusal = WRONG[why]
    await world.sent()
    for each in before:
        await said(world, superuser, each, SAYS[each])
    await next_second(superuser)  # the same said in the same second would be the same statement
    row = await owed(superuser, DECIDE)
    by, given = world.hands[party].by, ACTS[what][1](obligation=row["id"])
    signer = SignerInput(key=world.hands[party].name, key_prev=None, seen=None)
    found = await refused(preparing.prepare_statement(world.desk, by, signer=signer, given=given))
    assert isinstance(found, IllegalMove)
    assert found.refusal == refusal
    envelope = world.seal(party, forged(world, what, party, row))
    sent = await refused(ACTS[what][0](world.desk, by, submission(world, envelope, row["version"])))
    assert isinstance(sent, IllegalMove)
    assert sent.refusal == refusal
    assert sent.signed_refusal is not None


async def test_an_offer_that_does_not_stand_is_not_agreed_to(world: World, superuser: Any, refused: Refused) -> None:
    await world.sent()
    await said(world, superuser, "offer waiver", EAST_JAVA)
    row = await owed(superuser, DECIDE)
    given = await ready(world, "agree waiver", JAKARTA, row)
    statement: Any = statement_in(given)
    other = replace(given, envelope=world.seal(JAKARTA, replace(statement, offer=row["opened_by"])))
    answer = await refused(obligations.agree_waiver(world.desk, world.hands[JAKARTA].by, other))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "WRONG_OFFER"


async def test_a_stale_version_is_the_obligations_own(world: World, superuser: Any, refused: Refused) -> None:
    referral = await world.sent()
    given = await ready(world, "offer pause", EAST_JAVA, await owed(superuser, DECIDE))
    by = world.hands[EAST_JAVA].by
    acknowledging = await world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=referral), 1)
    assert isinstance(await referrals.acknowledge(world.desk, by, acknowledging), Done)
    await said(world, superuser, "offer waiver", EAST_JAVA)
    assert await refused(obligations.offer_pause(world.desk, by, given)) == StaleVersion(current_version=2)
    assert isinstance(await obligations.offer_pause(world.desk, by, replace(given, expected_version=2)), Done)


async def test_asked_again_an_act_is_answered_again_and_done_once(world: World, superuser: Any) -> None:
    await world.sent()
    given = await ready(world, "offer waiver", EAST_JAVA, await owed(superuser, DECIDE))
    by = world.hands[EAST_JAVA].by
    first = await obligations.offer_waiver(world.desk, by, given)
    assert await obligations.offer_waiver(world.desk, by, given) == first
    assert await obligations.offer_waiver(world.desk, by, replace(given, idempotency_key="another")) == first
    assert (await owed(superuser, DECIDE))["version"] == 2


async def test_a_third_province_is_told_what_it_is_told_of_nothing(
    world: World, superuser: Any, refused: Refused
) -> None:
    await world.sent()
    row = await owed(superuser, DECIDE)
    by = world.hands[WEST_JAVA].by
    signer = SignerInput(key=world.hands[WEST_JAVA].name, key_prev=None, seen=None)
    for named in (row["id"], uuid4(), None):
        for given in (WaiverOfferedInput(obligation=named), ObligationResumedInput(obligation=named)):
            answer = await refused(preparing.prepare_statement(world.desk, by, signer=signer, given=given))
            assert answer == NotFound(path=("input", "obligation"))
    envelope = world.seal(WEST_JAVA, forged(world, "offer waiver", WEST_JAVA, row))
    sent = await refused(obligations.offer_waiver(world.desk, by, submission(world, envelope, row["version"])))
    assert sent == NotFound(path=("input", "envelope", "referral"))


async def test_an_obligation_that_nothing_opened_is_not_there(world: World, superuser: Any, refused: Refused) -> None:
    await world.sent()
    given = await ready(world, "offer waiver", EAST_JAVA, await owed(superuser, DECIDE))
    statement: Any = statement_in(given)
    for changes in ({"kind": "handover.receipt"}, {"opened_by": "0" * 64}):
        unknown = replace(statement, obligation=replace(statement.obligation, **changes))
        other = replace(given, envelope=world.seal(EAST_JAVA, unknown))
        answer = await refused(obligations.offer_waiver(world.desk, world.hands[EAST_JAVA].by, other))
        assert answer == NotFound(path=("input", "envelope", "obligation"))
    nowhere = replace(statement, obligation=replace(statement.obligation, referral=uuid4().hex))
    other = replace(given, envelope=world.seal(EAST_JAVA, nowhere))
    answer = await refused(obligations.offer_waiver(world.desk, world.hands[EAST_JAVA].by, other))
    assert answer == NotFound(path=("input", "envelope", "referral"))


async def test_one_act_does_not_take_the_statement_of_another(world: World, superuser: Any, refused: Refused) -> None:
    await world.sent()
    given = await ready(world, "offer waiver", EAST_JAVA, await owed(superuser, DECIDE))
    answer = await refused(obligations.offer_pause(world.desk, world.hands[EAST_JAVA].by, given))
    assert isinstance(answer, InvalidInput)


async def test_what_is_signed_by_the_other_end_is_refused(world: World, superuser: Any, refused: Refused) -> None:
    await world.sent()
    given = await ready(world, "offer waiver", EAST_JAVA, await owed(superuser, DECIDE))
    forged_one = replace(given, envelope=world.seal(JAKARTA, statement_in(given)))
    answer = await refused(obligations.offer_waiver(world.desk, world.hands[EAST_JAVA].by, forged_one))
    assert isinstance(answer, StatementRefused)
    assert answer.rule == "V1"
    stolen = await refused(obligations.offer_waiver(world.desk, world.hands[JAKARTA].by, given))
    assert isinstance(stolen, StatementRefused)


async def test_a_sentence_names_the_duty(world: World, superuser: Any) -> None:
    await world.sent()
    row = await owed(superuser, DECIDE)
    prepared = await world.prepared(EAST_JAVA, PauseOfferedInput(obligation=row["id"]))
    assert f"asks for a pause of the duty {DECIDE} ({row['opened_by'][:12]}" in prepared.sentence
    assert prepared.openings == ()


KINDS: dict[str, Any] = {
    "offer waiver": WaiverOffered,
    "agree waiver": WaiverAgreed,
    "offer pause": PauseOffered,
    "agree pause": PauseAgreed,
    "resume": ObligationResumed,
}


def forged(world: World, what: str, party: str, row: Any) -> Any:
    """The statement, made without asking whether it may be said; it names the offer that stands, or none."""
    waits = row["waiver_offer" if "waiver" in what else "pause_offer"] or "0" * 64
    named = Owed(kind=row["kind"], opened_by=row["opened_by"], referral=row["referral_id"].hex)
    common = {**governed(world.desk, party), "key": world.hands[party].name, "obligation": named}
    return KINDS[what](**common, **({} if what.startswith("offer") else {"offer": waits}))


def submission(world: World, envelope: str, version: int) -> SubmissionInput:
    key = f"key-{next(world.numbers)}"
    return SubmissionInput(idempotency_key=key, expected_version=version, envelope=envelope, openings=())
