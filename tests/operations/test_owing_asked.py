"""Ten provinces do whatever they like, whenever they like: the service's answers are an auditor's table, every time.

Promise: whatever was done, each obligation has one debtor and one creditor, the two ends of its referral; what was
refused has changed no row of any table; and at any instant `obligations(asOf:)`, asked in the public language, is what
an auditor has from the published files, field by field. Every version that was ever kept is the log's, too.
Rules: nobody is told what is legal: some acts are by those whose turn it is, most are not. How many of which were
entered is counted, so that a run in which nothing happens proves nothing and fails.
Elsewhere: a model that foretells each act, `tests.operations.test_owing_machine`. The long form: `make soak`.
"""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from casework.duties import Kind
from casework.risks import Risk
from casework.terms import Term
from database import addresses, embedded, engines, migrating, shelves
from ledger.dockets import Row
from ledger.statements import (
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralStatement,
    ReferralWithdrawn,
)
from operations import comparing
from tests.conftest import SOAK, TEMPLATE, key_store
from tests.operations import digests, stages, told_twice, worlds
from tests.operations.stages import ONE, REMARKS, Stage, Way
from tests.reading.asked import ask, asking

LONG = os.environ.get(SOAK) == "1"
PARTIES = tuple(party.code for party in worlds.agreement().parties)
OPENING = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
PAPERS = ("ab" * 32, "cd" * 32)
ENDS = ("sender", "receiver", "third")
ANSWERS: tuple[type[ReferralStatement], ...] = (
    ReferralAcknowledged,
    ReferralAccepted,
    ReferralAccepted,
    ReferralAccepted,
    ReferralDeclined,
    ReferralWithdrawn,
)
TERMS = (Term.PT6H, Term.PT24H, Term.P3WD)
VERBS = (
    *("wait", "wait", "wait_for_a_due", "wait_for_a_due", "go_down", "note", "expire", "send", "send"),
    *("answer", "answer", "answer", "leave", "leave", "leave", "arrive", "arrive", "arrive", "explain", "explain"),
    *("record", "record", "record", "remark", "remark", "come_to_terms", "come_to_terms", "meddle"),
)
some = st.sampled_from((0, 0, 0, 1, 1, 2, 3, 4))  # which one, counted from the newest
Act = Callable[[], Awaitable[object]]
Draw = Callable[[st.SearchStrategy[Any]], Any]


