"""Where a state turns: to the second, over holidays, year's ends, time zones, pauses and outages; each told twice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from casework.duties import Kind
from casework.risks import Risk
from casework.terms import Term
from database import addresses
from ledger.statements import ReferralDeclined, ReferralWithdrawn
from tests.operations import stages, told_twice
from tests.operations.stages import BALI, SECOND, Stage, Way
from tests.operations.worlds import EAST_JAVA, JAKARTA

BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)  # a Monday, ten in the morning in Jakarta
ACKNOWLEDGE, DECIDE = Kind.REFERRAL_ACKNOWLEDGE, Kind.REFERRAL_DECIDE
RECEIPT, ANSWER = Kind.HANDOVER_RECEIPT, Kind.DISCREPANCY_ANSWER
PAPER, OTHER_PAPER = "ab" * 32, "cd" * 32


@pytest.fixture
async def stage(address: addresses.Address, superuser: Any, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage; when its story is over, it is told twice."""
    async with stages.opened(address, superuser, BEGAN) as stage:
        yield stage
        await stage.note()
        asked = await told_twice.instants(superuser)
        asked = asked[:: max(1, len(asked) // 30)] + asked[-3:]
        assert await told_twice.compare(stage.world, superuser, tmp_path / "ledger", asked)


async def due(stage: Stage, way: Way, kind: Kind) -> datetime:
    found: datetime = (await stage.owed(way, kind))["due_at"]
    return found


async def on_the_way(stage: Stage, receiver: str = EAST_JAVA, **released: Any) -> Way:
    way = await stage.send(receiver=receiver)
    assert await stage.accept(way)
    assert await stage.certify(way)
    assert await stage.release(way, **released)
    return way


# -- to the second ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("after", "state"), [(-1, "MET"), (0, "MET"), (1, "MET_LATE")])
async def test_settled_a_second_before_at_and_after_its_due(stage: Stage, after: int, state: str) -> None:
    way = await stage.send()
    await stage.at(BEGAN + timedelta(hours=1))
    last = await due(stage, way, ACKNOWLEDGE)
    await stage.at(last + after * SECOND)
    assert await stage.entered(await stage.acknowledge(way)) == last + after * SECOND
    assert await stage.state(way, ACKNOWLEDGE) == state


@pytest.mark.parametrize(("after", "state", "notices"), [(-1, "OPEN", 0), (0, "OPEN", 0), (1, "BREACHED", 1)])
async def test_breached_in_the_second_after_its_due_and_noted_then(
    stage: Stage, after: int, state: str, notices: int
) -> None:
    way = await stage.send()
    await stage.at(await due(stage, way, ACKNOWLEDGE) + after * SECOND)
    assert await stage.state(way, ACKNOWLEDGE) == state
    assert await stage.note() == notices
    assert (await stage.owed(way, ACKNOWLEDGE))["noted_at"] == (stage.now if notices else None)


@pytest.mark.parametrize(("after", "state"), [(0, "MET"), (1, "BREACHED")])
async def test_taken_back_at_its_due_and_a_second_later(stage: Stage, after: int, state: str) -> None:
    way = await stage.send()
    await stage.at(await due(stage, way, ACKNOWLEDGE) + after * SECOND)
    assert await stage.answer(way, ReferralWithdrawn)
    assert await stage.state(way, ACKNOWLEDGE) == state
    assert await stage.state(way, DECIDE) == "MET"


async def test_a_breach_is_noted_once_and_the_late_act_still_counts(stage: Stage) -> None:
    way = await stage.send()
    await stage.later(days=10)
    assert await stage.note() == 2
    assert await stage.note() == 0
    assert await stage.answer(way, ReferralDeclined)
    assert [await stage.state(way, kind) for kind in (ACKNOWLEDGE, DECIDE)] == ["MET_LATE", "MET_LATE"]


# -- holidays, years, zones -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sent", "last"),
    [
        # Thursday and Friday before the feast of Sacrifice (27 and 28 May): Friday, Monday is Pancasila, Tue, Wed
        (datetime(2026, 5, 26, 3, tzinfo=UTC), datetime(2026, 6, 3, 16, 59, 59, tzinfo=UTC)),
        # over a year's end: Wed 30 and Thu 31 December, 1 January is a holiday, Mon 4
        (datetime(2026, 12, 29, 3, tzinfo=UTC), datetime(2027, 1, 4, 16, 59, 59, tzinfo=UTC)),
        # sent on a holiday itself
        (datetime(2026, 5, 27, 3, tzinfo=UTC), datetime(2026, 6, 3, 16, 59, 59, tzinfo=UTC)),
    ],
)
async def test_working_days_pass_over_holidays_and_the_years_end(stage: Stage, sent: datetime, last: datetime) -> None:
    await stage.at(sent)
    way = await stage.send()
    assert await due(stage, way, DECIDE) == last
    await stage.at(last)
    assert await stage.accept(way)
    assert await stage.state(way, DECIDE) == "MET"


async def test_a_working_day_ends_by_the_debtors_clock(stage: Stage) -> None:
    at = datetime(2026, 1, 7, 16, 30, tzinfo=UTC)  # half past eleven in Surabaya, the next day in Denpasar
    await stage.at(at)
    west, east = await stage.send(receiver=EAST_JAVA), await stage.send(receiver=BALI)
    assert await due(stage, west, DECIDE) == datetime(2026, 1, 12, 16, 59, 59, tzinfo=UTC)
    assert await due(stage, east, DECIDE) == datetime(2026, 1, 13, 15, 59, 59, tzinfo=UTC)


async def test_the_month_of_an_obligation_is_its_debtors(stage: Stage, superuser: Any) -> None:
    await stage.at(datetime(2026, 1, 31, 16, 30, tzinfo=UTC))
    await stage.send(receiver=EAST_JAVA)
    await stage.send(receiver=BALI)
    told = await superuser.fetch("select distinct debtor, opened_month::text from obligation order by 1")
    assert [tuple(row) for row in told] == [(BALI, "2026-02-01"), (EAST_JAVA, "2026-01-01")]


# -- waivers and pauses -----------------------------------------------------------------------------------------------
async def test_an_offer_that_nobody_agrees_to_lets_nobody_off(stage: Stage) -> None:
    way = await stage.send()
    assert await stage.remark("offer waiver", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    await stage.later(days=2)
    assert await stage.state(way, ACKNOWLEDGE) == "BREACHED"
    assert await stage.remark("agree waiver", await stage.owed(way, ACKNOWLEDGE), JAKARTA) is None
    assert await stage.note() == 1


async def test_offered_and_agreed_in_its_last_second_it_is_waived(stage: Stage) -> None:
    way = await stage.send()
    assert await stage.remark("offer waiver", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    await stage.at(await due(stage, way, ACKNOWLEDGE))
    assert await stage.remark("agree waiver", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA) is None
    assert await stage.remark("agree waiver", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
    assert await stage.state(way, ACKNOWLEDGE) == "WAIVED"
    await stage.later(days=1)
    assert await stage.acknowledge(way)
    assert await stage.state(way, ACKNOWLEDGE) == "WAIVED"


async def test_a_pause_moves_the_due_by_as_long_as_it_lasted(stage: Stage) -> None:
    way = await stage.send()
    before = await due(stage, way, ACKNOWLEDGE)
    await stage.later(hours=2)
    assert await stage.remark("offer pause", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    await stage.later(hours=1)
    assert await stage.remark("agree pause", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
    await stage.later(days=3)
    assert await stage.state(way, ACKNOWLEDGE) == "PAUSED"
    assert await stage.note() == 0
    assert await stage.remark("resume", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
    assert await due(stage, way, ACKNOWLEDGE) == before + timedelta(days=3)
    await stage.at(before + timedelta(days=3) + SECOND)
    assert await stage.note() == 2  # the decision, which nobody paused, too


async def test_a_pause_of_working_days_ends_with_a_working_day(stage: Stage) -> None:
    way = await stage.send()
    assert await due(stage, way, DECIDE) == datetime(2026, 1, 8, 16, 59, 59, tzinfo=UTC)
    assert await stage.remark("offer pause", await stage.owed(way, DECIDE), EAST_JAVA)
    assert await stage.remark("agree pause", await stage.owed(way, DECIDE), JAKARTA)
    await stage.at(BEGAN + timedelta(days=1, hours=5))
    assert await stage.remark("resume", await stage.owed(way, DECIDE), EAST_JAVA)
    # 29 hours after Thursday's last second is Saturday: Monday's last second
    assert await due(stage, way, DECIDE) == datetime(2026, 1, 12, 16, 59, 59, tzinfo=UTC)


async def test_paused_and_resumed_and_paused_again_in_one_second(stage: Stage) -> None:
    way = await stage.send()
    await stage.at(BEGAN + timedelta(hours=1))
    for _ in range(2):
        await stage.at(stage.now)
        assert await stage.remark("offer pause", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
        assert await stage.remark("agree pause", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
        await stage.later(hours=1)
        assert await stage.remark("resume", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    assert await stage.remark("offer pause", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    assert await stage.remark("agree pause", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
    assert await stage.remark("resume", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
    assert await due(stage, way, ACKNOWLEDGE) - await stage_opened(stage, way) >= timedelta(hours=26)


async def stage_opened(stage: Stage, way: Way) -> datetime:
    found: datetime = (await stage.owed(way, ACKNOWLEDGE))["opened_at"]
    return found


async def test_done_while_it_was_paused_is_done_in_time(stage: Stage) -> None:
    way = await stage.send()
    assert await stage.remark("offer pause", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    assert await stage.remark("agree pause", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
    await stage.later(days=8)
    assert await stage.acknowledge(way)
    assert await stage.state(way, ACKNOWLEDGE) == "MET"


async def test_an_expired_referral_ends_a_pause_and_owes_on(stage: Stage) -> None:
    way = await stage.send()
    assert await stage.remark("offer pause", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    assert await stage.remark("agree pause", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
    await stage.later(days=15)
    assert await stage.note() == 1
    assert await stage.expire() == 1
    assert await stage.state(way, ACKNOWLEDGE) == "OPEN"
    await stage.later(days=2)
    assert await stage.note() == 1


# -- outages ----------------------------------------------------------------------------------------------------------
async def test_an_outage_in_the_middle_moves_every_due_that_ran(stage: Stage) -> None:
    way = await stage.send()
    before = await due(stage, way, ACKNOWLEDGE)
    await stage.later(hours=3)
    began, ended = await stage.down(hours=30)
    assert await stage.state(way, ACKNOWLEDGE) == "OPEN"
    assert await due(stage, way, ACKNOWLEDGE) == before + (ended - began)
    assert await stage.note() == 0
    young = await stage.send()
    assert (await stage.owed(young, ACKNOWLEDGE))["stops"] == []
    assert await stage.acknowledge(way)
    assert await stage.state(way, ACKNOWLEDGE) == "MET"


async def test_what_was_breached_before_an_outage_stays_breached_and_is_noted_after_it(stage: Stage) -> None:
    way = await stage.send()
    await stage.at(await due(stage, way, ACKNOWLEDGE) + SECOND)
    await stage.down(hours=5)
    assert await stage.state(way, ACKNOWLEDGE) == "BREACHED"
    assert await stage.note() == 1


async def test_an_outage_begins_at_the_last_entry_where_that_is_later_than_the_last_beat(
    stage: Stage, superuser: Any
) -> None:
    await stage.beat()
    await stage.later(minutes=10)
    way = await stage.send()
    opened = await stage_opened(stage, way)
    await stage.later(hours=2)
    assert await stage.beat()
    owed = await stage.owed(way, ACKNOWLEDGE)
    last = await superuser.fetchval("select max(at) from ledger_entry where kind <> 'host.outage'")
    assert last >= opened
    assert [(stop.lower, stop.upper) for stop in owed["stops"]] == [(last, stage.now)]


async def test_an_outage_beside_a_pause_counts_no_hour_twice(stage: Stage) -> None:
    way = await stage.send()
    before = await due(stage, way, ACKNOWLEDGE)
    assert await stage.remark("offer pause", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    assert await stage.remark("agree pause", await stage.owed(way, ACKNOWLEDGE), JAKARTA)
    paused = (await stage.owed(way, ACKNOWLEDGE))["paused_since"]
    await stage.later(hours=2)
    await stage.down(hours=4)
    assert (await stage.owed(way, ACKNOWLEDGE))["stops"] == []
    await stage.later(hours=1)
    assert await stage.remark("resume", await stage.owed(way, ACKNOWLEDGE), EAST_JAVA)
    resumed = (await stage.owed(way, ACKNOWLEDGE))["valid_from"]
    began, ended = await stage.down(hours=3)
    assert await due(stage, way, ACKNOWLEDGE) == before + (resumed - paused) + (ended - max(began, resumed))


async def test_two_outages_one_after_the_other(stage: Stage) -> None:
    way = await stage.send(risk=Risk.EMERGENCY)
    before = await due(stage, way, ACKNOWLEDGE)
    first = await stage.down(hours=5)
    second = await stage.down(hours=5)
    assert await due(stage, way, ACKNOWLEDGE) == before + (first[1] - first[0]) + (second[1] - second[0])


# -- handovers, discrepancies, papers ---------------------------------------------------------------------------------
async def test_a_discrepancy_is_the_senders_to_answer_in_time_or_late(stage: Stage) -> None:
    early, late = await on_the_way(stage), await on_the_way(stage)
    for way in (early, late):
        assert await stage.receive(way, agrees=False)
    await stage.at(await due(stage, early, ANSWER))
    assert await stage.explain(early)
    await stage.at(await due(stage, late, ANSWER) + 2 * SECOND)
    await stage.note()
    assert await stage.explain(late)
    assert [await stage.state(way, ANSWER) for way in (early, late)] == ["MET", "MET_LATE"]
    assert (await stage.owed(early, ANSWER))["debtor"] == JAKARTA


async def test_a_sender_that_gives_up_after_a_refusal_still_answers_for_it_and_for_nothing_else(stage: Stage) -> None:
    way = await on_the_way(stage)
    assert await stage.receive(way, agrees=False, refusing=True)
    assert await stage.answer(way, ReferralWithdrawn)
    assert await stage.state(way, ANSWER) == "OPEN"
    assert await stage.certify(way) is None
    await stage.at(await due(stage, way, ANSWER))
    assert await stage.explain(way)
    assert await stage.state(way, ANSWER) == "MET"
    assert await stage.explain(way) is None
    assert await stage.answer(way, ReferralWithdrawn) is None


async def test_what_agrees_has_nothing_to_answer(stage: Stage) -> None:
    way = await on_the_way(stage)
    assert await stage.receive(way)
    assert await stage.state(way, ANSWER) == "MET"
    assert await stage.explain(way) is None


async def late_receipt(stage: Stage) -> tuple[Way, datetime]:
    """A receipt entered two days after its due, of a paper signed in time."""
    way = await on_the_way(stage)
    signed = await due(stage, way, RECEIPT) - timedelta(hours=2)
    await stage.at(await due(stage, way, RECEIPT) + timedelta(days=2))
    await stage.note()
    assert await stage.receive(way, paper=PAPER, happened_at=signed)
    assert await stage.state(way, RECEIPT) == "MET_LATE"
    return way, signed


async def test_paper_entered_two_days_late_and_recorded_by_both_ends_is_met_and_shown_as_entered_late(
    stage: Stage,
) -> None:
    way, signed = await late_receipt(stage)
    assert await stage.record(way, EAST_JAVA, PAPER, signed)
    owed = await stage.owed(way, RECEIPT)
    assert (owed["state"], owed["entered_late"], owed["contested"]) == ("MET_LATE", False, True)
    await stage.later(hours=1)
    assert await stage.record(way, JAKARTA, PAPER, signed + timedelta(minutes=15))
    owed = await stage.owed(way, RECEIPT)
    assert (owed["state"], owed["entered_late"], owed["contested"]) == ("MET", True, False)


async def test_paper_that_one_end_alone_records_stays_late_and_contested(stage: Stage) -> None:
    way, signed = await late_receipt(stage)
    assert await stage.record(way, JAKARTA, PAPER, signed)
    assert await stage.record(way, EAST_JAVA, OTHER_PAPER, signed) is None
    assert await stage.record(way, EAST_JAVA, PAPER, signed + timedelta(minutes=16)) is None
    owed = await stage.owed(way, RECEIPT)
    assert (owed["state"], owed["entered_late"], owed["contested"]) == ("MET_LATE", False, True)


async def test_refused_and_released_again_owes_a_receipt_anew(stage: Stage) -> None:
    way = await on_the_way(stage, term=Term.PT6H)
    assert await stage.receive(way, agrees=False, refusing=True)
    first = await stage.owed(way, RECEIPT)
    await stage.later(hours=30)
    await stage.note()
    assert await stage.explain(way)
    assert await stage.certify(way)
    assert await stage.release(way)
    again = await stage.owed(way, RECEIPT)
    assert again["id"] != first["id"]
    assert again["state"] == "OPEN"


# -- the agreement's end ----------------------------------------------------------------------------------------------
async def test_after_the_agreements_end_what_is_open_is_still_owed_and_can_be_settled(stage: Stage) -> None:
    await stage.at(datetime(2030, 6, 17, 16, 0, tzinfo=UTC))
    way = await stage.send()
    assert await stage.acknowledge(way)
    await stage.at(datetime(2030, 6, 17, 17, 0, 1, tzinfo=UTC))  # the day after, in Jakarta
    with pytest.raises(AssertionError):
        await stage.send()
    await stage.at(await due(stage, way, DECIDE) + SECOND)
    assert await stage.note() == 1
    assert await stage.answer(way, ReferralDeclined)
    assert await stage.state(way, DECIDE) == "MET_LATE"
