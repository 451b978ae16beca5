"""Who sees which rows, through row security alone: every question here is `select count(*)` without a filter."""

from uuid import UUID

import pytest
from sqlalchemy import Table, func, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from database import tables
from database.engines import Databases
from database.transaction import transaction
from tests.database import acts
from tests.database.acts import JB, JI, JK

OF_A_PARTY = (
    "person",
    "case_file",
    "case_access",
    "referral",
    "referral_preview",
    "fitness_certificate",
    "condition_report",
    "handover",
    "opening",
    "idempotency",
    "ledger_entry",
)


async def seen(databases: Databases, party: str) -> dict[str, int]:
    """How many rows of each table a party sees."""
    async with transaction(databases.app, acts.asker(party)) as tx:
        return {name: await _count(tx.connection, tables.metadata.tables[name]) for name in OF_A_PARTY}


async def _count(connection: AsyncConnection, table: Table) -> int:
    return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def handed_over(databases: Databases) -> tuple[acts.Case, UUID]:
    case = await acts.open_case(databases)
    referral = await acts.send(databases, case)
    await acts.acknowledge(databases, referral)
    await acts.accept(databases, referral, case)
    await acts.certify(databases, referral, case)
    handover = await acts.release(databases, referral, case)
    await acts.settle(databases, handover, referral, case)
    return case, referral


async def test_a_stranger_sees_nothing_of_a_whole_handover(log: Databases) -> None:
    nothing = await seen(log, JB)
    assert nothing.pop("ledger_entry") == 1  # the agreement itself
    await handed_over(log)
    after = await seen(log, JB)
    assert after.pop("ledger_entry") == 1
    assert after == nothing == dict.fromkeys(nothing, 0)


async def test_without_a_party_there_are_no_rows(log: Databases) -> None:
    await handed_over(log)
    for engine in (log.app, log.worker):
        async with engine.connect() as connection:
            for name in OF_A_PARTY:
                try:
                    found = await connection.scalar(text(f"select count(*) from {name}"))  # noqa: S608  # our own names
                except ProgrammingError as refused:
                    assert "permission denied" in str(refused)  # noqa: PT017  # either answer is right
                    await connection.rollback()
                else:
                    assert found == 0, name


async def test_an_empty_party_is_no_party(log: Databases) -> None:
    await handed_over(log)
    assert set((await seen(log, "")).values()) == {0}


async def test_the_sender_sees_what_it_sent_and_what_came_of_it(log: Databases) -> None:
    await handed_over(log)
    assert await seen(log, JK) == {
        "person": 1,
        "case_file": 1,
        "case_access": 2,
        "referral": 1,
        "referral_preview": 0,
        "fitness_certificate": 1,
        "condition_report": 2,
        "handover": 1,
        "opening": 1,
        "idempotency": 0,
        "ledger_entry": 7,
    }


async def test_the_receiver_sees_a_preview_then_the_case(log: Databases) -> None:
    case = await acts.open_case(log)
    referral = await acts.send(log, case)
    before = await seen(log, JI)
    assert (before["referral"], before["referral_preview"]) == (1, 1)
    assert (before["case_file"], before["person"], before["opening"], before["case_access"]) == (0, 0, 0, 0)
    await acts.accept(log, referral, case)
    after = await seen(log, JI)
    assert (after["referral"], after["referral_preview"]) == (1, 0)
    assert (after["case_file"], after["person"], after["opening"], after["case_access"]) == (1, 1, 1, 1)


@pytest.mark.parametrize("end", ["decline", "withdraw", "expire", "accept and withdraw"])
async def test_after_a_refusal_of_any_kind_the_receiver_sees_the_skeleton_only(log: Databases, end: str) -> None:
    case = await acts.open_case(log)
    referral = await acts.send(log, case)
    if end == "decline":
        await acts.decline(log, referral)
    elif end == "expire":
        await acts.expire(log, referral)
    else:
        if end != "withdraw":
            await acts.accept(log, referral, case)
        await acts.withdraw(log, referral)
    after = await seen(log, JI)
    assert after.pop("ledger_entry") > 1
    assert {name for name, count in after.items() if count} == {"referral"}
    sender = await seen(log, JK)
    assert (sender["referral"], sender["case_file"], sender["referral_preview"]) == (1, 1, 0)


async def test_both_ends_see_that_a_referral_expired_and_a_stranger_does_not(log: Databases) -> None:
    case = await acts.open_case(log)
    referral = await acts.send(log, case)
    said = await acts.expire(log, referral)
    question = select(func.count()).select_from(tables.ledger_entry).where(tables.ledger_entry.c.statement == said)
    found = {}
    for party in (JK, JI, JB, "AUDITOR:bpk", "WITNESS:w1", "HOST"):
        async with transaction(log.app, acts.asker(party)) as tx:
            found[party] = await tx.connection.scalar(question)
    assert found == {JK: 1, JI: 1, JB: 0, "AUDITOR:bpk": 1, "WITNESS:w1": 1, "HOST": 1}


async def test_an_auditor_sees_the_whole_log_and_nobodys_case(log: Databases) -> None:
    await handed_over(log)
    found = await seen(log, "AUDITOR:bpk")
    assert found.pop("ledger_entry") == 7
    assert set(found.values()) == {0}


async def test_the_worker_never_sees_a_person(log: Databases) -> None:
    await handed_over(log)
    for name in ("person", "case_file", "opening", "condition_report", "fitness_certificate"):
        async with transaction(log.worker, acts.asker("HOST")) as tx:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await tx.connection.execute(text(f"select 1 from {name}"))  # noqa: S608  # our own names
            await tx.connection.rollback()


async def test_the_view_tells_an_entry_only_to_whom_the_table_would(log: Databases) -> None:
    await handed_over(log)
    for party in (JK, JI, JB, "AUDITOR:bpk"):
        async with transaction(log.app, acts.asker(party)) as tx:
            of_view = await _count(tx.connection, tables.ledger_entry_told)
            assert of_view == await _count(tx.connection, tables.ledger_entry)
