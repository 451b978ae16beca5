"""What PostgreSQL itself tells of obligations: as they were at any instant, how many, in which state, and to whom."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError

from casework.duties import Kind
from casework.obligations import Ending, Obligation, Paper, state
from casework.terms import Term
from database.engines import Databases
from database.transaction import transaction
from tests.database import acts, duties
from tests.database.acts import JB, JI, JK
from tests.database.duties import Owed, by_host, owed_since_long, received

TWO = [{"party": JI, "sha256": "a" * 64}, {"party": JK, "sha256": "a" * 64}]


NEITHER: dict[str, object] = {"entered_late": False, "contested": False}
STATES = ("OPEN", "MET", "MET_LATE", "BREACHED", "WAIVED", "PAUSED")
SEEN = (*STATES, "entered late", "contested")
SUMMED = "select * from obligation_summary(:at, 'MONTH', null, null) order by party, clause, period"
COUNTED = f"""
    select debtor, clause, to_char(opened_month, 'YYYY-MM') as period,
        {", ".join(f"count(*) filter (where state = '{state}')" for state in STATES)},
        count(*) filter (where entered_late), count(*) filter (where contested), count(*)
    from obligation_at(:at) group by debtor, clause, opened_month order by debtor, clause, period
"""  # noqa: S608  # our own words
MOMENTS = """
    select distinct changed + make_interval(secs => beside) from (
        select valid_from from obligation union select valid_from from obligation_past
        union select due_at from obligation union select due_at from obligation_past union select '2090-01-01'
    ) t (changed), generate_series(-1, 1) beside
