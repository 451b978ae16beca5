"""Statements prepared: nothing is written, and what would be refused when sent is refused at once."""

import base64
import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from casework.reasons import RefusalReason
from ledger import statements
from ledger.statements import HandoverReleased
from operations import preparing
from operations.preparations import (
    HandoverRefusedInput,
    Prepared,
    ReferralAcceptedInput,
    ReferralSentInput,
    SeenInput,
    SignerInput,
    StatementInput,
)
from operations.refusals import IllegalMove, InvalidInput, StatementRefused, UserError
from tests.operations import digests
from tests.operations.conftest import Refused
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA, World, certificate, now, receipt, release


def signer(world: World, party: str = JAKARTA, key: str | None = None, **links: Any) -> SignerInput:
    return SignerInput(key=key or world.hands[party].name, **{"key_prev": None, "seen": None, **links})


async def told(
    world: World, refused: Refused, given: StatementInput, by: SignerInput, party: str = JAKARTA
) -> UserError:
    return await refused(preparing.prepare_statement(world.desk, world.hands[party].by, signer=by, given=given))


async def test_preparing_writes_nothing(world: World, superuser: Any) -> None:
    referral = await world.certified()
    before = await digests.digest(superuser)
    prepared = await world.prepared(JAKARTA, release(referral))
    assert await digests.digest(superuser) == before
    body = base64.b64decode(prepared.payload)
    assert isinstance(statements.parse(body), HandoverReleased)
    assert hashlib.sha256(base64.b64decode(prepared.bytes_to_sign)).hexdigest() == prepared.statement_id
    assert prepared.expires_at - statements.parse(body).claimed_at == timedelta(hours=72)


async def test_the_same_facts_prepared_twice_are_sealed_under_other_salts(world: World) -> None:
    referral = await world.certified()
    first, second = [await world.prepared(JAKARTA, release(referral)) for _ in range(2)]
    assert {each.salt for each in first.openings}.isdisjoint({each.salt for each in second.openings})


@pytest.mark.parametrize(
    ("links", "rule"),
    [({"key_prev": "0" * 64}, "V6"), ({"seen": SeenInput(size=1, root="0" * 64)}, "V7")],
    ids=["key_prev not in the log", "seen never published"],
)
async def test_a_signer_with_a_wrong_view_of_the_log_hears_it_before_signing(
    world: World, refused: Refused, links: dict[str, Any], rule: str
) -> None:
    case = await world.assessed_case()
    answer = await told(world, refused, ReferralSentInput(case=case, to=EAST_JAVA), signer(world, **links))
    assert isinstance(answer, StatementRefused)
    assert (answer.rule, answer.path) == (rule, ("input", "signer"))


async def test_an_unknown_a_foreign_and_a_revoked_key_are_told_apart(world: World, refused: Refused) -> None:
    wanted = ReferralSentInput(case=await world.assessed_case(), to=EAST_JAVA)
    rules = []
    for key in (f"{JAKARTA}/k{'0' * 32}", world.hands[WEST_JAVA].name, f"{JAKARTA}/root"):
        answer = await told(world, refused, wanted, signer(world, key=key))
        rules.append(answer.rule if isinstance(answer, StatementRefused) else answer.code)
    await world.revoke(JAKARTA)
    answer = await told(world, refused, wanted, signer(world))
    assert isinstance(answer, StatementRefused)
    assert [*rules, answer.rule] == ["V2", "V2", "INVALID_INPUT", "V3"]


@pytest.mark.parametrize("key", ["", "x", "ID-JK/k\ud800", "\0"])
async def test_a_key_name_that_cannot_be_one_is_invalid(world: World, refused: Refused, key: str) -> None:
    answer = await told(
        world, refused, ReferralSentInput(case=await world.assessed_case(), to=EAST_JAVA), signer(world, key=key or "-")
    )
    assert isinstance(answer, InvalidInput)


async def test_a_case_that_is_not_assessed_is_not_referred(world: World, refused: Refused) -> None:
    wanted = ReferralSentInput(case=await world.opened_case(), to=EAST_JAVA)
    answer = await told(world, refused, wanted, signer(world))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "WRONG_STATUS"


