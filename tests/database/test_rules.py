"""What PostgreSQL refuses by itself, should the rules above it ever be passed by; and that nothing has changed then."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError

from database import tables
from database.engines import Databases
from database.journal import NothingChanged
from database.transaction import transaction
from tests.database import acts
from tests.database.acts import JB, JI, JK

TIMES = {"ACKNOWLEDGED": ("acknowledged_at",), "COMPLETED": ("completed_at",)}
MORE: Mapping[str, Mapping[str, str]] = {"DECLINED": {"reason": "NO_CAPACITY"}}
LEGAL = {
    ("SENT", "ACKNOWLEDGED", JI),
    ("SENT", "ACCEPTED", JI),
    ("SENT", "DECLINED", JI),
    ("SENT", "WITHDRAWN", JK),
    ("SENT", "EXPIRED", "HOST"),
    ("ACKNOWLEDGED", "ACCEPTED", JI),
    ("ACKNOWLEDGED", "DECLINED", JI),
    ("ACKNOWLEDGED", "WITHDRAWN", JK),
    ("ACKNOWLEDGED", "EXPIRED", "HOST"),
    ("ACCEPTED", "WITHDRAWN", JK),
}
CLOSED = {"status": "CLOSED", "outcome": "RETURNED_TO_FAMILY", "version": 3}
STATUSES = ("SENT", "ACKNOWLEDGED", "ACCEPTED", "DECLINED", "WITHDRAWN", "EXPIRED", "COMPLETED")


async def arrive(databases: Databases, status: str) -> tuple[acts.Case, Any]:
    """A referral in this status."""
    case = await acts.open_case(databases)
    referral = await acts.send(databases, case)
    match status:
        case "ACKNOWLEDGED":
            await acts.acknowledge(databases, referral)
        case "ACCEPTED":
            await acts.accept(databases, referral, case)
        case "DECLINED":
            await acts.decline(databases, referral)
        case "WITHDRAWN":
            await acts.withdraw(databases, referral)
        case "EXPIRED":
            await acts.expire(databases, referral)
        case "COMPLETED":
            await acts.accept(databases, referral, case)
            handover = await acts.release(databases, referral, case)
            await acts.settle(databases, handover, referral, case)
    return case, referral


async def rows(superuser: Any) -> list[Any]:
    found = []
    for table in ("case_file", "referral", "referral_preview", "case_access", "handover", "ledger_entry"):
        found.append(await superuser.fetch(f"select * from {table} order by 1, 2"))  # noqa: S608  # our own names
    return found


@pytest.mark.parametrize("before", STATUSES)
async def test_a_referral_moves_only_as_it_may_and_only_by_whom_it_may(
    log: Databases, superuser: Any, before: str
) -> None:
    """Every status, every next status, every mover: 7 x 7 x 4, all but ten of them refused."""
    case, referral = await arrive(log, before)
    for after in STATUSES:
        for mover in (JK, JI, JB, "HOST"):
            if (before, after, mover) in LEGAL or before == after:
                continue
            unchanged = await rows(superuser)
            times = TIMES.get(after, ("decided_at",))
            gone = (acts.preview_gone(referral), acts.case_shut(referral))
            with pytest.raises((DBAPIError, NothingChanged)):
                await acts.move(
                    log, mover, referral, "moved", {"status": after, **MORE.get(after, {})}, *gone, times=times
                )
            assert await rows(superuser) == unchanged, (before, after, mover)
    assert await superuser.fetchval("select status from referral") == before
    assert case is not None


@pytest.mark.parametrize(("before", "after", "mover"), sorted(LEGAL))
async def test_each_of_the_ten_legal_moves_is_made(
    log: Databases, superuser: Any, before: str, after: str, mover: str
) -> None:
    case, referral = await arrive(log, before)
    changes = [] if after == "ACKNOWLEDGED" else [acts.preview_gone(referral)]
    if after == "ACCEPTED":
        changes.append(acts.case_opened(referral, case, JI, JK))
    elif changes:
        changes.append(acts.case_shut(referral))
    told = {"status": after, **MORE.get(after, {})}
    await acts.move(log, mover, referral, "moved", told, *changes, times=TIMES.get(after, ("decided_at",)))
    assert await superuser.fetchval("select status from referral") == after


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 5}, "next version"),
        ({"version": 1}, "next version"),
        ({"last_statement": None}, "moves by a statement of its own"),
        ({"acknowledged_at": None}, "keeps its time"),
    ],
)
async def test_a_referrals_past_stays(log: Databases, superuser: Any, change: dict[str, Any], why: str) -> None:
    _, referral = await arrive(log, "ACKNOWLEDGED")
    before = await superuser.fetchrow("select * from referral")
    told = {"version": 3, "last_statement": "0" * 64, "status": "ACCEPTED", "decided_at": acts.now(), **change}
    if told["last_statement"] is None:
        told["last_statement"] = before["last_statement"]
    with pytest.raises(DBAPIError, match=why):
        async with transaction(log.app, acts.asker(JI)) as tx:
            await tx.connection.execute(update(tables.referral).where(tables.referral.c.id == referral).values(**told))
    assert await superuser.fetchrow("select * from referral") == before


@pytest.mark.parametrize("column", ["from_party", "to_party", "case_id", "sent_at", "term_decide", "id"])
async def test_no_party_may_write_what_a_referral_is(log: Databases, superuser: Any, column: str) -> None:
    await arrive(log, "SENT")
    before = await superuser.fetchrow("select * from referral")
    for party in (JK, JI):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with transaction(log.app, acts.asker(party)) as tx:
                await tx.connection.execute(text(f"update referral set {column} = {column}"))  # noqa: S608  # our own names
    with pytest.raises(Exception, match="never changes"):
        await superuser.execute("update referral set to_party = 'ID-BA', version = version + 1")
    assert await superuser.fetchrow("select * from referral") == before


async def test_a_referral_needs_an_assessed_case_of_the_senders_own(log: Databases, superuser: Any) -> None:
    opened = await acts.open_case(log, assessed=False)
    others = await acts.open_case(log, JB)
    unchanged = await rows(superuser)
    for case in (opened, others):
        with pytest.raises(DBAPIError, match="for an assessed case"):
            await acts.send(log, case)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with transaction(log.app, acts.asker(JI)) as tx:
            await tx.connection.execute(
                insert(tables.case_access).values(case_id=others.id, party=JB, granted_by=JB, referral_id=None)
            )
    assert await rows(superuser) == unchanged


async def test_a_case_is_not_closed_under_an_open_referral(log: Databases, superuser: Any) -> None:
    case, _ = await arrive(log, "ACCEPTED")
    unchanged = await rows(superuser)
    told = {
        "status": "CLOSED",
        "outcome": "RETURNED_TO_FAMILY",
        "closed_at": acts.now() + timedelta(hours=1),
        "version": 3,
    }
    with pytest.raises(DBAPIError, match="open referral"):
        async with transaction(log.app, acts.asker(JK)) as tx:
            await tx.connection.execute(update(tables.case_file).where(tables.case_file.c.id == case.id).values(**told))
    assert await rows(superuser) == unchanged


async def test_a_closed_case_stays_as_it_was_closed(log: Databases, superuser: Any) -> None:
    case = await acts.open_case(log)
    told = {
        "status": "CLOSED",
        "outcome": "RETURNED_TO_FAMILY",
        "closed_at": acts.now() + timedelta(hours=1),
        "version": 3,
    }
    mine = update(tables.case_file).where(tables.case_file.c.id == case.id)
    async with transaction(log.app, acts.asker(JK)) as tx:
        await tx.connection.execute(mine.values(**told))
    for after in (
        {"outcome": "DIED"},
        {"status": "ASSESSED", "outcome": None, "closed_at": None},
        {"status": "OPENED"},
    ):
        with pytest.raises(DBAPIError, match="does not go from CLOSED"):
            async with transaction(log.app, acts.asker(JK)) as tx:
                await tx.connection.execute(mine.values(version=4, **after))
    assert await superuser.fetchval("select outcome from case_file") == "RETURNED_TO_FAMILY"
    with pytest.raises(DBAPIError, match="for an assessed case"):
        await acts.send(log, case)


async def test_the_receiver_opens_a_case_only_by_accepting(log: Databases, superuser: Any) -> None:
    case, referral = await arrive(log, "SENT")
    unchanged = await rows(superuser)
    opened = {"case_id": case.id, "party": JI, "granted_by": JK, "referral_id": referral}
    with pytest.raises(DBAPIError, match="opened by accepting"):
        async with transaction(log.app, acts.asker(JI)) as tx:
            await tx.connection.execute(insert(tables.case_access).values(**opened))
    for party, change in ((JB, {"party": JB}), (JB, {}), (JI, {"case_id": uuid4()}), (JI, {"granted_by": JB})):
        with pytest.raises(DBAPIError):
            async with transaction(log.app, acts.asker(party)) as tx:
                await tx.connection.execute(insert(tables.case_access).values(**{**opened, **change}))
    assert await rows(superuser) == unchanged


async def test_a_decision_leaves_neither_a_preview_nor_an_open_case_behind(log: Databases, superuser: Any) -> None:
    _, referral = await arrive(log, "SENT")
    unchanged = await rows(superuser)
    with pytest.raises(DBAPIError, match="preview outlives"):
        await acts.move(log, JI, referral, "declined", {"status": "DECLINED", "reason": "OTHER"}, times=("decided_at",))
    assert await rows(superuser) == unchanged


async def test_an_accepted_case_closes_again_when_the_referral_is_withdrawn(log: Databases, superuser: Any) -> None:
    _, referral = await arrive(log, "ACCEPTED")
    unchanged = await rows(superuser)
    with pytest.raises(DBAPIError, match="stays open"):
        await acts.move(log, JK, referral, "withdrawn", {"status": "WITHDRAWN"}, times=("decided_at",))
    assert await rows(superuser) == unchanged


async def test_a_referral_is_withdrawn_only_while_nobody_is_on_the_way(log: Databases, superuser: Any) -> None:
    case, referral = await arrive(log, "ACCEPTED")
    handover = await acts.release(log, referral, case)
    unchanged = await rows(superuser)
    with pytest.raises(DBAPIError, match="was released"):
        await acts.withdraw(log, referral)
    assert await rows(superuser) == unchanged
    await acts.settle(log, handover, referral, case, "REFUSED")
    await acts.withdraw(log, referral)
    assert await superuser.fetchval("select status from referral") == "WITHDRAWN"


async def test_completion_needs_a_receipt(log: Databases, superuser: Any) -> None:
    _, referral = await arrive(log, "ACCEPTED")
    unchanged = await rows(superuser)
    with pytest.raises(DBAPIError, match="completed by a receipt"):
        await acts.move(log, JI, referral, "completed", {"status": "COMPLETED"}, times=("completed_at",))
    assert await rows(superuser) == unchanged


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "ACCEPTED"])
async def test_nobody_is_released_unless_the_referral_is_accepted(log: Databases, superuser: Any, status: str) -> None:
    case, referral = await arrive(log, status)
    unchanged = await rows(superuser)
    with pytest.raises(DBAPIError):
        await acts.release(log, referral, case)
    assert await rows(superuser) == unchanged


async def test_one_release_at_a_time_settled_once_by_the_one_it_is_for(log: Databases, superuser: Any) -> None:
    case, referral = await arrive(log, "ACCEPTED")
    handover = await acts.release(log, referral, case)
    unchanged = await rows(superuser)
    with pytest.raises(DBAPIError, match="handover_one_open"):
        await acts.release(log, referral, case)
    for party in (JK, JB):
        with pytest.raises((DBAPIError, NothingChanged)):
            await acts.settle(log, handover, referral, case, party=party)
    with pytest.raises(DBAPIError, match="by the one who releases"):
        await acts.release(log, referral, case, sender=JI, receiver=JK)
    assert await rows(superuser) == unchanged
    await acts.settle(log, handover, referral, case, "REFUSED")
    settled = await rows(superuser)
    with pytest.raises(DBAPIError):
        await acts.settle(log, handover, referral, case)
    assert await rows(superuser) == settled
    again = await acts.release(log, referral, case)  # after a refusal the sender may release anew
    await acts.settle(log, again, referral, case)
    assert await superuser.fetchval("select status from referral") == "COMPLETED"


@pytest.mark.parametrize(
    "row",
    [
        {"sex": "X"},
        {"nik": "3171010101010001"},  # in plain
        {"full_name": "Siti Contoh"},
        {"birth_date": date(2000, 1, 1)},
        {"sealed": None},
        {"sealed": b"short"},
        {"erased_at": acts.now()},
        {"version": 2},
        {"party": "ID-XX"},
        {"party": JI},
        {"aliases": []},
    ],
)
async def test_a_row_out_of_form_is_refused(log: Databases, superuser: Any, row: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError):
        async with transaction(log.app, acts.asker(JK)) as tx:
            await tx.connection.execute(insert(tables.person).values(**{**acts.person_row(uuid4(), JK, tx.at), **row}))
    assert await superuser.fetchval("select count(*) from person") == 0


@pytest.mark.parametrize(
    "row",
    [
        {"status": "CLOSED"},
        {"status": "ASSESSED", "risk": "LOW", "assessed_at": acts.now() + timedelta(days=1)},
        {"vulnerabilities": ["NONE"]},
        {"category": "no such form"},
        {"assessed_at": acts.now()},
        {"party": JI},
        {"risk": "LOW"},
    ],
)
async def test_a_case_out_of_form_is_refused(log: Databases, superuser: Any, row: dict[str, Any]) -> None:
    case = acts.Case(id=uuid4(), person=uuid4())

    async def act() -> None:
        async with transaction(log.app, acts.asker(JK)) as tx:
            await tx.connection.execute(insert(tables.person).values(**acts.person_row(case.person, JK, tx.at)))
            await tx.connection.execute(insert(tables.case_file).values(**{**acts.case_row(case, JK, tx.at), **row}))

    with pytest.raises(DBAPIError):
        await act()
    assert await superuser.fetchval("select count(*) from case_file") == 0


async def test_what_was_told_once_is_never_rewritten(log: Databases, superuser: Any) -> None:
    case, referral = await arrive(log, "ACCEPTED")
    await acts.certify(log, referral, case)
    await acts.release(log, referral, case)
    for question in (
        "update opening set sealed = sealed || sealed",
        "update condition_report set sealed = sealed || sealed",
        "update referral set person_id = gen_random_uuid(), version = version + 1",
        "delete from condition_report",
        "update fitness_certificate set fitness = 'UNFIT'",
        "delete from fitness_certificate",
        "update agreement set title = 'x'",
        "update case_access set granted_by = 'ID-JB'",
        "update person set party = 'ID-JB', version = version + 1",
        "update case_file set party = 'ID-JB', version = version + 1",
    ):
        with pytest.raises(Exception, match=r"refused to everybody|never changes"):
            await superuser.execute(question)
