"""The whole way of one person from Jakarta to East Java, and what each side sees of it on the way."""

from typing import Any

from sqlalchemy import select

from database.tables import case_file, person, referral_preview
from database.transaction import Asker, transaction
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA, World


async def seen_by(world: World, party: str) -> tuple[int, int, int]:
    """How many cases, persons and previews a party sees."""
    async with transaction(world.desk.databases.app, Asker(party=party, subject="s", purpose="p")) as tx:
        counts = [len((await tx.connection.execute(select(t))).all()) for t in (case_file, person, referral_preview)]
    return counts[0], counts[1], counts[2]


async def test_a_person_is_handed_over_and_every_act_has_its_entry(world: World, superuser: Any) -> None:
    referral, handover = await world.received()
    row = await superuser.fetchrow("select * from referral where id = $1", referral)
    assert (row["status"], row["version"]) == ("COMPLETED", 5)
    kept = await superuser.fetchrow("select * from handover where id = $1", handover)
    assert (kept["status"], kept["agrees"], kept["version"]) == ("RECEIVED", False, 2)
    entries = await superuser.fetch("select kind, party, other_party from ledger_entry order by index offset 4")
    assert [tuple(each) for each in entries] == [
        ("referral.sent", JAKARTA, EAST_JAVA),
        ("referral.accepted", EAST_JAVA, JAKARTA),
        ("fitness.certified", JAKARTA, EAST_JAVA),
        ("handover.released", JAKARTA, EAST_JAVA),
        ("handover.received", EAST_JAVA, JAKARTA),
    ]


async def test_rows_tell_the_time_of_their_entries(world: World, superuser: Any) -> None:
    referral, _ = await world.received()
    row = await superuser.fetchrow("select * from referral where id = $1", referral)
    at = {each["kind"]: each["at"] for each in await superuser.fetch("select kind, at from ledger_entry")}
    assert row["sent_at"] == at["referral.sent"]
    assert row["decided_at"] == row["acknowledged_at"] == at["referral.accepted"]
    assert row["completed_at"] == at["handover.received"]


async def test_the_receiver_sees_a_preview_and_no_identity_before_it_accepts(world: World) -> None:
    await world.sent()
    assert await seen_by(world, EAST_JAVA) == (0, 0, 1)
    assert await seen_by(world, WEST_JAVA) == (0, 0, 0)


async def test_an_accepted_case_opens_to_the_receiver_and_to_nobody_else(world: World) -> None:
    await world.accepted()
    assert await seen_by(world, EAST_JAVA) == (1, 1, 0)
    assert await seen_by(world, WEST_JAVA) == (0, 0, 0)
