"""What is owed, as it is asked for: pages, work lists, instants, summaries; and what a third province learns of it."""

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import orjson
import pytest

from reading.answers import answer
from reading.asking import Asking
from reading.ids import id_of
from tests.reading import obligations, worlds
from tests.reading.asked import ask, asking, plans
from tests.reading.worlds import AUDITOR, BA, JB, JI, JK, World

LIST = """query($first: Int, $last: Int, $after: String, $before: String, $filter: ObligationFilter, $asOf: DateTime) {
    obligations(first: $first, last: $last, after: $after, before: $before, filter: $filter, asOf: $asOf) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { id kind state dueAt debtor { code } creditor { code } clause { key } version } } } }"""
COUNTED = ("open", "met", "metLate", "breached", "waived", "paused")
SUMMARY = "{ asOf rows { party { code } clause { key } period open met metLate breached waived paused enteredLate contested total } }"  # noqa: E501  # one line reads best
MOMENTS = [None, "2026-01-01T03:00:00Z", "2026-01-01T04:30:00Z", "2026-06-01T00:00:00Z"]


@pytest.fixture
def world() -> World:
    return worlds.make(honest=True)


async def listed(pool: Any, by: Asking | None = None, **variables: Any) -> Any:
    got = await ask(pool, LIST, {"first": 100, **variables} if "last" not in variables else variables, by=by)
    assert "errors" not in got
    return got["data"]["obligations"]


def nodes(page: Any) -> list[Any]:
    return [edge["node"] for edge in page["edges"]]


# -- lists -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("moment", MOMENTS)
async def test_pages_put_end_to_end_are_the_list_at_any_instant(pool: Any, moment: str | None) -> None:
    whole = nodes(await listed(pool, asOf=moment))
    assert len({node["id"] for node in whole}) == len(whole) > 10
    assert whole == sorted(whole, key=lambda node: node["dueAt"])
    forward: list[Any] = []
    backward: list[Any] = []
    page: Any = {"pageInfo": {"hasNextPage": True, "hasPreviousPage": True, "endCursor": None, "startCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        page = await listed(pool, asOf=moment, first=4, after=page["pageInfo"]["endCursor"])
        assert page["totalCount"] == len(whole)
        forward += nodes(page)
    page["pageInfo"] |= {"hasPreviousPage": True, "startCursor": None}
    while page["pageInfo"]["hasPreviousPage"]:
        page = await listed(pool, asOf=moment, last=3, before=page["pageInfo"]["startCursor"])
        backward = nodes(page) + backward
    assert forward == backward == whole


async def test_what_lies_beyond_a_cursor_is_of_the_same_instant(pool: Any) -> None:
    """Before there was anything there is nothing on either side of a place that is good today."""
    last = (await listed(pool))["pageInfo"]["endCursor"]
    for far, place in (("hasPreviousPage", {"after": last}), ("hasNextPage", {"before": last})):
        assert (await listed(pool, **place))["pageInfo"][far] is True
        page = await listed(pool, asOf="2025-01-01T00:00:00Z", **place)
        assert (page["edges"], page["pageInfo"][far]) == ([], False)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("state", ("OPEN", "MET", "MET_LATE", "BREACHED", "WAIVED", "PAUSED")),
        ("kind", ("REFERRAL_ACKNOWLEDGE", "REFERRAL_DECIDE", "HANDOVER_RECEIPT", "DISCREPANCY_ANSWER")),
        ("debtor", (JK, JB, JI, BA)),
        ("creditor", (JK, JB, JI, BA)),
        ("clause", ("principles", "good_condition")),
    ],
)
async def test_a_filter_splits_the_list_and_loses_nothing(
    pool: Any, moment: str | None, name: str, values: tuple[str, ...]
) -> None:
    whole = nodes(await listed(pool, asking(AUDITOR), asOf=moment))
    parts = []
    for value in values:
        part = await listed(pool, asking(AUDITOR), asOf=moment, filter={name: value})
        told = nodes(part)
        assert part["totalCount"] == len(told)
        assert {node[name] if isinstance(node[name], str) else next(iter(node[name].values())) for node in told} <= {
            value
        }
        parts += told
    assert sorted(parts, key=lambda node: node["id"]) == sorted(whole, key=lambda node: node["id"])


