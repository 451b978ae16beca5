"""Answers to a discrepancy and signed papers: who may, once, and what each makes of what is owed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from casework.papers import PaperOf
from database import addresses
from operations import handovers, preparing
from operations.preparations import BastRecordedInput, DiscrepancyAnsweredInput, SignerInput, StatementInput
from operations.refusals import IllegalMove, InvalidInput, NotFound, StaleVersion, StatementRefused, UserError
from operations.results import Done
from tests.operations import stages
from tests.operations.conftest import Refused
from tests.operations.remarking import ANSWER, RECEIPT, entered, owed, stated, told
from tests.operations.stages import Stage
from tests.operations.worlds import (
    EAST_JAVA,
    GOOD,
    JAKARTA,
    WEST_JAVA,
    World,
    governed,
    now,
    receipt,
    release,
    statement_in,
)

PAPER, OTHER = "ab" * 32, "cd" * 32


def explained(handover: UUID | None, **changes: Any) -> DiscrepancyAnsweredInput:
    return replace(DiscrepancyAnsweredInput(handover=handover, answer="Jatuh di kapal.", officer="Budi"), **changes)


def paper(handover: UUID | None, **changes: Any) -> BastRecordedInput:
    given = BastRecordedInput(handover=handover, of=PaperOf.RECEIPT, sha256=PAPER, happened_at=now())
    return replace(given, **changes)


async def on_paper(world: World, **received: Any) -> tuple[UUID, UUID]:
    """Released and received, each on the same sheet."""
    referral = await world.certified()
    by = {party: world.hands[party].by for party in (JAKARTA, EAST_JAVA)}
    given = await world.ready(JAKARTA, release(referral, paper=OTHER), 3)
    done = await handovers.release(world.desk, by[JAKARTA], given)
    assert isinstance(done, Done)
    handover = UUID(done.handover_id)
    given = await world.ready(EAST_JAVA, receipt(handover, **{"paper": PAPER, **received}), 1)
    assert isinstance(await handovers.receive(world.desk, by[EAST_JAVA], given), Done)
    return referral, handover


async def refused_when_prepared(world: World, refused: Refused, party: str, given: StatementInput) -> UserError:
    signer = SignerInput(key=world.hands[party].name, key_prev=None, seen=None)
    return await refused(preparing.prepare_statement(world.desk, world.hands[party].by, signer=signer, given=given))


# -- answers ----------------------------------------------------------------------------------------------------------
async def test_what_did_not_agree_is_answered_by_the_side_that_released(
    world: World, superuser: Any, tmp_path: Path
) -> None:
    referral, handover = await world.received()
    assert (await owed(superuser, ANSWER))["state"] == "OPEN"
    done = await stated(world, "answer", JAKARTA, explained(handover), 2)
    assert done == Done(referral_id=referral.hex, handover_id=handover.hex, entry_id=done.entry_id)
    at = await entered(superuser, done)
    row = await superuser.fetchrow("select * from handover")
    assert (row["answer_statement"], row["answered_at"], row["version"]) == (done.entry_id, at, 3)
    moved = await superuser.fetchrow("select * from referral")
    assert (moved["status"], moved["last_statement"], moved["version"]) == ("COMPLETED", done.entry_id, 6)
    answered = await owed(superuser, ANSWER)
    assert (answered["state"], answered["ended_by"], answered["ended_at"]) == ("MET", done.entry_id, at)
    assert await told(superuser, done) == [
        ("referral", referral),
        ("handover", handover),
        ("obligation", answered["id"]),
    ]
    said = await superuser.fetch("select name, value from opening where statement = $1", done.entry_id)
    assert {each["name"] for each in said} == {"answer", "officer"}
    assert (await world.audited(tmp_path)).findings == ()


async def test_a_discrepancy_is_answered_once(world: World, refused: Refused) -> None:
    _, handover = await world.received()
    by = world.hands[JAKARTA].by
    given, again = [await world.ready(JAKARTA, explained(handover, officer=who), 2) for who in ("Budi", "Tono")]
    first = await handovers.answer_discrepancy(world.desk, by, given)
    assert isinstance(first, Done)
    assert await handovers.answer_discrepancy(world.desk, by, given) == first
    assert await refused(handovers.answer_discrepancy(world.desk, by, again)) == StaleVersion(current_version=3)
    late = await refused(handovers.answer_discrepancy(world.desk, by, replace(again, expected_version=3)))
    assert isinstance(late, StatementRefused)
    assert late.rule == "V8"
    answer = await refused_when_prepared(world, refused, JAKARTA, explained(handover))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "ALREADY_ANSWERED"


async def test_what_agreed_has_nothing_to_answer_and_counts_as_good_condition(
    world: World, superuser: Any, refused: Refused
) -> None:
    _, handover = await on_paper(world, agrees=True, condition=GOOD)
    answer = await refused_when_prepared(world, refused, JAKARTA, explained(handover))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "NOTHING_TO_ANSWER"
    row = await owed(superuser, ANSWER)
    assert (row["state"], row["clause"], row["opened_by"] == row["ended_by"]) == ("MET", "good_condition", True)


async def test_who_may_not_answer_and_what_cannot_be_answered(world: World, refused: Refused) -> None:
    _, handover = await world.released()
    early = await refused_when_prepared(world, refused, JAKARTA, explained(handover))
    assert isinstance(early, IllegalMove)
    assert early.refusal == "WRONG_STATUS"
    _, handover = await on_paper(world)
    mine = await refused_when_prepared(world, refused, EAST_JAVA, explained(handover))
    assert isinstance(mine, IllegalMove)
    assert mine.refusal == "WRONG_PARTY"
    for named in (handover, uuid4(), None):
        assert await refused_when_prepared(world, refused, WEST_JAVA, explained(named)) == NotFound(
            path=("input", "handover")
        )
    for part, text in (("answer", " "), ("officer", ""), ("answer", "a" * 1001), ("officer", "a" * 201)):
        answer = await refused_when_prepared(world, refused, JAKARTA, explained(handover, **{part: text}))
        assert isinstance(answer, InvalidInput)
        assert answer.path == ("input", part)
    given = await world.ready(JAKARTA, explained(handover), 2)
    statement: Any = statement_in(given)
    for changes, found in (({"leg": 2}, "WRONG_LEG"), ({"party": EAST_JAVA}, "WRONG_PARTY")):
        party = str(changes.get("party", JAKARTA))
        key = world.hands[party].name
        other = replace(given, envelope=world.seal(party, replace(statement, **changes, key=key)))
        wrong = await refused(handovers.answer_discrepancy(world.desk, world.hands[party].by, other))
        assert isinstance(wrong, IllegalMove)
        assert wrong.refusal == found
    nowhere = replace(given, envelope=world.seal(JAKARTA, replace(statement, receipt="0" * 64)))
    answer = await refused(handovers.answer_discrepancy(world.desk, world.hands[JAKARTA].by, nowhere))
    assert answer == NotFound(path=("input", "envelope", "receipt"))


# -- papers -----------------------------------------------------------------------------------------------------------
async def test_each_end_records_the_paper_and_neither_moves_the_referral(
    world: World, superuser: Any, tmp_path: Path
) -> None:
    referral, handover = await on_paper(world)
    before = [await superuser.fetchrow(f"select * from {table}") for table in ("referral", "handover")]  # noqa: S608  # the names are our own
    for party, of, sha256 in (
        (JAKARTA, PaperOf.RECEIPT, PAPER),
        (EAST_JAVA, PaperOf.RECEIPT, PAPER),
        (JAKARTA, PaperOf.RELEASE, OTHER),
    ):
        done = await stated(world, "record", party, paper(handover, of=of, sha256=sha256), 2)
        assert done == Done(referral_id=referral.hex, handover_id=handover.hex, entry_id=done.entry_id)
        topics = [topic for topic, _ in await told(superuser, done)]
        assert topics == (["handover", "obligation"] if of is PaperOf.RECEIPT else ["handover"])
    kept = await superuser.fetch("select party, of, sha256 from handover_paper order by of, party")
    assert [tuple(row) for row in kept] == [
        (EAST_JAVA, "RECEIPT", PAPER),
        (JAKARTA, "RECEIPT", PAPER),
        (JAKARTA, "RELEASE", OTHER),
    ]
    assert [await superuser.fetchrow(f"select * from {table}") for table in ("referral", "handover")] == before  # noqa: S608  # the names are our own
    row = await owed(superuser, RECEIPT)
    assert (row["state"], row["entered_late"], row["contested"]) == ("MET", False, False)  # it was in time as it was
    assert (await world.audited(tmp_path)).findings == ()


PAPERS: dict[str, tuple[dict[str, Any], str]] = {
    "another sheet": ({"sha256": OTHER}, "PAPER_DIFFERS"),
    "another time": ({"happened_at": now() - timedelta(hours=2)}, "TIMES_DIFFER"),
    "another statement's sheet": ({"of": PaperOf.RELEASE}, "PAPER_DIFFERS"),
}


@pytest.mark.parametrize("why", PAPERS)
async def test_a_paper_that_is_not_what_was_signed_is_refused(world: World, refused: Refused, why: str) -> None:
    changes, refusal = PAPERS[why]
    _, handover = await on_paper(world)
    answer = await refused_when_prepared(world, refused, EAST_JAVA, paper(handover, **changes))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == refusal


async def test_where_there_was_no_paper_none_is_recorded(world: World, refused: Refused) -> None:
    _, handover = await world.received()
    answer = await refused_when_prepared(world, refused, JAKARTA, paper(handover))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "NO_PAPER"


async def test_a_paper_is_recorded_once_by_an_end_and_by_nobody_else(world: World, refused: Refused) -> None:
    _, handover = await on_paper(world)
    given = await world.ready(EAST_JAVA, paper(handover), 2)
    by = world.hands[EAST_JAVA].by
    first = await handovers.record_bast(world.desk, by, given)
    assert isinstance(first, Done)
    assert await handovers.record_bast(world.desk, by, replace(given, idempotency_key="another")) == first
    statement: Any = statement_in(given)
    again = replace(given, envelope=world.seal(EAST_JAVA, replace(statement, claimed_at=now() - timedelta(seconds=9))))
    answer = await refused(handovers.record_bast(world.desk, by, replace(again, idempotency_key="third")))
    assert isinstance(answer, IllegalMove)
    assert answer.refusal == "PAPER_RECORDED"
    for named in (handover, uuid4(), None):
        stranger = await refused_when_prepared(world, refused, WEST_JAVA, paper(named))
        assert stranger == NotFound(path=("input", "handover"))
    common = {**governed(world.desk, WEST_JAVA), "key": world.hands[WEST_JAVA].name}
    theirs = replace(given, envelope=world.seal(WEST_JAVA, replace(statement, **common)))
    answer = await refused(handovers.record_bast(world.desk, world.hands[WEST_JAVA].by, theirs))
    assert answer == NotFound(path=("input", "envelope", "referral"))
    nowhere = replace(given, envelope=world.seal(EAST_JAVA, replace(statement, handover="0" * 64)))
    answer = await refused(handovers.record_bast(world.desk, by, replace(nowhere, idempotency_key="fourth")))
    assert answer == NotFound(path=("input", "envelope", "handover"))
    stale = replace(again, idempotency_key="fifth", expected_version=1)
    assert await refused(handovers.record_bast(world.desk, by, stale)) == StaleVersion(current_version=2)


async def test_a_paper_needs_a_digest_a_time_and_something_that_it_is_of(world: World, refused: Refused) -> None:
    _, handover = await world.released()
    early = await refused_when_prepared(world, refused, JAKARTA, paper(handover))
    assert isinstance(early, IllegalMove)
    assert early.refusal == "WRONG_STATUS"
    release_of = paper(handover, of=PaperOf.RELEASE)
    for changes, part in (({"sha256": "AB" * 32}, "sha256"), ({"happened_at": datetime(2026, 1, 1)}, "happenedAt")):  # noqa: DTZ001  # that it has no offset is the point
        answer = await refused_when_prepared(world, refused, JAKARTA, replace(release_of, **changes))
        assert isinstance(answer, InvalidInput)
        assert answer.path == ("input", part)


# -- late, and shown to have been in time -----------------------------------------------------------------------------
BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


@pytest.fixture
async def stage(address: addresses.Address, superuser: Any) -> AsyncIterator[Stage]:
    async with stages.opened(address, superuser, BEGAN) as opened:
        yield opened


async def test_a_receipt_entered_late_is_met_once_both_ends_have_recorded_its_paper(
    stage: Stage, superuser: Any, tmp_path: Path
) -> None:
    way = await stage.send()
    assert await stage.accept(way)
    assert await stage.certify(way)
    assert await stage.release(way, paper=OTHER)
    arrived = stage.now + timedelta(hours=20)
    await stage.later(hours=30)
    assert await stage.receive(way, paper=PAPER, happened_at=arrived)
    handover = (await stage.handover(way))["id"]
    told_now = []
    for party in (None, EAST_JAVA, JAKARTA):
        if party is not None:
            given = paper(handover, happened_at=arrived + timedelta(minutes=5))
            prepared = await stage.world.prepared(party, given)
            done = await handovers.record_bast(
                stage.world.desk, stage.world.hands[party].by, stage.world.signed(party, prepared, 2)
            )
            assert isinstance(done, Done)
        row = await owed(superuser, RECEIPT)
        told_now.append((row["state"], row["entered_late"], row["contested"]))
    assert told_now == [("MET_LATE", False, False), ("MET_LATE", False, True), ("MET", True, False)]
    tally = await superuser.fetchrow("select * from obligation_tally where clause = 'repatriation'")
    assert (tally["met"], tally["met_late"], tally["entered_late"], tally["contested"]) == (1, 0, 1, 0)
    assert (await stage.world.audited(tmp_path)).findings == ()
