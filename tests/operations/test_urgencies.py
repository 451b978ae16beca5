"""How soon a referral is to be answered at its sealed risk: in rows for its two ends, and nowhere else."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import cast, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.exc import DBAPIError

from casework import obligations, urgencies
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Obligation
from casework.risks import Risk
from database.engines import Databases
from database.tables import obligation_told, obligation_urgency, obligation_urgency_told
from database.transaction import Asker, transaction
from operations import referrals
from operations.preparations import ReferralAcceptedInput
from operations.results import Done
from tests.operations.remarking import DECIDE, next_second, owed, said
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA, World, agreement

ACKNOWLEDGE = "referral.acknowledge"


async def seen(databases: Databases, party: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """By when to act on what, as this party sees it; and what it sees of the sealed due."""
    async with transaction(databases.app, Asker(party=party, subject="s", purpose="p")) as tx:
        rows = (await tx.connection.execute(select(obligation_told))).all()
        urgent = (await tx.connection.execute(select(obligation_urgency_told))).all()
    kinds = {row.id: row.kind for row in rows}
    return {row.kind: row for row in rows}, {kinds[row.obligation_id]: row for row in urgent}


async def test_both_ends_see_how_soon_an_emergency_is_to_be_answered_and_nobody_else(
    world: World, superuser: Any, tmp_path: Path
) -> None:
    await world.sent(await world.assessed_case(risk=Risk.EMERGENCY))
    sent_at = await superuser.fetchval("select sent_at from referral")
    for party in (JAKARTA, EAST_JAVA):
        rows, urgent = await seen(world.desk.databases, party)
        assert {kind: (row.term, row.due_at - sent_at, row.state) for kind, row in urgent.items()} == {
            ACKNOWLEDGE: ("PT6H", timedelta(hours=6), "OPEN"),
            DECIDE: ("PT24H", timedelta(hours=24), "OPEN"),
        }
        assert {kind: row.act_before for kind, row in rows.items()} == {k: row.due_at for k, row in urgent.items()}
        assert {row.term for row in rows.values()} == {"PT24H", "P3WD"}
    assert await seen(world.desk.databases, WEST_JAVA) == ({}, {})
    rows, urgent = await seen(world.desk.databases, "AUDITOR:bpk")
    assert ({kind: row.act_before for kind, row in rows.items()}, urgent) == (
        {kind: row.due_at for kind, row in rows.items()},
        {},
    )
    assert (await world.audited(tmp_path)).findings == ()


@pytest.mark.parametrize("risk", Risk)
async def test_what_is_kept_is_what_the_rules_say_of_the_risk(world: World, superuser: Any, risk: Risk) -> None:
    await world.sent(await world.assessed_case(risk=risk))
    for kind in (ACKNOWLEDGE, DECIDE):
        row = await owed(superuser, kind)
        term = urgencies.term_of(Kind(kind), risk, agreement())
        kept = await superuser.fetchrow("select * from obligation_urgency where obligation_id = $1", row["id"])
        assert term is not None
        assert (kept["term"], kept["clause"], kept["basis"]) == (term, *agreement().counted_under(kind, term))
        party = agreement().member(EAST_JAVA)
        assert kept["first_due"] == agreement().due(party, term, row["opened_at"])


async def test_a_pause_moves_the_sealed_due_and_an_answer_settles_both(world: World, superuser: Any) -> None:
    referral = await world.sent(await world.assessed_case(risk=Risk.HIGH))
    due = (await owed(superuser, DECIDE))["act_before"]
    await said(world, superuser, "offer pause", EAST_JAVA)
    await said(world, superuser, "agree pause", JAKARTA)
    await next_second(superuser)
    await said(world, superuser, "resume", JAKARTA)
    (stop,) = (await owed(superuser, DECIDE))["stops"]
    _, urgent = await seen(world.desk.databases, EAST_JAVA)
    assert urgent[DECIDE].due_at == due + (stop.upper - stop.lower) > due
    accepting = await world.ready(EAST_JAVA, ReferralAcceptedInput(referral=referral), 1)
    assert isinstance(await referrals.accept(world.desk, world.hands[EAST_JAVA].by, accepting), Done)
    _, urgent = await seen(world.desk.databases, JAKARTA)
    assert {kind: row.state for kind, row in urgent.items()} == {ACKNOWLEDGE: "MET", DECIDE: "MET"}


async def test_nobody_adds_changes_or_takes_back_a_sealed_due(world: World, superuser: Any) -> None:
    await world.sent()
    before = await superuser.fetch("select * from obligation_urgency order by 1")
    row = (await owed(superuser, DECIDE))["id"]
    told = {"debtor": EAST_JAVA, "creditor": JAKARTA, "term": "PT6H", "clause": "coordination", "basis": "proposed"}
    again = insert(obligation_urgency).values(obligation_id=row, first_due=datetime.now(UTC), **told)
    here = obligation_urgency.c.obligation_id == row
    later = update(obligation_urgency).where(here).values(term="P3WD")
    for party in (JAKARTA, EAST_JAVA, "HOST"):
        for wanted in (again, later, delete(obligation_urgency).where(here)):
            with pytest.raises(DBAPIError):
                async with transaction(world.desk.databases.app, Asker(party=party, subject="s", purpose="p")) as tx:
                    await tx.connection.execute(wanted)
    for column in ("first_due = first_due + interval '1 day'", "term = 'P3WD'"):
        with pytest.raises(Exception, match=r"kept|never|refuse|change"):
            await superuser.execute(f"update obligation_urgency set {column}")  # noqa: S608  # our own words
    assert await superuser.fetch("select * from obligation_urgency order by 1") == before


async def test_postgresql_counts_the_sealed_due_as_the_rules_do(databases: Databases) -> None:
    rnd = random.Random(4)  # noqa: S311  # chosen spans hide nothing
    agreed = agreement()
    party = agreed.member(EAST_JAVA)
    begun = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    moved = 0
    async with transaction(databases.app, Asker(party=JAKARTA, subject="s", purpose="p")) as tx:
        for _ in range(150):
            kind, risk = rnd.choice([Kind.REFERRAL_ACKNOWLEDGE, Kind.REFERRAL_DECIDE]), rnd.choice(list(Risk))
            opened = begun + timedelta(seconds=rnd.randrange(10 * 86_400))
            term = agreed.standard.acknowledge if kind is Kind.REFERRAL_ACKNOWLEDGE else agreed.standard.decide
            obligation = Obligation(
                kind=kind, opened_by="ab" * 32, referral="1" * 32, debtor=EAST_JAVA, creditor=JAKARTA, term=term,
                opened_at=opened, due=agreed.due(party, term, opened),
            )  # fmt: skip
            first, at = urgencies.hastened(obligation, risk, agreed), opened
            for _ in range(rnd.randrange(4)):
                since = at + timedelta(seconds=rnd.randrange(1, 30 * 3600))
                at = since + timedelta(seconds=rnd.randrange(1, 30 * 3600))
                obligation = obligations.stopped(obligation, Span(from_=since, until=at), agreement=agreed)
            strict = urgencies.hastened(obligation, risk, agreed)
            assert first is not None
            assert strict is not None
            stops = MultiRange(Range(stop.from_, stop.until) for stop in obligation.stops)
            counted = await tx.connection.execute(
                select(
                    func.obligation_act_before(
                        obligation.term, obligation.due, cast(stops, TSTZMULTIRANGE), strict.term, first.due
                    )
                )
            )
            assert counted.scalar_one() == strict.due
            moved += strict.due != first.due
    assert moved > 20
