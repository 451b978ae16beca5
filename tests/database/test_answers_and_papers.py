"""What PostgreSQL allows of the answer to a discrepancy and of the papers of a handover, and to whom it shows them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError

from database import journal, tables
from database.engines import Databases
from database.journal import NothingChanged
from database.transaction import transaction
from tests.database import acts
from tests.database.acts import JB, JI, JK

HANDOVERS, PAPERS, REFERRALS = tables.handover, tables.handover_paper, tables.referral


async def released(log: Databases) -> tuple[acts.Case, UUID, UUID]:
    case = await acts.open_case(log)
    referral = await acts.send(log, case)
    await acts.accept(log, referral, case)
    return case, referral, await acts.release(log, referral, case)


async def received(log: Databases, *, agrees: bool) -> tuple[UUID, UUID]:
    case, referral, handover = await released(log)
    await acts.settle(log, handover, referral, case, agrees=agrees)
    return referral, handover


async def answer(log: Databases, referral: UUID, handover: UUID, party: str = JK, **more: object) -> None:
    said = acts.statement()
    async with transaction(log.app, acts.asker(party)) as tx:
        entered = await journal.append(
            tx.connection, acts.entry(party, "discrepancy.answered", said, referral=referral)
        )
        told = {"answered_at": entered.at, "answer_statement": said, "version": HANDOVERS.c.version + 1, **more}
        done = await tx.connection.execute(update(HANDOVERS).where(HANDOVERS.c.id == handover).values(**told))
        if done.rowcount == 0:
            raise NothingChanged


async def record(log: Databases, referral: UUID, handover: UUID, party: str, of: str, by: str | None = None) -> None:
    said = acts.statement()
    async with transaction(log.app, acts.asker(by or party)) as tx:
        entered = await journal.append(tx.connection, acts.entry(by or party, "bast.recorded", said, referral=referral))
        told = {"statement": said, "handover_id": handover, "party": party, "sha256": "a" * 64, "of": of}
        await tx.connection.execute(insert(PAPERS).values(**told, recorded_at=entered.at))


async def answered(log: Databases) -> int:
    async with transaction(log.app, acts.asker(JK)) as tx:
        return int(await tx.connection.scalar(select(func.count(HANDOVERS.c.answered_at))) or 0)


async def papers(log: Databases, party: str) -> int:
    async with transaction(log.app, acts.asker(party)) as tx:
        return int(await tx.connection.scalar(select(func.count()).select_from(PAPERS)) or 0)


async def test_who_released_answers_once_where_the_two_ends_disagree(log: Databases) -> None:
    referral, handover = await received(log, agrees=False)
    for party in (JI, JB):
        with pytest.raises((DBAPIError, NothingChanged)):
            await answer(log, referral, handover, party)
    for more in ({"agrees": True}, {"status": "REFUSED", "reason": "WRONG_PERSON"}, {"receipt_statement": None}):
        with pytest.raises(DBAPIError):
            await answer(log, referral, handover, **more)
    assert await answered(log) == 0
    await answer(log, referral, handover)
    with pytest.raises(DBAPIError, match="answered once"):
        await answer(log, referral, handover)
    assert await answered(log) == 1


async def test_where_the_two_ends_agree_there_is_nothing_to_answer(log: Databases) -> None:
    referral, handover = await received(log, agrees=True)
    with pytest.raises(DBAPIError, match="where they disagree"):
        await answer(log, referral, handover)
    assert await answered(log) == 0


async def test_nobody_answers_before_anybody_has_received(log: Databases) -> None:
    _, referral, handover = await released(log)
    with pytest.raises(DBAPIError):
        await answer(log, referral, handover)
    assert await answered(log) == 0


@pytest.mark.parametrize("over", ["COMPLETED", "WITHDRAWN"])
async def test_a_referral_that_is_over_moves_on_only_by_an_answer(log: Databases, superuser: Any, over: str) -> None:
    case, referral, handover = await released(log)
    await acts.settle(log, handover, referral, case, "REFUSED" if over == "WITHDRAWN" else "RECEIVED", agrees=False)
    if over == "WITHDRAWN":
        await acts.withdraw(log, referral)
    before = await superuser.fetchrow("select * from referral")
    with pytest.raises(DBAPIError, match="moves on only by the answer to a discrepancy"):
        await acts.move(log, JK, referral, "withdrawn", {})
    assert await superuser.fetchrow("select * from referral") == before


async def test_the_answer_moves_a_referral_that_is_over_and_nothing_else_of_it(log: Databases, superuser: Any) -> None:
    referral, handover = await received(log, agrees=False)
    await answer(log, referral, handover)
    before = dict(await superuser.fetchrow("select * from referral"))
    said = await superuser.fetchval("select answer_statement from handover")
    by_the_receiver: tuple[str, dict[str, Any]] = (JI, {})
    at_another_time = JK, {"completed_at": REFERRALS.c.completed_at + timedelta(seconds=1)}
    by_no_other_statement = JK, {"last_statement": REFERRALS.c.last_statement}
    for party, more in (by_the_receiver, at_another_time, by_no_other_statement):
        with pytest.raises(DBAPIError, match="and stays as it ended"):
            await move(log, party, {"last_statement": said, **more})
        assert dict(await superuser.fetchrow("select * from referral")) == before
    await move(log, JK, {"last_statement": said})
    assert dict(await superuser.fetchrow("select * from referral")) == {
        **before, "last_statement": said, "version": before["version"] + 1
    }  # fmt: skip
    with pytest.raises(DBAPIError, match="and stays as it ended"):
        await move(log, JK, {"last_statement": said})


async def move(log: Databases, party: str, told: Mapping[str, Any]) -> None:
    async with transaction(log.app, acts.asker(party)) as tx:
        moved = await tx.connection.execute(update(REFERRALS).values(version=REFERRALS.c.version + 1, **told))
        assert moved.rowcount == 1


async def test_each_end_records_its_paper_of_a_receipt_once_and_both_see_it(log: Databases) -> None:
    referral, handover = await received(log, agrees=True)
    await record(log, referral, handover, JI, "RECEIPT")
    await record(log, referral, handover, JK, "RECEIPT")
    await record(log, referral, handover, JK, "RELEASE")
    assert [await papers(log, party) for party in (JK, JI, JB, "AUDITOR:x")] == [3, 3, 0, 0]
    for party, of, by in ((JI, "RECEIPT", None), (JB, "RELEASE", None), (JI, "RELEASE", JK), (JI, "OTHER", None)):
        with pytest.raises(DBAPIError):
            await record(log, referral, handover, party, of, by)
    assert await papers(log, JK) == 3


async def test_no_receipt_no_paper_of_it(log: Databases) -> None:
    _, referral, handover = await released(log)
    with pytest.raises(DBAPIError, match="recorded by an end"):
        await record(log, referral, handover, JI, "RECEIPT")
    assert await papers(log, JI) == 0


async def test_a_paper_that_is_recorded_stays(log: Databases, superuser: Any) -> None:
    referral, handover = await received(log, agrees=True)
    await record(log, referral, handover, JI, "RECEIPT")
    for never in ("update handover_paper set sha256 = repeat('b', 64)", "delete from handover_paper"):
        with pytest.raises(Exception, match="refused to everybody"):
            await superuser.execute(never)
    assert await papers(log, JI) == 1
