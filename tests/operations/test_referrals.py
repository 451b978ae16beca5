"""Referrals sent, answered, withdrawn: who may, when, and what is left when it is refused or undone."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from casework.reasons import DeclineReason
from casework.risks import Risk
from casework.terms import Term
from ledger.statements import ReferralSent, ReferralWithdrawn
from operations import preparing, referrals
from operations.preparations import (
    ReferralAcceptedInput,
    ReferralAcknowledgedInput,
    ReferralDeclinedInput,
    ReferralSentInput,
    ReferralWithdrawnInput,
    SignerInput,
)
from operations.refusals import CommitmentMismatch, IllegalMove, NotFound, Rejected, StaleVersion, StatementRefused
from operations.results import Done
from tests.operations.conftest import Refused
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA, World, reopened, statement_in


async def test_a_declined_referral_leaves_nothing_with_the_receiver(world: World, superuser: Any) -> None:
    referral = await world.sent()
    given = await world.ready(EAST_JAVA, ReferralDeclinedInput(referral=referral, reason=DeclineReason.NO_CAPACITY), 1)
    assert isinstance(await referrals.decline(world.desk, world.hands[EAST_JAVA].by, given), Done)
    row = await superuser.fetchrow("select status, reason from referral")
    assert tuple(row) == ("DECLINED", "NO_CAPACITY")
    assert await superuser.fetchval("select count(*) from referral_preview") == 0
    assert await superuser.fetchval("select count(*) from case_access where party = $1", EAST_JAVA) == 0


async def test_a_withdrawn_referral_shuts_the_case_again(world: World, superuser: Any) -> None:
    referral = await world.accepted()
    assert await superuser.fetchval("select count(*) from case_access where party = $1", EAST_JAVA) == 1
    given = await world.ready(JAKARTA, ReferralWithdrawnInput(referral=referral), 2)
    assert isinstance(await referrals.withdraw(world.desk, world.hands[JAKARTA].by, given), Done)
    assert await superuser.fetchval("select count(*) from case_access where party = $1", EAST_JAVA) == 0


async def test_a_case_that_came_back_may_be_referred_and_accepted_again(world: World, superuser: Any) -> None:
    referral, _ = await world.received()
    case = await superuser.fetchval("select case_id from referral where id = $1", referral)
    again = await world.sent(case)
    given = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=again), 1)
    assert isinstance(await referrals.accept(world.desk, world.hands[EAST_JAVA].by, given), Done)


@pytest.mark.parametrize("risk", [Risk.LOW, Risk.EMERGENCY])
async def test_whatever_the_risk_of_the_case_the_terms_are_everybodys(world: World, superuser: Any, risk: Risk) -> None:
    await world.sent(await world.assessed_case(risk=risk))
    assert tuple(await superuser.fetchrow("select term_acknowledge, term_decide from referral")) == ("PT24H", "P3WD")


async def test_two_sends_at_once_for_one_case_and_target_make_one_referral(world: World, superuser: Any) -> None:
    case = await world.assessed_case()
    wanted = ReferralSentInput(case=case, to=EAST_JAVA)
    given = [await world.ready(JAKARTA, wanted, 2) for _ in range(4)]
    answers = await asyncio.gather(*(referrals.send(world.desk, world.hands[JAKARTA].by, each) for each in given))
    assert sum(isinstance(answer, Done) for answer in answers) == 1
    for answer in answers:
        if isinstance(answer, Rejected):
            assert [getattr(each, "refusal", None) for each in answer.errors] == ["REFERRAL_OPEN"]
    assert await superuser.fetchval("select count(*) from referral") == 1
    assert await superuser.fetchval("select count(*) from ledger_entry where kind = 'referral.sent'") == 1


async def test_a_stale_version_of_the_case_is_told_with_the_current_one(world: World, refused: Refused) -> None:
    case = await world.assessed_case()
    given = await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 1)
    assert await refused(referrals.send(world.desk, world.hands[JAKARTA].by, given)) == StaleVersion(current_version=2)


async def test_somebody_elses_case_and_one_that_does_not_exist_are_alike(world: World, refused: Refused) -> None:
    theirs = await world.assessed_case(WEST_JAVA)
    own = await world.assessed_case()
    answers = []
    for case in (theirs, uuid4()):
        given = await world.ready(JAKARTA, ReferralSentInput(case=own, to=EAST_JAVA), 2)
        given = world.retold(JAKARTA, given, "case", case.hex)
        answers.append(await refused(referrals.send(world.desk, world.hands[JAKARTA].by, given)))
    assert answers[0] == answers[1]
    assert isinstance(answers[0], NotFound)


@pytest.mark.parametrize("act", ["acknowledge", "accept", "decline", "withdraw"])
async def test_a_stranger_finds_no_referral(world: World, refused: Refused, act: str) -> None:
    referral = await world.sent()
    wanted = {
        "acknowledge": ReferralAcknowledgedInput,
        "accept": ReferralAcceptedInput,
        "withdraw": ReferralWithdrawnInput,
    }
    signer = SignerInput(key=world.hands[WEST_JAVA].name, key_prev=None, seen=None)
    for which in (referral, uuid4()):
        asked: Any = (
            ReferralDeclinedInput(referral=which, reason=DeclineReason.OTHER)
            if act == "decline"
            else wanted[act](referral=which)
        )
        prepared = preparing.prepare_statement(world.desk, world.hands[WEST_JAVA].by, signer=signer, given=asked)
        assert await refused(prepared) == NotFound(path=("input", "referral"))


async def test_a_stranger_who_signs_by_hand_finds_none_either(world: World, refused: Refused) -> None:
    referral = await world.sent()
    last = statement_in(await world.ready(JAKARTA, ReferralWithdrawnInput(referral=referral), 1))
    assert isinstance(last, ReferralWithdrawn)
    answers = []
    for which in (referral, uuid4()):
        theirs = replace(last, party=WEST_JAVA, key=world.hands[WEST_JAVA].name, referral=which.hex)
        given = await world.ready(JAKARTA, ReferralWithdrawnInput(referral=referral), 1)
        given = replace(given, envelope=world.seal(WEST_JAVA, theirs))
        answers.append(await refused(referrals.withdraw(world.desk, world.hands[WEST_JAVA].by, given)))
    assert answers == [NotFound(path=("input", "envelope", "referral"))] * 2


async def test_an_id_that_others_have_used_is_refused_as_known(world: World, refused: Refused) -> None:
    """The sender chooses a referral's id; row security hides that the id is taken, the primary key does not."""
    theirs = await world.sent()
    own = await world.assessed_case(WEST_JAVA)
    given = await world.ready(WEST_JAVA, ReferralSentInput(case=own, to=EAST_JAVA), 2)
    statement = statement_in(given)
    assert isinstance(statement, ReferralSent)
    taken = replace(given, envelope=world.seal(WEST_JAVA, replace(statement, referral=theirs.hex)))
    told = await refused(referrals.send(world.desk, world.hands[WEST_JAVA].by, taken))
    assert isinstance(told, StatementRefused)
    assert told.rule == "V8"


