"""Two at the same moment, and an act that had to wait: one order stands in the log, and the rows are of that order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from casework.papers import PaperOf
from database import addresses
from operations import handovers, obligations, referrals
from operations.preparations import (
    BastRecordedInput,
    DiscrepancyAnsweredInput,
    ReferralAcceptedInput,
    ReferralSentInput,
    ReferralWithdrawnInput,
)
from operations.refusals import IllegalMove, Rejected, StaleVersion
from operations.results import Done
from tests.operations import digests, stages, worlds
from tests.operations.remarking import ACTS, DECIDE, RECEIPT, entered, owed, ready, said
from tests.operations.stages import Stage
from tests.operations.worlds import EAST_JAVA, JAKARTA, World, now, receipt, statement_in


def sorted_out(answers: list[Done | Rejected]) -> tuple[list[Done], list[Rejected]]:
    done = [each for each in answers if isinstance(each, Done)]
    return done, [each for each in answers if isinstance(each, Rejected)]


@pytest.mark.parametrize(
    ("before", "what", "party"),
    [
        ((), "offer waiver", EAST_JAVA),
        (("offer waiver",), "agree waiver", JAKARTA),
        (("offer pause",), "agree pause", JAKARTA),
        (("offer pause", "agree pause"), "resume", JAKARTA),
    ],
)
async def test_of_two_alike_at_once_one_is_entered(
    world: World, superuser: Any, tmp_path: Path, before: tuple[str, ...], what: str, party: str
) -> None:
    await world.sent()
    for each in before:
        await said(world, superuser, each, EAST_JAVA if each.startswith("offer") else JAKARTA)
    row = await owed(superuser, DECIDE)
    given = await ready(world, what, party, row)
    statement: Any = statement_in(given)
    other = world.seal(party, replace(statement, claimed_at=statement.claimed_at - timedelta(seconds=7)))
    both = (given, replace(given, envelope=other, idempotency_key="another"))
    done, rejected = sorted_out(
        await asyncio.gather(*(ACTS[what][0](world.desk, world.hands[party].by, each) for each in both))
    )
    assert len(done) == 1
    assert [each.errors for each in rejected] == [(StaleVersion(current_version=row["version"] + 1),)]
    assert (await owed(superuser, DECIDE))["version"] == row["version"] + 1
    assert (await world.audited(tmp_path)).findings == ()


async def test_a_waiver_agreed_while_the_debtor_does_it_ends_it_once(
    world: World, superuser: Any, tmp_path: Path
) -> None:
    """Whichever comes first ends it; the acceptance stands either way, for a waiver moves no referral."""
    for _ in range(4):
        referral = await world.sent()
        asked = "select * from obligation_told where referral_id = $1 and kind = $2"
        given = await ready(world, "offer waiver", EAST_JAVA, await superuser.fetchrow(asked, referral, DECIDE))
        assert isinstance(await obligations.offer_waiver(world.desk, world.hands[EAST_JAVA].by, given), Done)
        agreeing = await ready(world, "agree waiver", JAKARTA, await superuser.fetchrow(asked, referral, DECIDE))
        accepting = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=referral), 1)
        agreed, accepted = await asyncio.gather(
            obligations.agree_waiver(world.desk, world.hands[JAKARTA].by, agreeing),
            referrals.accept(world.desk, world.hands[EAST_JAVA].by, accepting),
        )
        assert isinstance(accepted, Done)
        row = await superuser.fetchrow(asked, referral, DECIDE)
        assert (row["state"], row["version"]) == ("WAIVED" if isinstance(agreed, Done) else "MET", 3)
    assert (await world.audited(tmp_path)).findings == ()


async def test_both_ends_at_once_with_the_same_paper_and_an_answer(
    world: World, superuser: Any, tmp_path: Path
) -> None:
    _, handover = await world.released()
    by = {party: world.hands[party].by for party in (JAKARTA, EAST_JAVA)}
    given = await world.ready(EAST_JAVA, receipt(handover, paper="ab" * 32), 1)
    assert isinstance(await handovers.receive(world.desk, by[EAST_JAVA], given), Done)
    paper = BastRecordedInput(handover=handover, of=PaperOf.RECEIPT, sha256="ab" * 32, happened_at=now())
    answer = DiscrepancyAnsweredInput(handover=handover, answer="Jatuh di kapal.", officer="Budi")
    papers = {party: await world.ready(party, paper, 2) for party in by}
    answering = await world.ready(JAKARTA, answer, 2)
    answers = await asyncio.gather(
        *(handovers.record_bast(world.desk, by[party], papers[party]) for party in by),
        handovers.answer_discrepancy(world.desk, by[JAKARTA], answering),
    )
    # A paper leaves the handover's version where it is; an answer does not.
    done, rejected = sorted_out(list(answers))
    assert isinstance(answers[2], Done)
    assert {each.errors for each in rejected} <= {(StaleVersion(current_version=3),)}
    assert await superuser.fetchval("select count(*) from handover_paper") == len(done) - 1
    assert (await world.audited(tmp_path)).findings == ()


async def test_many_remarks_on_many_referrals_at_once_leave_one_sound_log(
    world: World, superuser: Any, tmp_path: Path
) -> None:
    ids = [await world.sent() for _ in range(5)]
    asked = "select * from obligation_told where referral_id = any($1) order by id"
    rows = await superuser.fetch(asked, ids)
    assert len(rows) == 10
    offers = [await ready(world, "offer waiver", EAST_JAVA, row) for row in rows]
    offers += [await ready(world, "offer pause", EAST_JAVA, row) for row in rows]
    withdrawing = [await world.ready(JAKARTA, ReferralWithdrawnInput(referral=each), 1) for each in ids[:2]]
    by = world.hands[EAST_JAVA].by
    case = await world.assessed_case()
    sending = await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 2)
    await asyncio.gather(
        *(obligations.offer_waiver(world.desk, by, each) for each in offers[:10]),
        *(obligations.offer_pause(world.desk, by, each) for each in offers[10:]),
        *(referrals.withdraw(world.desk, world.hands[JAKARTA].by, each) for each in withdrawing),
        referrals.send(world.desk, world.hands[JAKARTA].by, sending),
    )
    assert (await world.audited(tmp_path)).findings == ()
    told = await superuser.fetch("select index, number from outbox where topic = 'obligation'")
    assert len(told) == await superuser.fetchval(
        "select (select count(*) from obligation) + (select sum(version - 1) from obligation)"
    )


# -- an act that had to wait ------------------------------------------------------------------------------------------
async def held_back(superuser: Any, act: Awaitable[Done | Rejected]) -> Done | Rejected:
    """The act, while somebody else holds the head of the log for a second."""
    async with superuser.transaction():
        await superuser.execute("select from ledger_head for update")
        acting = asyncio.ensure_future(act)
        await worlds.waiting(superuser, 1)
        await superuser.execute("select pg_sleep(1.1)")
    return await acting


async def test_a_due_is_counted_from_the_entry_and_not_from_the_moment_of_asking(
    world: World, superuser: Any, tmp_path: Path
) -> None:
    referral, handover = await world.released()
    await said(world, superuser, "offer pause", EAST_JAVA, RECEIPT)
    agreeing = await ready(world, "agree pause", JAKARTA, await owed(superuser, RECEIPT))
    asked = now()
    answer = await held_back(superuser, obligations.agree_pause(world.desk, world.hands[JAKARTA].by, agreeing))
    assert isinstance(answer, Done)
    since = await entered(superuser, answer)
    row = await owed(superuser, RECEIPT)
    assert since > asked
    assert (row["paused_since"], row["valid_from"]) == (since, since)
    receiving = await world.ready(EAST_JAVA, receipt(handover), 1)
    answer = await held_back(superuser, handovers.receive(world.desk, world.hands[EAST_JAVA].by, receiving))
    assert isinstance(answer, Done)
    until = await entered(superuser, answer)
    row = await owed(superuser, RECEIPT)
    assert [(stop.lower, stop.upper) for stop in row["stops"]] == [(since, until)]
    assert row["due_at"] == row["opened_at"] + timedelta(hours=24) + (until - since)
    assert referral == row["referral_id"]
    case = await world.assessed_case()
    sending = await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 2)
    answer = await held_back(superuser, referrals.send(world.desk, world.hands[JAKARTA].by, sending))
    assert isinstance(answer, Done)
    sent_at = await entered(superuser, answer)
    opened = await superuser.fetch("select opened_at, valid_from from obligation where opened_by = $1", answer.entry_id)
    assert {tuple(each) for each in opened} == {(sent_at, sent_at)}
    assert (await world.audited(tmp_path)).findings == ()


BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


@pytest.fixture
async def stage(address: addresses.Address, superuser: Any) -> AsyncIterator[Stage]:
    async with stages.opened(address, superuser, BEGAN) as opened:
        yield opened


async def test_a_waiver_offered_in_time_and_entered_too_late_undoes_itself(
    stage: Stage, superuser: Any, tmp_path: Path
) -> None:
    """In time when it was asked for; when the head of the log was free, the due had passed."""
    await stage.send()
    row = await owed(superuser, DECIDE)
    await stage.at(row["due_at"] - timedelta(minutes=1))
    given = await ready(stage.world, "offer waiver", EAST_JAVA, row)
    before = await digests.digest(superuser)
    await stage.at(row["due_at"])
    offering = obligations.offer_waiver(stage.world.desk, stage.world.hands[EAST_JAVA].by, given)
    answer = await held_back(superuser, offering)
    assert isinstance(answer, Rejected)
    (error,) = answer.errors
    assert isinstance(error, IllegalMove)
    assert (error.refusal, error.signed_refusal is not None) == ("OBLIGATION_NOT_OPEN", True)
    assert await digests.digest(superuser) == before
    assert (await stage.world.audited(tmp_path)).findings == ()