class Provinces(RuleBasedStateMachine):
    """One log of ten provinces, in a database of its own."""

    # Set by the test: a state machine is made by Hypothesis, again and again.
    runner: ClassVar[asyncio.Runner]
    server: ClassVar[embedded.Server]
    name: ClassVar[str]
    folder: ClassVar[Path]
    done: ClassVar[Counter[tuple[str, bool]]]  # what was entered, and what refused

    def __init__(self) -> None:
        super().__init__()
        self.open = AsyncExitStack()
        self.ways: list[Way] = []
        self.stage: Stage

    @initialize(day=st.integers(0, 1500), hour=st.integers(0, 23))
    def begin(self, day: int, hour: int) -> None:
        self.run(self._begin(OPENING + timedelta(days=day, hours=hour)))
        self.ways.append(self.run(self.stage.send()))

    async def _begin(self, began: datetime) -> None:
        superuser = await asyncpg.connect(self.server.url("postgres"))
        await superuser.execute(f"drop database if exists {self.name} with (force)")
        await superuser.close()
        await migrating.found(self.server.url("postgres"), self.name, TEMPLATE)
        address = addresses.derive(self.server.url("estafet_app", self.name), keys=key_store(self.server))
        databases = await engines.open_databases(address, ONE)
        self.open.push_async_callback(databases.close)
        superuser = await asyncpg.connect(self.server.url("postgres", self.name))
        self.open.push_async_callback(superuser.close)
        await stages.set_clock(databases, began)
        world = await worlds.found(databases, parties=PARTIES)
        self.stage = Stage(world=world, superuser=superuser, now=began)

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @rule(verb=st.sampled_from(VERBS), data=st.data())
    def live(self, verb: str, data: st.DataObject) -> None:
        """One rule for all: Hypothesis would leave out some of many for a whole run, and nothing would come of it.

        What is drawn does not depend on what there is: the clock runs on, and a run that is repeated differs a little.
        """
        which = data.draw(some)
        if verb == "send":
            self.send(data.draw)
        else:
            getattr(self, verb)(data.draw, self.ways[-1 - which % len(self.ways)])

    # -- time and the host -------------------------------------------------------------------------------------------
    def wait(self, draw: Draw, _: Way) -> None:
        minutes = draw(st.sampled_from((0, 1, 14, 60, 359, 360, 361, 1440, 4320, 20_000)))
        self.run(self.stage.later(minutes=minutes))

    def wait_for_a_due(self, draw: Draw, _: Way) -> None:
        which, beside = draw(st.integers(0, 5)), draw(st.integers(-1, 1))
        asked = "select distinct due_at from obligation where ending is null and due_at > $1 order by 1"
        dues = self.run(self.stage.superuser.fetch(asked, self.stage.now))
        if dues:
            self.run(self.stage.at(dues[which % len(dues)]["due_at"] + timedelta(seconds=beside)))

    def go_down(self, draw: Draw, _: Way) -> None:
        self.run(self.stage.down(hours=draw(st.sampled_from((0.3, 5, 30, 100)))))

    def note(self, *_: object) -> None:
        self.done["obligation.breach_noted", True] += self.run(self.stage.note())

    def expire(self, *_: object) -> None:
        self.done["referral.expired", True] += self.run(self.stage.expire())

    # -- what provinces do -------------------------------------------------------------------------------------------
    def send(self, draw: Draw) -> None:
        (sender, receiver, *_), risk = draw(st.permutations(PARTIES)), draw(st.sampled_from(tuple(Risk)))
        if self.stage.world.desk.agreement.in_force(self.stage.now):  # otherwise preparing refuses it
            self.ways.append(self.run(self.stage.send(sender, receiver, risk)))

    def answer(self, draw: Draw, way: Way) -> None:
        kind = draw(st.sampled_from(ANSWERS))
        self.attempt(kind.KIND, partial(self.stage.answer, way, kind))

    def leave(self, draw: Draw, way: Way) -> None:
        """A certificate and then a release, each of which may be refused."""
        term, paper = draw(st.sampled_from(TERMS)), draw(st.sampled_from((None, *PAPERS)))
        self.attempt("fitness.certified", partial(self.stage.certify, way))
        self.attempt("handover.released", partial(self.stage.release, way, term=term, paper=paper))

    def arrive(self, draw: Draw, way: Way) -> None:
        late, agrees, refusing = draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from((False, False, True)))
        told = self.run(self.stage.handover(way))
        if told is not None:
            # Entered late, and by its paper in time; or as it happens.
            happened = min(self.stage.now, told["released_at"] + timedelta(hours=1)) if late else None
            arriving = partial(self.stage.receive, way, paper=PAPERS[0], happened_at=happened)
            verb = "handover.refused" if refusing else "handover.received"
            self.attempt(verb, partial(arriving, agrees=agrees, refusing=refusing))

    def explain(self, _: Draw, way: Way) -> None:
        if self.run(self.stage.handover(way)) is not None:
            self.attempt("discrepancy.answered", partial(self.stage.explain, way))

    def record(self, draw: Draw, way: Way) -> None:
        by, paper = self.party(way, draw(st.sampled_from(ENDS))), draw(st.sampled_from((PAPERS[0], *PAPERS)))
        told = self.run(self.stage.handover(way))
        if told is not None:
            happened = told["released_at"] + timedelta(hours=1)
            self.attempt("bast.recorded", partial(self.stage.record, way, by, paper, happened))

    def remark(self, draw: Draw, way: Way) -> None:
        what, kind = draw(st.sampled_from(tuple(REMARKS))), draw(st.sampled_from(tuple(Kind)))
        party = self.party(way, draw(st.sampled_from(ENDS)))
        owed = self.run(self.stage.owed(way, kind))
        if owed is not None:
            self.attempt(what, partial(self.stage.remark, what, owed, party))

    def come_to_terms(self, draw: Draw, way: Way) -> None:
        """Offered and agreed, by those who may."""
        what, kind = draw(st.sampled_from(("waiver", "pause"))), draw(st.sampled_from(tuple(Kind)))
        for said, end in ((f"offer {what}", "debtor"), (f"agree {what}", "creditor")):
            owed = self.run(self.stage.owed(way, kind))
            if owed is not None:
                self.attempt(said, partial(self.stage.remark, said, owed, owed[end]))

    def meddle(self, draw: Draw, way: Way) -> None:
        """An act by the wrong end, or by a province that is no end of it at all."""
        stranger = self.party(way, "third")
        ends = (stranger, stranger) if draw(st.booleans()) else (way.receiver, way.sender)
        other = Way(id=way.id, sender=ends[0], receiver=ends[1])
        acts: dict[str, Act] = {
            "answer": partial(self.stage.answer, other, ReferralAccepted),
            "certify": partial(self.stage.certify, other),
            "release": partial(self.stage.release, other),
            "receive": partial(self.stage.receive, other),
            "explain": partial(self.stage.explain, other),
        }
        verb = draw(st.sampled_from(sorted(acts)))
        if verb not in ("receive", "explain") or self.run(self.stage.handover(way)) is not None:
            assert not self.attempt("by another", acts[verb])

    # -- what must hold ------------------------------------------------------------------------------------------------
    def party(self, way: Way, end: str) -> str:
        others = [party for party in PARTIES if party not in (way.sender, way.receiver)]
        return {"sender": way.sender, "receiver": way.receiver, "third": others[0]}[end]

    def attempt(self, verb: str, act: Act) -> bool:
        """Whether it was entered; where it was not, nothing has changed."""
        return bool(self.run(self._attempt(verb, act)))

    async def _attempt(self, verb: str, act: Act) -> bool:
        before = await digests.digest(self.stage.superuser)
        entered = await act()
        self.done[verb, entered is not None] += 1
        assert entered is not None or await digests.digest(self.stage.superuser) == before, verb
        return entered is not None

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                self.run(self._told_twice())
        finally:
            self.run(self.open.aclose())

    async def _told_twice(self) -> None:
        stage = self.stage
        while await stage.note() or await stage.expire():
            pass  # the log is left as its host would leave it
        shutil.rmtree(self.folder, ignore_errors=True)
        turns = await told_twice.instants(stage.superuser)
        last = await stage.superuser.fetchval("select at from ledger_head")
        chosen = {*turns[:: max(1, len(turns) // (12 if LONG else 4))], last, last + timedelta(days=400)}
        for at in sorted(chosen):
            rows = await told_twice.compare(stage.world, stage.superuser, self.folder, [at])
            assert await self._asked(at) == [_told(row) for row in rows], at
            ends = {way.id.hex: {way.sender, way.receiver} for way in self.ways}
            assert all({row.debtor, row.creditor} == ends[row.referral] for row in rows)
        assert await comparing.compare(stage.world.desk, shelves.Folder(root=self.folder)) == ()

    async def _asked(self, at: datetime) -> list[dict[str, Any]]:
        """The service's own answer, to one who may see every obligation; in the auditor's order."""
        found, after = list[dict[str, Any]](), None
        while True:
            given = {"asOf": _instant(at), "after": after}
            answer = await ask(self.stage.world.desk.databases.reading, QUESTION, given, by=asking("AUDITOR:one"))
            page = answer["data"]["obligations"]
            found += [edge["node"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return sorted(found, key=lambda node: (node["openedBy"]["index"], node["kind"]))
            after = page["pageInfo"]["endCursor"]


QUESTION = """query($asOf: DateTime, $after: String) {
    obligations(first: 100, after: $after, asOf: $asOf) { pageInfo { hasNextPage endCursor } edges { node {
        kind clause { key } basis state debtor { code } creditor { code } term openedAt openedBy { index statement }
        dueAt endedAt endedBy { statement } endedKind pausedSince enteredLate contested waiverOffer pauseOffer notedAt
    } } } }"""


def _told(row: Row) -> dict[str, Any]:
    """An auditor's row as the service would answer."""
    return {
        "kind": row.kind.name,
        "clause": {"key": row.clause},
        "basis": row.basis,
        "state": row.state,
        "debtor": {"code": row.debtor},
        "creditor": {"code": row.creditor},
        "term": row.term,
        "openedAt": _instant(row.opened_at),
        "openedBy": {"index": row.index, "statement": row.opened_by},
        "dueAt": _instant(row.due_at),
        "endedAt": _instant(row.ended_at),
        "endedBy": None if row.ended_by is None else {"statement": row.ended_by},
        "endedKind": row.ended_kind,
        "pausedSince": _instant(row.paused_since),
        "enteredLate": row.entered_late,
        "contested": row.contested,
        "waiverOffer": row.waiver_offer,
        "pauseOffer": row.pause_offer,
        "notedAt": _instant(row.noted_at),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def provinces(server: embedded.Server, database_name: str, tmp_path: Path) -> type[Provinces]:
    Provinces.server, Provinces.name = server, f"{database_name}_provinces"
    Provinces.folder, Provinces.done = tmp_path / "ledger", Counter()
    return Provinces


def test_whatever_ten_provinces_do_the_service_answers_what_an_auditor_counts(provinces: type[Provinces]) -> None:
    wide = settings(
        max_examples=200 if LONG else 8,
        stateful_step_count=120 if LONG else 50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with asyncio.Runner() as runner:
        provinces.runner = runner
        run_state_machine_as_test(provinces, settings=wide)
    entered = {verb for (verb, legal), times in provinces.done.items() if legal and times}
    assert len(entered) > 10, provinces.done  # of nineteen
    assert provinces.done["by another", False] > 0
