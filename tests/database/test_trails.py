"""The trail of reading: written with what is read, kept as it was written, seen by whose reading it was."""

from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from sqlalchemy.exc import DBAPIError

from database import trails
from database.engines import Databases
from database.trails import Reader
from database.transaction import transaction
from tests.database import acts
from tests.database.acts import JI, JK

BY = Reader(party=JK, client="client-1", subject="client-1", purpose="case-management")
ASKED = trails.digest("{ case }")


async def left(databases: Databases, by: Reader = BY, party: str = JK, **told: Any) -> int:
    async with transaction(databases.app, acts.asker(party)) as tx:
        row = {"act": "READ", "document": ASKED, "fields": ["Identity.nik"], "persons": [uuid4()], **told}
        return await trails.record(tx, by, **row)


async def test_a_row_tells_who_read_what_of_whom_and_when(log: Databases, superuser: Any) -> None:
    person = uuid4()
    number = await left(log, persons=[person, person], fields=["Identity.nik", "Identity.fullName"])
    [row] = await superuser.fetch("select *, clock_now() - at < interval '10 s' as now from trail")
    assert (row["id"], row["persons"], row["fields"]) == (number, [person], ["Identity.nik", "Identity.fullName"])
    assert (row["party"], row["client"], row["purpose"], row["act"], row["document"]) == (
        (JK, "client-1", "case-management", "READ", ASKED)
    )
    assert row["now"]
    assert len(row["salt"]) == 32


async def test_two_rows_have_two_salts(log: Databases, superuser: Any) -> None:
    await left(log)
    await left(log)
    assert await superuser.fetchval("select count(distinct salt) from trail") == 2


@pytest.mark.parametrize(
    "told",
    [
        {"act": "LOOKED"},
        {"document": "x"},
        {"fields": []},
        {"persons": []},
        {"act": "REFUSED"},
        {"by": Reader(party="ID-JKT", client="c", subject="s", purpose="p")},
        {"by": Reader(party=JI, client="c", subject="s", purpose="p")},
    ],
)
async def test_a_row_out_of_form_or_in_another_partys_name_is_refused(
    log: Databases, superuser: Any, told: dict[str, Any]
) -> None:
    with pytest.raises(DBAPIError):
        await left(log, **told)
    assert await superuser.fetchval("select count(*) from trail") == 0


@pytest.mark.parametrize(
    "question",
    [
        "update trail set purpose = 'audit'",
        "update trail set persons = '{}', act = 'REFUSED'",
        "update trail set at = at - interval '1 day'",
        "update trail set digest = null",
        "delete from trail",
        "truncate trail",
    ],
)
async def test_a_row_is_not_rewritten_by_anybody(log: Databases, superuser: Any, question: str) -> None:
    await left(log)
    before = await superuser.fetch("select * from trail")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=r"stays as it is|refused to everybody"):
        await superuser.execute(question)
    assert await superuser.fetch("select * from trail") == before


async def test_a_row_is_counted_by_the_host_once(log: Databases, superuser: Any) -> None:
    await left(log)
    await acts.note(log)
    first, second = [row[0] for row in await superuser.fetch("select statement from ledger_entry order by index")]
    await superuser.execute("update trail set digest = $1", first)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="stays as it is"):
        await superuser.execute("update trail set digest = $1", second)


async def test_whose_reading_it_was_sees_it_and_no_other_province(log: Databases) -> None:
    await left(log)
    for party, seen in ((JK, 1), (JI, 0), ("HOST", 1)):
        async with transaction(log.app, acts.asker(party)) as tx:
            found = await tx.connection.exec_driver_sql("select id from trail")
            assert len(found.all()) == seen
    async with log.reading.acquire() as connection:
        assert await connection.fetch("select id from trail") == []
