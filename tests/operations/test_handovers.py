"""Handovers: released by one, answered by the other, each once."""

from dataclasses import replace
from typing import Any

from casework.fitness import Fitness
from casework.reasons import RefusalReason
from database.sealed import Trailed
from operations import fitness, handovers, seals
from operations.preparations import HandoverRefusedInput
from operations.refusals import CommitmentMismatch, IllegalMove, NotFound, StaleVersion, StatementRefused
from operations.results import Done
from operations.seals import Opened
from tests.operations.conftest import Refused
from tests.operations.worlds import (
    EAST_JAVA,
    HURT,
    JAKARTA,
    World,
    certificate,
    now,
    receipt,
    release,
    reopened,
    statement_in,
)


def refusing(handover: Any, **changes: Any) -> HandoverRefusedInput:
    given: dict[str, Any] = {
        "handover": handover,
        "agrees": False,
        "condition": HURT,
        "reason": RefusalReason.NEEDS_HOSPITAL,
        "happened_at": now(),
        "officer": "Wati",
        "paper": "a" * 64,
        "place": "Terminal Purabaya",
        **changes,
    }
    return HandoverRefusedInput(**given)


async def test_a_refused_handover_leaves_the_referral_accepted_and_may_be_tried_again(
    world: World, superuser: Any
) -> None:
    referral, handover = await world.released()
    by = world.hands[EAST_JAVA].by
    given = await world.ready(EAST_JAVA, refusing(handover), 1)
    assert isinstance(await handovers.refuse(world.desk, by, given), Done)
    row = await superuser.fetchrow("select status, version from referral")
    assert tuple(row) == ("ACCEPTED", 5)
    assert await superuser.fetchval("select reason from handover") == "NEEDS_HOSPITAL"
    again = await world.ready(JAKARTA, release(referral), 5)
    done = await handovers.release(world.desk, world.hands[JAKARTA].by, again)
    assert isinstance(done, Done)
    assert await superuser.fetchval("select count(*) from handover where status = 'RELEASED'") == 1


async def test_a_person_who_never_came_is_refused_without_a_condition(world: World, superuser: Any) -> None:
    _, handover = await world.released()
    absent = refusing(handover, condition=None, reason=RefusalReason.PERSON_ABSENT)
    given = await world.ready(EAST_JAVA, absent, 1)
    assert isinstance(await handovers.refuse(world.desk, world.hands[EAST_JAVA].by, given), Done)
    assert await superuser.fetchval("select receipt_condition_id from handover") is None


async def test_openings_are_kept_word_for_word(world: World, superuser: Any) -> None:
    _, handover = await world.released()
    given = await world.ready(EAST_JAVA, receipt(handover), 1)
    done = await handovers.receive(world.desk, world.hands[EAST_JAVA].by, given)
    assert isinstance(done, Done)
    rows = await superuser.fetch("select name, person_id, sealed from opening where statement = $1", done.entry_id)
    [person] = {each["person_id"] for each in rows}
    opened = Opened(trailed=Trailed(1), keys=await world.desk.vault.keys([person]))
    kept = [seals.opening_of(opened, person, str(done.entry_id), each["name"], each["sealed"]) for each in rows]
    assert {(each.name, each.salt.hex()) for each in kept if each} == {
        (each.name, each.salt) for each in given.openings
    }
    assert {each.name: each.value for each in kept if each}["paper"] is None


async def test_a_handover_is_answered_once(world: World, refused: Refused) -> None:
    _, handover = await world.released()
    by = world.hands[EAST_JAVA].by
    receiving = await world.ready(EAST_JAVA, receipt(handover), 1)
    refusal = await world.ready(EAST_JAVA, refusing(handover), 1)
    assert isinstance(await handovers.receive(world.desk, by, receiving), Done)
    assert await refused(handovers.refuse(world.desk, by, refusal)) == StaleVersion(current_version=2)
    told = await refused(handovers.refuse(world.desk, by, replace(refusal, expected_version=2)))
    assert isinstance(told, StatementRefused)
    assert told.rule == "V8"


async def test_a_release_that_was_never_made_is_not_found(world: World, refused: Refused) -> None:
    _, handover = await world.released()
    given = await world.ready(EAST_JAVA, receipt(handover), 1)
    statement: Any = statement_in(given)
    other = replace(statement, release="0" * 64)
    told = await refused(
        handovers.receive(world.desk, world.hands[EAST_JAVA].by, replace(given, envelope=world.seal(EAST_JAVA, other)))
    )
    assert told == NotFound(path=("input", "envelope", "release"))


async def test_an_opened_condition_that_was_not_committed_to_is_refused(world: World, refused: Refused) -> None:
    _, handover = await world.released()
    given = await world.ready(EAST_JAVA, receipt(handover), 1)
    told = await refused(handovers.receive(world.desk, world.hands[EAST_JAVA].by, reopened(given, "condition", None)))
    assert isinstance(told, CommitmentMismatch)
    assert told.name == "condition"


async def test_a_committed_fact_that_cannot_be_read_is_refused(world: World, refused: Refused) -> None:
    _, handover = await world.released()
    given = await world.ready(EAST_JAVA, receipt(handover), 1)
    by = world.hands[EAST_JAVA].by
    for name, value, refusal in (
        ("condition", {"injury": "POOR"}, "FACT_UNREADABLE"),
        ("condition", None, "FACT_MISSING"),
        ("happened_at", "yesterday", "FACT_UNREADABLE"),
        ("officer", 7, "FACT_UNREADABLE"),
    ):
        told = await refused(handovers.receive(world.desk, by, world.retold(EAST_JAVA, given, name, value)))  # type: ignore[arg-type]  # JSON
        assert isinstance(told, IllegalMove)
        assert told.refusal == refusal


async def test_an_unfit_person_is_not_released(world: World, refused: Refused) -> None:
    referral = await world.certified()
    sick = await world.ready(JAKARTA, certificate(referral, fitness=Fitness.UNFIT), 3)
    # Prepared while the person was still fit, signed and sent after the new certificate.
    releasing = await world.ready(JAKARTA, release(referral), 4)
    done = await fitness.certify(world.desk, world.hands[JAKARTA].by, sick)
    assert isinstance(done, Done)
    assert done.certificate_id == str(done.entry_id)[:32]
    told = await refused(handovers.release(world.desk, world.hands[JAKARTA].by, releasing))
    assert isinstance(told, StatementRefused)
    assert told.rule == "V8"


async def test_a_fact_left_unknown_in_the_rows_cannot_be(world: World, refused: Refused) -> None:
    """A certificate without its fitness means nothing, and there is no row to keep it in."""
    referral = await world.accepted()
    given = await world.ready(JAKARTA, certificate(referral), 2)
    told = await refused(
        fitness.certify(world.desk, world.hands[JAKARTA].by, world.retold(JAKARTA, given, "fitness", None))
    )
    assert isinstance(told, IllegalMove)
    assert told.refusal == "FACT_MISSING"
