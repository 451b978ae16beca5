"""The database's superuser at work on what is owed: whatever does not stand as the log tells it is named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from database import addresses
from database.shelves import Folder
from operations import comparing
from operations.preparations import DiscrepancyAnsweredInput
from tests.operations import remarking, stages
from tests.operations.worlds import EAST_JAVA, JAKARTA, World


@pytest.fixture
def shelf(tmp_path: Path) -> Folder:
    return Folder(root=tmp_path / "ledger")


async def intrude(superuser: Any, statement: str) -> None:
    """As the superuser, with the triggers and foreign keys out of the way."""
    async with superuser.transaction():
        await superuser.execute("set local session_replication_role = replica")
        await superuser.execute(statement)


async def lived(world: World, superuser: Any) -> None:
    """A pause offered and agreed, with a second between them, a handover in worse condition and its answer."""
    await world.sent()
    await remarking.next_second(superuser)
    await remarking.said(world, superuser, "offer pause", EAST_JAVA)
    await remarking.next_second(superuser)
    await remarking.said(world, superuser, "agree pause", JAKARTA)


async def answered(world: World, superuser: Any) -> None:
    _, handover = await world.received()
    given = DiscrepancyAnsweredInput(handover=handover, answer="Ia jatuh di terminal.", officer="Budi")
    await remarking.stated(world, "answer", JAKARTA, given, 2)


async def test_what_stands_as_the_log_tells_it_shows_no_difference(world: World, shelf: Folder, superuser: Any) -> None:
    await lived(world, superuser)
    await answered(world, superuser)
    assert await comparing.compare(world.desk, shelf) == ()


MOVED = "update obligation set due_at = due_at + interval '1 day' where kind = 'referral.decide'"
CHANGES = {
    "a due date": (MOVED, "due_at"),
    "an ending": (
        """update obligation set ending = null, ended_at = null, ended_by = null, ended_kind = null
        where kind = 'handover.receipt'""",
        "ending",
    ),
    "a stop": ("update obligation set stops = tstzmultirange(tstzrange(opened_at, null)) where paused_since is null",
               "stops"),
    "a debtor": ("update obligation set debtor = creditor, creditor = debtor where kind = 'referral.decide'", "debtor"),
    "a clause": ("update obligation set clause = 'repatriation' where kind = 'referral.decide'", "clause"),
    "a month": ("update obligation set opened_month = opened_month + interval '1 month'", "opened_month"),
    "a due date as it was": ("update obligation_past set due_at = due_at + interval '1 day'", "due_at"),
    "how long it was so": ("update obligation_past set valid_until = valid_until + interval '1 h'", "nothing follows"),
    "a version that was": ("delete from obligation_past", "missing"),
    "a row that is": ("delete from obligation where kind = 'referral.decide'", "the database of"),
    "a version that never was": (
        "insert into obligation_past select (p).*, clock_timestamp() from (select o from obligation o limit 1) s (p)",
        "versions of them",
    ),
    "a count": ("update obligation_tally set met = met + 1, met_late = 1", "counted otherwise"),
    "a count that is missing": ("delete from obligation_tally", "counted otherwise"),
    "a status": ("update referral set status = 'ACKNOWLEDGED', acknowledged_at = sent_at where status = 'SENT'",
                 "does not stand"),
    "an answer": ("update handover set answer_statement = null, answered_at = null", "does not stand"),
    "an agreement": ("update handover set agrees = true, answer_statement = null, answered_at = null",
                     "does not stand"),
    "a referral": ("delete from referral where status = 'SENT'", "the database of"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
async def test_what_a_superuser_changes_is_named(world: World, shelf: Folder, superuser: Any, what: str) -> None:
    await lived(world, superuser)
    await answered(world, superuser)
    statement, named = CHANGES[what]
    await intrude(superuser, statement)
    found = await comparing.compare(world.desk, shelf)
    assert found
    assert any(named in str(each) for each in found), found


async def test_a_paper_put_in_by_hand_is_named(world: World, shelf: Folder, superuser: Any) -> None:
    await answered(world, superuser)
    await intrude(
        superuser,
        """insert into handover_paper select answer_statement, id, from_party, repeat('a', 64), 'RECEIPT', answered_at
        from handover""",
    )
    (found,) = await comparing.compare(world.desk, shelf)
    assert "does not stand" in str(found)


async def test_a_change_of_what_is_owed_is_named_by_the_entry_that_made_it(
    world: World, shelf: Folder, superuser: Any
) -> None:
    await world.accepted()
    await intrude(superuser, MOVED)
    sent, accepted = await superuser.fetchval(
        "select array_agg(index order by index) from ledger_entry where kind in ('referral.sent', 'referral.accepted')"
    )
    assert [each.index for each in await comparing.compare(world.desk, shelf)] == [accepted]
    assert sent < accepted


async def test_a_breach_that_the_host_has_passed_over_is_named_until_it_is_noted(
    address: addresses.Address, superuser: Any, shelf: Folder
) -> None:
    async with stages.opened(address, superuser, datetime(2026, 1, 5, 3, 0, tzinfo=UTC)) as stage:
        await stage.send()
        await stage.later(days=1, hours=23)  # breached for less than a day
        await stage.send()
        assert await comparing.compare(stage.world.desk, shelf) == ()
        await stage.later(hours=2)
        await stage.send()
        (passed_over,) = await comparing.compare(stage.world.desk, shelf)
        assert "V17 NOTICE_MISSING: referral.acknowledge" in passed_over.message
        assert await stage.note() == 1
        assert await comparing.compare(stage.world.desk, shelf) == ()
