"""The whole way of one person from Jakarta to East Java, and what each side sees of it on the way."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.reasons import DeclineReason, RefusalReason
from database.tables import case_file, person, referral_preview
from database.transaction import Asker, transaction
from operations import handovers, referrals
from operations.preparations import (
    HandoverRefusedInput,
    ReferralAcceptedInput,
    ReferralDeclinedInput,
    ReferralSentInput,
    ReferralWithdrawnInput,
)
from operations.refusals import Rejected
from operations.results import Done
from tests.operations import worlds
from tests.operations.worlds import EAST_JAVA, HURT, JAKARTA, WEST_JAVA, World, now


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


async def test_an_auditor_finds_nothing_wrong_with_what_was_entered(world: World, tmp_path: Path) -> None:
    await world.received()
    jakarta, east_java = world.hands[JAKARTA].by, world.hands[EAST_JAVA].by
    declined = await world.sent()
    no = ReferralDeclinedInput(referral=declined, reason=DeclineReason.DUPLICATE)
    answers = [await referrals.decline(world.desk, east_java, await world.ready(EAST_JAVA, no, 1))]
    withdrawn = ReferralWithdrawnInput(referral=await world.acknowledged())
    answers.append(await referrals.withdraw(world.desk, jakarta, await world.ready(JAKARTA, withdrawn, 2)))
    _, handover = await world.released()
    answers.append(await handovers.refuse(world.desk, east_java, await world.ready(EAST_JAVA, refusing(handover), 1)))
    await world.revoke(WEST_JAVA)
    assert all(isinstance(answer, Done) for answer in answers)

    report = await world.audited(tmp_path)

    assert report.findings == ()
    assert sum(report.kinds.values()) == report.size
    assert {"referral.declined", "referral.withdrawn", "handover.refused", "key.revoked"} <= set(report.kinds)


async def test_many_at_once_leave_one_sound_log(world: World, tmp_path: Path) -> None:
    """Six referrals sent at once, then each accepted and withdrawn at the same moment: one of the two comes first."""
    cases = [await world.assessed_case() for _ in range(6)]
    given = [await world.ready(JAKARTA, ReferralSentInput(case=case, to=EAST_JAVA), 2) for case in cases]
    sent = await asyncio.gather(*(referrals.send(world.desk, world.hands[JAKARTA].by, each) for each in given))
    ids = [UUID(str(done.referral_id)) for done in sent if isinstance(done, Done)]
    assert len(ids) == 6
    accepting = [await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=each), 1) for each in ids]
    withdrawing = [await world.ready(JAKARTA, ReferralWithdrawnInput(referral=each), 1) for each in ids]
    answers = await asyncio.gather(
        *(referrals.accept(world.desk, world.hands[EAST_JAVA].by, each) for each in accepting),
        *(referrals.withdraw(world.desk, world.hands[JAKARTA].by, each) for each in withdrawing),
    )
    for accepted, withdrawn in zip(answers[:6], answers[6:], strict=True):
        assert {type(accepted), type(withdrawn)} == {Done, Rejected}
    assert (await world.audited(tmp_path)).findings == ()


async def test_an_act_that_had_to_wait_is_judged_by_the_time_at_which_it_is_entered(
    world: World, superuser: Any
) -> None:
    """Its key was valid when it came, and is not any more when the head of the log is free."""
    referral = await world.sent()
    until = now() + timedelta(seconds=3)
    world = await world.with_another_key(EAST_JAVA, until)
    given = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=referral), 1)
    size = await superuser.fetchval("select size from ledger_head")
    async with superuser.transaction():
        await superuser.execute("select from ledger_head for update")
        acting = asyncio.ensure_future(referrals.accept(world.desk, world.hands[EAST_JAVA].by, given))
        await worlds.waiting(superuser, 1)
        await superuser.execute("select pg_sleep(greatest(0, extract(epoch from $1 - clock_timestamp())))", until)
    answer = await acting
    assert isinstance(answer, Rejected)
    assert [getattr(each, "rule", None) for each in answer.errors] == ["V2"]
    assert await superuser.fetchval("select size from ledger_head") == size
    assert await superuser.fetchval("select status from referral") == "SENT"


def refusing(handover: UUID) -> HandoverRefusedInput:
    return HandoverRefusedInput(
        handover=handover,
        agrees=False,
        condition=HURT,
        reason=RefusalReason.WRONG_PERSON,
        happened_at=now(),
        officer="Wati",
        paper=None,
        place="Terminal Purabaya",
    )