async def test_a_span_of_dues_begins_with_its_first_instant_and_ends_before_its_last(pool: Any) -> None:
    whole = nodes(await listed(pool))
    dues = sorted({node["dueAt"] for node in whole})
    for low in dues[:3]:
        for high in dues[:4]:
            told = nodes(await listed(pool, filter={"dueFrom": low, "dueUntil": high}))
            assert told == [node for node in whole if low <= node["dueAt"] < high]


async def test_an_instant_beyond_the_calendar_is_its_nearest_end(pool: Any) -> None:
    assert nodes(await listed(pool, asOf="0001-01-01T00:00:00+14:00")) == []
    assert len(nodes(await listed(pool, asOf="9999-12-31T23:59:59-12:00"))) == len(nodes(await listed(pool)))
    first, last = "0001-01-01T00:00:01Z", "9999-12-31T23:59:59Z"
    for told, at in (
        ("0001-01-01T00:00:00+14:00", first), ("0001-01-01T00:00:00Z", first), ("9999-12-31T23:59:59-12:00", last),
    ):  # fmt: skip
        got = await ask(pool, f'{{ obligationSummary(asOf: "{told}") {{ asOf }} }}')
        assert got["data"]["obligationSummary"]["asOf"] == at


# -- work lists --------------------------------------------------------------------------------------------------------
WORK = "query($within: Int) { workList(first: 100, within: $within) { totalCount edges { node { id state dueAt endedAt debtor { code } } } } }"  # noqa: E501  # one line reads best


async def test_a_work_list_is_what_one_owes_oneself_most_urgent_first(pool: Any, world: World) -> None:
    hastened = 0
    for party in (JK, JI, JB, BA):
        seen = world.seen_by(party)
        owed = [o for o in world.rows["obligation"] if o["debtor"] == party and o["ending"] is None]
        mine = [{**o, "act_before": obligations.act_before(o, seen)} for o in owed]
        mine.sort(key=lambda o: (o["act_before"], o["id"]))
        hastened += [o["id"] for o in mine] != [o["id"] for o in sorted(mine, key=lambda o: (o["due_at"], o["id"]))]
        now = datetime.now(UTC)
        for within in (0, 72, None):
            told = (await ask(pool, WORK, {"within": within}, by=asking(party)))["data"]["workList"]
            wanted = [o for o in mine if within is None or obligations.ahead(o, now, within)]
            assert [e["node"]["id"] for e in told["edges"]] == [id_of("Obligation", o["id"]) for o in wanted]
            assert told["totalCount"] == len(wanted)
    assert (await ask(pool, WORK, {"within": None}, by=asking(AUDITOR)))["data"]["workList"]["totalCount"] == 0
    assert hastened, "a world in which the sealed risk changes no order shows nothing"


URGENCY = "query($asOf: DateTime) { obligations(first: 100, asOf: $asOf) { edges { node { id dueAt actBefore urgency { term dueAt state } } } } }"  # noqa: E501  # one line reads best


@pytest.mark.parametrize("at", [None, "2026-01-01T02:30:00Z"])
async def test_how_soon_at_the_sealed_risk_is_told_to_both_ends_and_to_nobody_else(
    pool: Any, world: World, at: str | None
) -> None:
    told: dict[str, dict[str, Any]] = {}
    for party in (JK, JI, JB, BA, AUDITOR):
        got = await ask(pool, URGENCY, {"asOf": at}, by=asking(party))
        told[party] = {e["node"]["id"]: e["node"] for e in got["data"]["obligations"]["edges"]}
    urgent = {
        id_of("Obligation", u["obligation_id"]): (u["debtor"], u["creditor"]) for u in world.rows["obligation_urgency"]
    }
    states = set()
    for party in (JK, JI, JB, BA):
        seen, now = world.seen_by(party), datetime.now(UTC)
        for o in seen["obligation"]:
            node, wanted = told[party].get(id_of("Obligation", o["id"])), obligations.urgency(o, seen, now)
            if at is None and node is not None and wanted is not None:
                assert (node["urgency"]["state"], node["urgency"]["term"]) == (wanted["state"], wanted["term"])
                states.add(wanted["state"])
    assert at is not None or states >= {"MET", "MET_LATE", "BREACHED"}
    for party, nodes_of in told.items():
        for named, node in nodes_of.items():
            assert (node["urgency"] is not None) is (party in urgent.get(named, ()))
            assert node["actBefore"] <= node["dueAt"]
    assert told[AUDITOR], "an auditor sees what is owed"
    assert all(node["actBefore"] == node["dueAt"] for node in told[AUDITOR].values())