async def test_the_sender_cannot_accept_its_own_referral(world: World, refused: Refused) -> None:
    referral = await world.sent()
    signer = SignerInput(key=world.hands[JAKARTA].name, key_prev=None, seen=None)
    wanted = ReferralAcceptedInput(referral=referral)
    told = await refused(preparing.prepare_statement(world.desk, world.hands[JAKARTA].by, signer=signer, given=wanted))
    assert isinstance(told, IllegalMove)
    assert told.refusal == "WRONG_PARTY"


async def test_a_referral_is_answered_once(world: World, refused: Refused) -> None:
    referral = await world.sent()
    by = world.hands[EAST_JAVA].by
    accepting = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=referral), 1)
    declining = await world.ready(EAST_JAVA, ReferralDeclinedInput(referral=referral, reason=DeclineReason.OTHER), 1)
    assert isinstance(await referrals.accept(world.desk, by, accepting), Done)
    assert await refused(referrals.decline(world.desk, by, declining)) == StaleVersion(current_version=2)
    stale = await refused(referrals.decline(world.desk, by, replace(declining, expected_version=2)))
    assert isinstance(stale, StatementRefused)
    assert stale.rule == "V8"


@pytest.mark.parametrize("risk", Risk)
async def test_other_terms_than_everybodys_are_refused_an_urgent_ones_own_too(
    world: World, refused: Refused, risk: Risk
) -> None:
    case = await world.assessed_case(risk=risk)
    given = await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 2)
    statement = statement_in(given)
    assert isinstance(statement, ReferralSent)
    shorter = replace(given, envelope=world.seal(JAKARTA, replace(statement, term_decide=Term.PT24H)))
    told = await refused(referrals.send(world.desk, world.hands[JAKARTA].by, shorter))
    assert isinstance(told, IllegalMove)
    assert told.refusal == "TERMS_NOT_AGREED"


@pytest.mark.parametrize("name", ["age_band", "case", "category", "risk", "sex", "vulnerability"])
async def test_an_opening_that_opens_nothing_is_named(world: World, refused: Refused, name: str) -> None:
    case = await world.assessed_case()
    given = await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 2)
    by = world.hands[JAKARTA].by
    wrong: list[tuple[Awaitable[object], str]] = [
        (referrals.send(world.desk, by, reopened(given, name, "ELSE")), name),
        (referrals.send(world.desk, by, replace(given, openings=_without(given, name))), name),
        (referrals.send(world.desk, by, replace(given, openings=(*given.openings, given.openings[0]))), "age_band"),
    ]
    for operation, named in wrong:
        told = await refused(operation)
        assert isinstance(told, CommitmentMismatch)
        assert told.name == named


def _without(given: Any, name: str) -> Any:
    return tuple(each for each in given.openings if each.name != name)


async def test_what_a_referral_tells_must_be_what_its_case_says(world: World, refused: Refused) -> None:
    case = await world.assessed_case()
    given = await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 2)
    untrue = world.retold(JAKARTA, given, "sex", "MALE")
    told = await refused(referrals.send(world.desk, world.hands[JAKARTA].by, untrue))
    assert isinstance(told, IllegalMove)
    assert told.refusal == "FACT_DIFFERS"
