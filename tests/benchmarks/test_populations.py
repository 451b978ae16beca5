"""What is measured on is a service's database as it could have been lived in."""

import re
from typing import Any

import pytest

from benchmarks import loads
from benchmarks.houses import House
from database import engines
from database.shelves import Folder
from operations import comparing, host_keys, opening
from tests.benchmarks.conftest import CASES


async def test_the_rows_of_a_population_say_what_its_log_says(house: House, owner: Any) -> None:
    """Each referral, handover and obligation, with every version that was: as `estafet check --ledger` looks at it."""
    databases = await engines.open_databases(house.address)
    own = host_keys.read(house.folder / "keys")
    desk = await opening.open_desk(databases, own.host, own.wrapping)
    assert await comparing.compare(desk, Folder(root=house.folder / "ledger")) == ()
    await databases.close()
    assert await owner.fetchval("select count(*) from case_file") == CASES
    assert await owner.fetchval("select count(*) from obligation_past") > 0
    assert {row[0] for row in await owner.fetch("select distinct status from case_file")} >= {"OPENED", "CLOSED"}


@pytest.mark.parametrize(
    ("spoiling", "rule"),
    [
        ("update case_file set status = 'CLOSED', outcome = 'DIED', closed_at = 'infinity' where status <> 'CLOSED'",
         "a case with an open referral is not closed"),
        ("delete from handover_paper; delete from handover where status = 'RECEIVED'", "completed by a receipt"),
        ("delete from person where id in (select person_id from case_file limit 1)", "case_file, case_file_person_id"),
        ("delete from case_access where referral_id is null", "access to its own cases"),
        ("update referral set last_statement = repeat('0', 64)", "referral, referral_last_statement_fkey"),
    ],
)  # fmt: skip
async def test_what_breaks_a_rule_is_not_measured_on(owner: Any, spoiling: str, rule: str) -> None:
    """The loader goes behind triggers and foreign keys: it must find for itself what they would have refused."""
    change = owner.transaction()
    await change.start()
    try:
        await owner.execute(f"set local session_replication_role = replica; {spoiling}")
        with pytest.raises(SystemExit, match=re.escape(rule)):
            await loads.judge(owner)
    finally:
        await change.rollback()
    await loads.judge(owner)