# -- summaries ---------------------------------------------------------------------------------------------------------
async def summary(pool: Any, arguments: str = "", by: Asking | None = None) -> Any:
    got = await ask(pool, f"{{ obligationSummary{arguments} {SUMMARY} }}", by=by)
    assert "errors" not in got
    return got["data"]["obligationSummary"]


@pytest.mark.parametrize("party", [JK, JI, AUDITOR, "WITNESS:x"])
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_summary_counts_the_very_list(pool: Any, party: str, moment: str | None) -> None:
    listing = nodes(await listed(pool, asking(party), asOf=moment))
    told = await summary(pool, "" if moment is None else f'(asOf: "{moment}")', asking(party))
    counted: Counter[tuple[str, ...]] = Counter()
    for node in listing:
        counted[node["debtor"]["code"], node["clause"]["key"], node["state"]] += 1
    for row in told["rows"]:
        for name in COUNTED:
            state = {"metLate": "MET_LATE"}.get(name, name.upper())
            assert row[name] == counted[row["party"]["code"], row["clause"]["key"], state]
        assert row["total"] == sum(row[name] for name in COUNTED)
    assert sum(row["total"] for row in told["rows"]) == len(listing)


async def test_what_is_counted_as_of_now_is_what_is_told_now(pool: Any) -> None:
    at = datetime.now(UTC).isoformat()
    for period in ("ALL", "YEAR", "QUARTER", "MONTH"):
        counted = await summary(pool, f"(period: {period})")
        assert (await summary(pool, f'(period: {period}, asOf: "{at}")'))["rows"] == counted["rows"]


async def test_periods_are_labelled_and_months_are_whole(pool: Any) -> None:
    by = asking(AUDITOR)
    whole = await summary(pool, by=by)
    assert {row["period"] for row in whole["rows"]} == {None}
    labels = {"YEAR": {"2025", "2026"}, "QUARTER": {"2025-Q4", "2026-Q1"}, "MONTH": {"2025-12", "2026-01"}}
    for period, wanted in labels.items():
        rows = (await summary(pool, f"(period: {period})", by))["rows"]
        assert {row["period"] for row in rows} == wanted
        assert sum(row["total"] for row in rows) == sum(row["total"] for row in whole["rows"])
    december = (await summary(pool, '(period: MONTH, from: "2025-12-31", until: "2025-12-01")', by))["rows"]
    assert {row["period"] for row in december} == {"2025-12"}
    assert (await summary(pool, '(from: "2026-02-01")', by))["rows"] == []


async def test_the_last_second_in_time_is_a_whole_one(pool: Any) -> None:
    """Clients ask with fractions of a second; the ledger, and its audit, know none."""
    due = nodes(await listed(pool, filter={"state": "OPEN"}, asOf=MOMENTS[1]))[0]["dueAt"]
    for fraction in ("", ".5", ".999999"):
        at = due.replace("Z", f"{fraction}Z")
        assert nodes(await listed(pool, asOf=at)) == nodes(await listed(pool, asOf=due))
        assert (await summary(pool, f'(asOf: "{at}")')) == await summary(pool, f'(asOf: "{due}")')


# -- what a third province learns --------------------------------------------------------------------------------------
async def test_a_third_province_finds_nothing_by_any_road(pool: Any, world: World) -> None:
    """Every obligation of two others: by id, by node, by any filter, in any order, in counts and in summaries."""
    strange = [o for o in world.rows["obligation"] if BA not in (o["debtor"], o["creditor"])]
    theirs, mine = {id_of("Obligation", o["id"]) for o in strange}, asking(BA)
    for o in strange[:20]:
        own, referral, case = (
            id_of(kind, o[key])
            for kind, key in (("Obligation", "id"), ("Referral", "referral_id"), ("Case", "case_id"))
        )
        by_id = f'{{ obligation(id: "{own}") {{ id }} node(id: "{own}") {{ id }} }}'
        assert (await ask(pool, by_id, by=mine))["data"] == {"obligation": None, "node": None}
        nested = f'{{ referral(id: "{referral}") {{ obligations {{ id }} openObligations {{ id }} }} }}'
        assert (await ask(pool, nested, by=mine))["data"] == {"referral": None}
        for moment in MOMENTS:
            for chosen in ({"referral": referral}, {"case": case}, {"debtor": o["debtor"], "creditor": o["creditor"]}):
                page = await listed(pool, mine, filter=chosen, asOf=moment)
                assert not theirs & {node["id"] for node in nodes(page)}
                assert page["totalCount"] == len(nodes(page))
    for moment in MOMENTS:
        assert not theirs & {node["id"] for node in nodes(await listed(pool, mine, asOf=moment))}
        assert not theirs & {node["id"] for node in nodes(await listed(pool, mine, asOf=moment, last=100))}
    ends = {o["debtor"] for o in world.rows["obligation"] if BA in (o["debtor"], o["creditor"])}
    assert {row["party"]["code"] for row in (await summary(pool, by=mine))["rows"]} <= ends