"""


# -- what is remembered ------------------------------------------------------------------------------------------------
async def at(databases: Databases, moment: datetime, party: str = JK) -> list[Any]:
    async with transaction(databases.app, acts.asker(party)) as tx:
        rows = await tx.connection.execute(text("select * from obligation_at(:at)"), {"at": moment})
        return [dict(row) for row in rows.mappings()]


async def now_told(databases: Databases, party: str = JK) -> list[Any]:
    async with transaction(databases.app, acts.asker(party)) as tx:
        return [dict(row) for row in (await tx.connection.execute(text("select * from obligation_told"))).mappings()]


async def test_the_past_is_told_as_it_was_then(agreed: Databases, early: Databases) -> None:
    """What stood after each entry is what is told of that instant ever after; before it, what stood before."""
    owed = await owed_since_long(early)
    stood = [(owed.opened_at, await now_told(early))]

    async def then(moment: datetime) -> datetime:
        stood.append((moment, await now_told(early)))
        return moment

    await then(await duties.offer(early, owed, back=25))
    await then(await duties.offer(early, owed, "pause", back=24))
    since = await then(await duties.pause(early, owed, back=20))
    resumed = await then(await duties.resume(early, owed, since, back=15))
    await then(await duties.waive(early, owed, back=10))
    assert [rows[0]["state"] for _, rows in stood] == ["OPEN", "OPEN", "OPEN", "PAUSED", "OPEN", "WAIVED"]
    for n, (moment, rows) in enumerate(stood):
        assert await at(agreed, moment) == rows
        assert await at(agreed, moment - timedelta(seconds=1)) == (stood[n - 1][1] if n else [])
    assert await at(agreed, datetime(2090, 1, 1, tzinfo=UTC)) == stood[-1][1]
    assert stood[-1][1][0]["due_at"] == owed.due_at + (resumed - since)  # five days, and a second if one went by


async def test_what_is_settled_while_paused_has_its_pause_counted_in(agreed: Databases, early: Databases) -> None:
    owed = await owed_since_long(early)
    await duties.offer(early, owed, "pause", back=25)
    since = await duties.pause(early, owed, back=20)

    def settled(said: str, at: datetime) -> dict[str, object]:
        moved = {"stops": [Range(since, at, bounds="[)")], "due_at": owed.due_at + (at - since)}
        over = {"paused_since": None, "pause_offer": None}
        return {**duties.ending("SETTLED", "referral.accepted")(said, at), **moved, **over}

    await duties.change(early, JI, owed, "referral.accepted", settled, back=10)
    [told] = await now_told(agreed)
    assert (told["state"], told["due_at"]) == ("MET", owed.due_at + timedelta(days=10))


async def test_two_entries_of_one_second_leave_no_instant_between_them(early: Databases, superuser: Any) -> None:
    owed = await owed_since_long(early)
    async with transaction(early.app, acts.asker(JI)) as tx:
        for version, name in ((2, "waiver_offer"), (3, "pause_offer")):
            told = {"v": version, "said": await superuser.fetchval("select min(statement) from ledger_entry")}
            await tx.connection.execute(
                text(f"update obligation set {name} = :said, version = :v, valid_from = opened_at"),  # noqa: S608  # our own names
                told,
            )
    assert await superuser.fetchval("select count(*) from obligation_past") == 0
    assert len(await at(early, owed.opened_at)) == 1


# -- what is counted ---------------------------------------------------------------------------------------------------
async def test_what_is_counted_as_it_ends_is_what_there_is(agreed: Databases, early: Databases) -> None:
    """After every kind of change, tallies and the rows themselves tell the same summary."""
    in_time = await owed_since_long(early)
    late = await received(early, due=timedelta(days=1))
    taken, waived = await owed_since_long(early, due=timedelta(days=1)), await owed_since_long(early)
    told = [await both_ways(agreed)]

    async def then(_: object) -> None:
        told.append(await both_ways(agreed))

    await then(await duties.settle(early, in_time))
    await then(await duties.settle(agreed, late, "handover.received", back=20))
    await then(await duties.record(agreed, late, JI, TWO[:1], contested=True))
    await then(await duties.record(agreed, late, JK, TWO, contested=False, entered_late=True))
    await then(await duties.take_back(agreed, taken))
    await duties.offer(early, waived)
    await then(await duties.waive(agreed, waived))
    outage = [Range(late.opened_at, late.opened_at + timedelta(days=25), bounds="[)")]
    moved = {"stops": outage, "due_at": late.due_at + timedelta(days=25), "entered_late": False, "contested": False}
    await then(await by_host(moved)(agreed, late))
    assert told == [
        {"open": 2, "breached": 2},
        {"open": 1, "breached": 2, "met": 1},
        {"open": 1, "breached": 1, "met": 1, "met_late": 1},
        {"open": 1, "breached": 1, "met": 1, "met_late": 1, "contested": 1},
        {"open": 1, "breached": 1, "met": 2, "entered_late": 1},
        {"open": 1, "breached": 1, "met": 2, "entered_late": 1},
        {"breached": 1, "met": 2, "waived": 1, "entered_late": 1},
        {"breached": 1, "met": 2, "waived": 1},
    ]


async def both_ways(databases: Databases) -> dict[str, int]:
    counted: list[dict[str, int]] = []
    async with transaction(databases.app, acts.asker("AUDITOR:bpk")) as tx:
        for moment in ("null", "now()"):
            question = text(f"select * from obligation_summary({moment}, 'MONTH', null, null)")  # noqa: S608  # our own words
            rows = (await tx.connection.execute(question)).mappings().all()
            names = ("open", "met", "met_late", "breached", "waived", "paused", "entered_late", "contested")
            counted.append({name: sum(row[name] for row in rows) for name in names})
            assert sum(row["total"] for row in rows) == sum(counted[-1][name] for name in names[:6])
    assert counted[0] == counted[1]
    return {name: number for name, number in counted[0].items() if number}


@pytest.mark.parametrize("number", range(3))
async def test_a_summary_of_any_instant_counts_the_rows_of_that_instant(
    agreed: Databases, early: Databases, number: int
) -> None:
    """Acts of all kinds at random, some in one second; then at each change and each due, just before and just after."""
    rnd = Random(number)  # noqa: S311  # a seed, no secret
    to_come: list[tuple[Owed, list[str]]] = []
    for life in 2 * LIVES:
        due = timedelta(days=rnd.choice((1, 1, 12) if {"receive", "note"} & {*life} else (12, 60, 60)))
        to_come.append((await (received if "receive" in life else owed_since_long)(early, due=due), list(life)))
    coming = [who for who in to_come for _ in who[1]]
    rnd.shuffle(coming)
    for (owed, names), back in zip(coming, sorted(rnd.choices(range(1, 30), k=len(coming)), reverse=True), strict=True):
        with suppress(DBAPIError):  # what the rules refuse does not happen
            await act(early, owed, names.pop(0), back)
    async with transaction(agreed.app, acts.asker("AUDITOR:bpk")) as tx:
        moments = [row[0] for row in await tx.connection.execute(text(MOMENTS))]
    seen: set[str] = set()
    for party, moment in product((JK, JI, JB, "AUDITOR:bpk"), moments):
        async with transaction(agreed.app, acts.asker(party)) as tx:
            summary = (await tx.connection.execute(text(SUMMED), {"at": moment})).all()
            counted = (await tx.connection.execute(text(COUNTED), {"at": moment})).all()
        assert summary == counted
        assert party != JB or not summary
        seen.update(name for row in summary for name, n in zip(SEEN, row[3:11], strict=True) if n)
    assert len(moments) > 30
    assert len(seen) > 6  # of eight


LIVES = (
    ("settle",), ("take_back",), ("note", "settle"), ("offer", "waive"), ("offer", "offer a pause", "pause", "waive"),
    ("offer a pause", "pause", "resume", "settle"), ("offer a pause", "pause", "outage", "resume"),
    ("outage", "settle"), ("receive", "record", "record both", "outage"),
    ("note", "receive", "record", "outage", "record both"),
)  # fmt: skip


async def act(databases: Databases, owed: Owed, name: str, back: int) -> None:
    """What one end or the host does, or may not."""
    papers, late = TWO[: 1 + (name == "record both")], {"entered_late": name == "record both"}
    told: dict[str, object] = {"papers": papers, **late, "contested": not late["entered_late"]}
    outage = Range(owed.opened_at, owed.opened_at + timedelta(days=2), bounds="[)")
    moved = {"stops": [outage], "due_at": owed.due_at + timedelta(days=2)}
    match name:
        case "settle" | "take_back" | "offer" | "waive" | "pause":
            await getattr(duties, name)(databases, owed, back=back)
        case "receive":
            await duties.settle(databases, owed, "handover.received", back=back)
        case "offer a pause":
            await duties.offer(databases, owed, "pause", back=back)
        case "resume":
            since = next(row["paused_since"] for row in await now_told(databases) if row["id"] == owed.id)
            await duties.resume(databases, owed, since or owed.opened_at, back=back)
        case "record" | "record both":
            await duties.change(databases, papers[-1]["party"], owed, "bast.recorded", lambda _, __: told, back=back)
        case "outage":
            await duties.change(databases, "HOST", owed, "host.outage", lambda _, __: moved, back=back)
        case "note":
            await duties.note(databases, owed, back=back)


# -- who sees it -------------------------------------------------------------------------------------------------------
async def test_ends_and_those_who_look_over_all_see_an_obligation_and_nobody_else(
    agreed: Databases, early: Databases
) -> None:
    owed = await owed_since_long(early)
    await duties.offer(early, owed, back=20)
    await duties.settle(early, owed, back=10)
    for party, sees in ((JK, 1), (JI, 1), (JB, 0), ("HOST", 1), ("AUDITOR:x", 1), ("WITNESS:x", 1), ("AUDITOR", 0)):
        for pool in (agreed.app, agreed.worker):
            async with transaction(pool, acts.asker(party)) as tx:
                for question, times in (
                    ("obligation", 1),
                    ("obligation_past", 2),
                    ("obligation_tally", 1),
                    ("obligation_told", 1),
                    ("obligation_at(now())", 1),
                    ("obligation_summary(null, 'ALL', null, null)", 1),
                    ("obligation_summary(now(), 'ALL', null, null)", 1),
                ):
                    if pool is agreed.worker and "summary" in question:
                        continue
                    found = await tx.connection.scalar(text(f"select count(*) from {question}"))  # noqa: S608  # our own names
                    assert found == sees * times, (party, question)


# -- one law in two languages ------------------------------------------------------------------------------------------
HOURS = st.integers(0, 5).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n))
PAPERS = st.lists(
    st.builds(Paper, party=st.sampled_from([JI, JK]), sha256=st.sampled_from(["a" * 64, "b" * 64])), max_size=3
)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Obligation, datetime]:
    how = draw(st.sampled_from([None, *Ending]))
    made = Obligation(
        kind=draw(st.sampled_from(Kind)), opened_by="0" * 64, referral="0" * 32, debtor=JI, creditor=JK,
        term=Term.PT24H, opened_at=datetime(2026, 1, 1, tzinfo=UTC), due=draw(HOURS), ending=how,
        ended_at=None if how is None else draw(HOURS), papers=tuple(draw(PAPERS)),
        paused_since=draw(HOURS) if how is None and draw(st.booleans()) else None,
    )  # fmt: skip
    return made, draw(HOURS)


async def test_a_state_is_the_same_in_sql_and_in_the_rules(superuser: Any) -> None:
    drawn: list[tuple[Obligation, datetime]] = []

    @seed(1)
    @settings(
        max_examples=400, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
    )
    @given(judged())
    def collect(found: tuple[Obligation, datetime]) -> None:
        drawn.append(found)

    collect()
    rows = [(o.ending, o.ended_at, o.due, o.entered_late, o.paused_since, moment) for o, moment in drawn]
    told = await superuser.fetch(
        "select obligation_state(a, b, c, d, e, f) from unnest($1::text[], $2::timestamptz[], $3::timestamptz[],"
        " $4::boolean[], $5::timestamptz[], $6::timestamptz[]) as t (a, b, c, d, e, f)",
        *[list(column) for column in zip(*rows, strict=True)],
    )
    assert [row[0] for row in told] == [str(state(o, moment)) for o, moment in drawn]
    assert len({row[0] for row in told}) == 6
    agreed = await superuser.fetch(
        "select papers_agree(p, $2, $3) from unnest($1::jsonb[]) as t (p)",
        [_json(o.papers) for o, _ in drawn], JI, JK,
    )  # fmt: skip
    late = [o.kind is Kind.HANDOVER_RECEIPT and o.ending is Ending.SETTLED and o.is_late for o, _ in drawn]
    assert [a[0] and tardy for a, tardy in zip(agreed, late, strict=True)] == [o.entered_late for o, _ in drawn]


def _json(papers: tuple[Paper, ...]) -> str:
    told = ",".join(f'{{"party":"{paper.party}","sha256":"{paper.sha256}"}}' for paper in papers)
    return f"[{told}]"