@pytest.mark.parametrize(
    ("to", "refusal"),
    [(JAKARTA, "OWN_PROVINCE"), ("ID-PA", "NOT_A_PARTY"), ("\0\ud800", "NOT_A_PARTY"), ("", "NOT_A_PARTY")],
)
async def test_a_case_is_referred_to_another_party_of_the_agreement(
    world: World, refused: Refused, to: str, refusal: str
) -> None:
    answer = await told(world, refused, ReferralSentInput(case=await world.assessed_case(), to=to), signer(world))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == refusal


FAULTS: dict[str, dict[str, Any]] = {
    "no offset": {"examined_at": now().replace(tzinfo=None)},
    "before year 1 in UTC": {"examined_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
    "after year 9999 in UTC": {"examined_at": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))},
    "leg 0": {"leg": 0},
    "an empty officer": {"officer": " "},
    "a long place": {"place": "x" * 201},
    "NUL": {"place": "a\0"},
    "a lone surrogate": {"place": "\ud800"},
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fact_that_cannot_be_sealed_is_told(world: World, refused: Refused, fault: str) -> None:
    referral = await world.accepted()
    answer = await told(world, refused, certificate(referral, **FAULTS[fault]), signer(world))
    assert isinstance(answer, InvalidInput)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"leg": 2}, "WRONG_LEG"),
        ({"happened_at": now() + timedelta(days=1)}, "FACT_OUT_OF_TIME"),
        ({"planned_arrival": now() - timedelta(days=1)}, "FACT_OUT_OF_TIME"),
    ],
    ids=["another leg", "released in the future", "arrives before it departs"],
)
async def test_an_illegal_release_is_told_before_signing(
    world: World, refused: Refused, changes: dict[str, Any], refusal: str
) -> None:
    referral = await world.certified()
    answer = await told(world, refused, release(referral, **changes), signer(world))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == refusal


async def test_nobody_is_released_without_a_certificate(world: World, refused: Refused) -> None:
    answer = await told(world, refused, release(await world.accepted()), signer(world))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "FITNESS_MISSING"


async def test_a_receipt_says_of_both_conditions_what_they_say(world: World, refused: Refused) -> None:
    _, handover = await world.released()
    answer = await told(world, refused, receipt(handover, agrees=True), signer(world, EAST_JAVA), party=EAST_JAVA)
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "AGREES_CONTRADICTED"


async def test_instants_are_spelled_in_whole_seconds_of_utc(world: World) -> None:
    referral = await world.accepted()
    there = (now() - timedelta(hours=2)).astimezone(timezone(timedelta(hours=7))).replace(microsecond=7)
    prepared = await world.prepared(JAKARTA, certificate(referral, examined_at=there))
    spelled = next(each.value for each in prepared.openings if each.name == "examined_at")
    assert spelled.endswith('Z"')


@pytest.mark.parametrize("handover", [None, UUID(int=0)])
async def test_a_handover_that_is_not_there_is_not_found(world: World, refused: Refused, handover: UUID | None) -> None:
    answer = await told(world, refused, receipt(handover), signer(world, EAST_JAVA), party=EAST_JAVA)  # type: ignore[arg-type]  # None too
    assert answer.code == "NOT_FOUND"


async def test_a_strangers_handover_is_not_found_either(world: World, refused: Refused) -> None:
    _, handover = await world.released()
    answer = await told(world, refused, receipt(handover), signer(world, WEST_JAVA), party=WEST_JAVA)
    assert answer.code == "NOT_FOUND"


async def test_what_is_prepared_can_be_the_refusal_of_a_person_not_examined(world: World) -> None:
    _, handover = await world.released()
    given = HandoverRefusedInput(
        handover=handover,
        agrees=False,
        condition=None,
        reason=RefusalReason.PERSON_ABSENT,
        happened_at=now(),
        officer="Wati",
        paper=None,
        place="Terminal Purabaya",
    )
    assert isinstance(
        await preparing.prepare_statement(
            world.desk, world.hands[EAST_JAVA].by, signer=signer(world, EAST_JAVA), given=given
        ),
        Prepared,
    )


async def test_nothing_of_an_accepted_referral_is_prepared_for_the_wrong_side(world: World, refused: Refused) -> None:
    referral = await world.sent()
    answer = await told(world, refused, ReferralAcceptedInput(referral=referral), signer(world))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "WRONG_PARTY"