async def test_a_case_that_is_hidden_is_no_way_to_find_its_obligations(pool: Any, world: World) -> None:
    """A receiver that was not let in may see the referral; that it is of a case known from elsewhere it may not."""
    seen = world.seen_by(JI)
    cases = {c["id"] for c in seen["case_file"]}
    hidden = [o for o in seen["obligation"] if o["case_id"] not in cases]
    shown = [o for o in seen["obligation"] if o["case_id"] in cases]
    assert hidden
    assert shown
    for o in hidden:
        chosen = {"case": id_of("Case", o["case_id"])}
        assert (await listed(pool, asking(JI), filter=chosen))["totalCount"] == 0
    for o in shown:
        chosen = {"case": id_of("Case", o["case_id"])}
        told = {node["id"] for node in nodes(await listed(pool, asking(JI), filter=chosen))}
        assert told == {id_of("Obligation", s["id"]) for s in shown if s["case_id"] == o["case_id"]}


# -- how many statements -----------------------------------------------------------------------------------------------
PAGE = """{ referrals(first: 50) { edges { node { status version sentAt
    case { number status person { initials } } from { code name } to { code name }
    latestHandover { status releasedAt to { name } }
    openObligations { kind state dueAt clause { key } debtor { code } creditor { code } } } } } }"""


class Counted:
    """the pool, with every statement counted as the driver sends it"""

    def __init__(self, pool: Any) -> None:
        self.pool, self.sent = pool, list[str]()

    def acquire(self) -> Any:
        return Logged(self)


class Logged:
    def __init__(self, counted: Counted) -> None:
        self.counted, self.taken = counted, counted.pool.acquire()

    async def __aenter__(self) -> Any:
        connection = await self.taken.__aenter__()
        self.log = connection.query_logger(lambda record: self.counted.sent.append(record.query))
        self.log.__enter__()
        return connection

    async def __aexit__(self, *failure: object) -> None:
        self.log.__exit__(*failure)
        await self.taken.__aexit__(*failure)


def crowded() -> World:
    """A hundred referrals and more, most of them with handovers, all with obligations."""
    maker = worlds.Maker(Random(7), True)  # noqa: S311  # rows of a test hide nothing
    maker.agreement()
    for n in range(8):
        maker.person(n)
    for n in range(30):
        maker.case(n)
    for _ in range(300):
        maker.referral()
    for _ in range(200):
        maker.handover()
    for n in range(40):
        maker.entry(n)
    obligations.fill(maker.rows, maker.rnd, honest=True, number=900)
    maker.told_of_handovers()
    return World(maker.rows)


async def test_fifty_referrals_at_three_levels_are_four_statements(databases: Any, superuser: Any) -> None:
    """One that begins and says who asks, one for the referrals with all that is joined to them, one for all their open
    obligations, one that ends: as many as for one referral."""
    await worlds.write(superuser, crowded())
    await answer(plans().plan(PAGE), asking(JK), databases.reading)  # the driver learns the types of a connection once
    for first in (50, 1):
        counted = Counted(databases.reading)
        question = plans().plan(PAGE.replace("50", str(first)))
        got = orjson.loads(await answer(question, asking(JK), counted))
        assert "errors" not in got
        assert len(got["data"]["referrals"]["edges"]) == first
        assert len(counted.sent) == 4, counted.sent
    told = orjson.loads(await answer(plans().plan(PAGE), asking(JK), databases.reading))["data"]["referrals"]["edges"]
    assert sum(len(edge["node"]["openObligations"]) for edge in told) > 20
    assert sum(edge["node"]["latestHandover"] is not None for edge in told) > 10
    assert sum(edge["node"]["case"] is not None for edge in told) > 10
