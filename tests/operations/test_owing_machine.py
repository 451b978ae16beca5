"""Whatever provinces and host do, in whatever order and at whatever second, what is owed is told twice the same.

Over a real database: referrals on their way, every remark on what is owed, papers, expiry, notices, outages and a clock
that jumps. A model of a few lines says of each act whether it is legal and what is owed after it; what is not legal is
refused and changes no row. At the end of a run the log is published, audited, and held against the table as of several
instants. The short form is a few runs; the long one (`make soak`) hundreds.
"""

import asyncio
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import asyncpg  # type: ignore[import-untyped]  # it has no types
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from casework.duties import Kind
from casework.obligations import State
from casework.risks import Risk
from casework.terms import Term
from database import addresses, embedded, migrating
from ledger.statements import ReferralAccepted, ReferralAcknowledged, ReferralDeclined, ReferralWithdrawn
from tests.conftest import TEMPLATE, key_store
from tests.operations import digests, stages, told_twice
from tests.operations.stages import BALI, REMARKS, SECOND, Stage, Way
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA

T = TypeVar("T")
LONG = os.environ.get("ESTAFET_SOAK") == "1"
BEGAN = datetime(2026, 3, 12, 3, 0, tzinfo=UTC)  # holidays, a joint leave and Lebaran lie ahead
PARTIES = (JAKARTA, EAST_JAVA, WEST_JAVA, BALI)
PAPER, OTHER_PAPER = "ab" * 32, "cd" * 32
ANSWERS = {
    "acknowledge": (ReferralAcknowledged, ("SENT",), "ACKNOWLEDGED"),
    "accept": (ReferralAccepted, ("SENT", "ACKNOWLEDGED"), "ACCEPTED"),
    "decline": (ReferralDeclined, ("SENT", "ACKNOWLEDGED"), "DECLINED"),
    "withdraw": (ReferralWithdrawn, ("SENT", "ACKNOWLEDGED", "ACCEPTED"), "WITHDRAWN"),
}
ON_THE_WAY = ("certify", "release", "receive", "receive worse", "refuse", "explain", "record")
SENDERS = ("withdraw", "certify", "release", "explain")
STEPS = st.sampled_from([0, 1, 60, *[600, 3_600, 5 * 3_600] * 3, 23 * 3_600, 24 * 3_600, 73 * 3_600, 15 * 24 * 3_600])


@dataclass(slots=True)
class Leg:
    """A handover, as the model has it."""

    settled: bool = False
    agrees: bool = True
    answered: bool = False
    happened_at: datetime = BEGAN
    recorded: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Life:
    """A referral, as the model has it."""

    way: Way
    status: str = "SENT"
    acknowledged: bool = False
    decided: bool = False
    certified_at: datetime | None = None
    legs: list[Leg] = field(default_factory=list)
    waived: set[tuple[str, str]] = field(default_factory=set)

    @property
    def under_way(self) -> bool:
        return bool(self.legs) and not self.legs[-1].settled

    def ended(self) -> dict[str, list[bool]]:
        """By kind, in the order of opening: what somebody has done or taken back."""
        return {
            Kind.REFERRAL_ACKNOWLEDGE: [self.acknowledged],
            Kind.REFERRAL_DECIDE: [self.decided],
            Kind.HANDOVER_RECEIPT: [leg.settled for leg in self.legs],
            Kind.DISCREPANCY_ANSWER: [leg.agrees or leg.answered for leg in self.legs if leg.settled],
        }


class Owing(RuleBasedStateMachine):
    """One run: a log of its own."""

    server: ClassVar[embedded.Server]
    seen: ClassVar[Counter[str]] = Counter()  # acts entered and refused, and states told, over all runs

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.ends = AsyncExitStack()
        self.lives: list[Life] = []
        self.stage: Stage

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    # -- a run begins and ends ---------------------------------------------------------------------------------------
    @initialize()
    def begin(self) -> None:
        self.do(self._begin())
        for ends in (JAKARTA, EAST_JAVA), (EAST_JAVA, BALI), (BALI, JAKARTA):
            self.send(ends, Risk.MEDIUM)
        for verb in ("accept", "certify", "release"):  # one is on its way when the run begins
            self._go_on(self.lives[0], verb, PAPER)

    async def _begin(self) -> None:
        name = "estafet_owing_machine"
        root = await asyncpg.connect(self.server.url("postgres"))
        await root.execute(f"drop database if exists {name} with (force)")
        await root.close()
        await migrating.found(self.server.url("postgres"), name, TEMPLATE)
        superuser = await asyncpg.connect(self.server.url("postgres", name))
        self.ends.push_async_callback(superuser.close)
        address = addresses.derive(self.server.url("estafet_app", name), keys=key_store(self.server))
        self.stage = await self.ends.enter_async_context(stages.opened(address, superuser, BEGAN))
        await self.stage.beat()

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                self.do(self._told_twice())
        finally:
            self.do(self.ends.aclose())
            self.loop.close()

    async def _told_twice(self) -> None:
        stage = self.stage
        while await stage.note() or await stage.expire():
            pass
        folder = Path(tempfile.mkdtemp(prefix="estafet-machine-"))
        try:
            asked = await told_twice.instants(stage.superuser)
            some = random.Random(len(asked)).sample(asked, min(len(asked), 24 if LONG else 6))  # noqa: S311  # a choice
            rows = await told_twice.compare(stage.world, stage.superuser, folder, [*some, asked[-1]])
            assert len(rows) == sum(len(each) for life in self.lives for each in life.ended().values())
            told = await told_twice.by_service(stage.superuser, stage.now + SECOND)
            self.seen.update(str(row.state) for row in told)
            self.seen.update("stopped" for row in told if row.stops)
            self.seen.update("entered late" for row in told if row.entered_late)
        finally:
            shutil.rmtree(folder)

    # -- what is always so -------------------------------------------------------------------------------------------
    @invariant()
    def everything_owed_has_one_debtor_and_is_owed_as_long_as_nothing_ends_it(self) -> None:
        if hasattr(self, "stage"):
            self.do(self._as_the_model())

    async def _as_the_model(self) -> None:
        for life in self.lives:
            rows = await self.stage.superuser.fetch(
                "select o.* from obligation o join ledger_entry e on e.statement = o.opened_by"
                " where o.referral_id = $1 order by e.index",
                life.way.id,
            )
            for kind, ended in life.ended().items():
                found = [row for row in rows if row["kind"] == kind]
                waived = [(kind, row["opened_by"]) in life.waived for row in found]
                assert [row["ending"] is not None for row in found] == [
                    done or off for done, off in zip(ended, waived, strict=True)
                ], (kind, life)
                assert [row["ending"] == "WAIVED" for row in found] == waived
                answers = kind == Kind.DISCREPANCY_ANSWER
                debtor, creditor = (life.way.sender, life.way.receiver)[:: 1 if answers else -1]
                assert {(row["debtor"], row["creditor"]) for row in found} <= {(debtor, creditor)}

    # -- what provinces do -------------------------------------------------------------------------------------------
    @rule(
        ends=st.sampled_from([(JAKARTA, EAST_JAVA), (EAST_JAVA, BALI), (BALI, JAKARTA)]),
        risk=st.sampled_from([Risk.MEDIUM, Risk.HIGH, Risk.EMERGENCY]),
    )
    def send(self, ends: tuple[str, str], risk: Risk) -> None:
        if len(self.lives) < 5:  # no precondition: what is drawn does not depend on what happened
            self.lives.append(Life(way=self.do(self.stage.send(*ends, risk=risk))))

    @rule(pick=st.integers(0, 99), worse=st.booleans(), party=st.sampled_from(PARTIES))
    def what_comes_next(self, pick: int, worse: bool, party: str) -> None:
        """Most of what provinces do is what is due next."""
        life = self.lives[pick % len(self.lives)]
        leg = life.legs[-1] if life.legs else None
        if life.status in ("SENT", "ACKNOWLEDGED"):
            verb = "acknowledge" if worse and life.status == "SENT" else "accept"
        elif life.under_way:
            verb = "receive worse" if worse else "receive"
        elif leg is not None and not leg.agrees and not leg.answered:
            verb = "explain"
        elif life.status == "ACCEPTED":
            verb = "release" if self._may(life, "release") else "certify"
        else:
            verb = "record"
        self._go_on(life, verb, party)

    @rule(pick=st.integers(0, 99), waiver=st.sampled_from([False, False, True]))
    def what_ends_agree_on(self, pick: int, waiver: bool) -> None:
        found = [(life, self.do(self.stage.owed(life.way, kind))) for life in self.lives for kind in Kind]
        running = [(life, owed) for life, owed in found if owed is not None and owed["ending"] is None]
        if not running:
            return
        life, owed = running[pick % len(running)]
        if owed["paused_since"] is not None:
            what = "agree waiver" if waiver and owed["waiver_offer"] else "resume"
        elif waiver:
            what = "agree waiver" if owed["waiver_offer"] else "offer waiver"
        else:
            what = "agree pause" if owed["pause_offer"] else "offer pause"
        self._remark(life, owed, what, owed["creditor" if "agree" in what else "debtor"])

    @rule(pick=st.integers(0, 99), hours=st.sampled_from([-1, 1]), papers=st.sampled_from([0, 1, 2]))
    def a_receipt_is_entered_late(self, pick: int, hours: int, papers: int) -> None:
        """By a paper that was signed an hour before the due, or an hour after it."""
        life = self.lives[pick % len(self.lives)]
        owed = self.do(self.stage.owed(life.way, Kind.HANDOVER_RECEIPT)) if life.under_way else None
        if owed is None or owed["paused_since"] is not None:
            return
        self.do(self.stage.at(max(self.stage.now, owed["due_at"] + timedelta(hours=2))))
        self.do(self.stage.alive())
        self._on_the_way(life, "receive", told=owed["due_at"] + timedelta(hours=hours))
        for party in (life.way.receiver, life.way.sender)[:papers]:
            self._record(life, party, PAPER)

    @rule(pick=st.integers(0, 99), verb=st.sampled_from((*ANSWERS, *ON_THE_WAY)), party=st.sampled_from(PARTIES))
    def anything(self, pick: int, verb: str, party: str) -> None:
        self._go_on(self.lives[pick % len(self.lives)], verb, party)

    @rule(pick=st.integers(0, 99), verb=st.sampled_from(ON_THE_WAY), party=st.sampled_from(PARTIES))
    def anything_on_the_way(self, pick: int, verb: str, party: str) -> None:
        self._go_on(self.lives[pick % len(self.lives)], verb, party)

    @rule(pick=st.integers(0, 99), verb=st.sampled_from(tuple(ANSWERS)), party=st.sampled_from(PARTIES))
    def anything_by_anybody(self, pick: int, verb: str, party: str) -> None:
        self._answer(self.lives[pick % len(self.lives)], verb, party)

    def _go_on(self, life: Life, verb: str, party: str) -> None:
        if verb in ANSWERS:
            self._answer(life, verb, self._right(life, verb))
        elif verb == "record" and life.legs:
            self._record(life, party, OTHER_PAPER if party == WEST_JAVA else PAPER)
        elif life.legs or verb in ("certify", "release"):
            early = party in (BALI, JAKARTA)
            self._on_the_way(life, verb, told=self.stage.now - timedelta(hours=20) if early else self.stage.now)

    def _answer(self, life: Life, verb: str, by: str) -> None:
        kind, before, after = ANSWERS[verb]
        handed = any(not leg.settled or life.status == "COMPLETED" for leg in life.legs)
        legal = by == self._right(life, verb) and life.status in before and not (verb == "withdraw" and handed)

        def tried() -> Coroutine[Any, Any, str | None]:
            return self.stage.answer(life.way, kind, by)

        if self._tried(verb, tried, lambda: legal):
            life.status = after
            life.acknowledged = True
            life.decided |= verb != "acknowledge"

    def _on_the_way(self, life: Life, verb: str, *, told: datetime) -> None:
        work: dict[str, Callable[[], Coroutine[Any, Any, str | None]]] = {
            "certify": lambda: self.stage.certify(life.way),
            "release": lambda: self.stage.release(
                life.way, term=Term.PT6H if told < self.stage.now else Term.PT24H, paper=PAPER
            ),
            "receive": lambda: self.stage.receive(life.way, paper=PAPER, happened_at=told),
            "receive worse": lambda: self.stage.receive(life.way, agrees=False, paper=PAPER, happened_at=told),
            "refuse": lambda: self.stage.receive(life.way, agrees=False, paper=PAPER, happened_at=told, refusing=True),
            "explain": lambda: self.stage.explain(life.way),
        }
        if self._tried(verb, work[verb], lambda: self._may(life, verb)):
            self._went_on(life, verb, told)

    def _may(self, life: Life, verb: str) -> bool:
        accepted, leg = life.status == "ACCEPTED", life.legs[-1] if life.legs else None
        match verb:
            case "certify":
                return accepted and not life.under_way
            case "release":
                fit = life.certified_at is not None and self.stage.now <= life.certified_at + timedelta(hours=72)
                return accepted and not life.under_way and fit
            case "explain":
                open_yet = leg is not None and leg.settled and not leg.agrees and not leg.answered
                return life.status in ("ACCEPTED", "COMPLETED", "WITHDRAWN") and open_yet
            case _:
                return accepted and life.under_way

    def _went_on(self, life: Life, verb: str, told: datetime) -> None:
        match verb:
            case "certify":
                life.certified_at = self.stage.now
            case "release":
                life.legs.append(Leg())
            case "explain":
                life.legs[-1].answered = True
            case _:
                leg = life.legs[-1]
                leg.settled, leg.agrees, leg.happened_at = True, verb == "receive", told
                life.status = life.status if verb == "refuse" else "COMPLETED"

    def _record(self, life: Life, party: str, paper: str) -> None:
        leg, way = life.legs[-1], life.way
        of = "receipt" if leg.settled else "release"
        owed = self.do(self.stage.owed(way, Kind.HANDOVER_RECEIPT))
        late = leg.settled and owed["ended_at"] > owed["due_at"] and leg.happened_at > owed["due_at"]
        legal = party in (way.sender, way.receiver) and (party, of) not in leg.recorded and paper == PAPER and not late
        happened = leg.happened_at
        if not leg.settled:
            released = self.do(self.stage.handover(way))["released_at"]
            happened = released - timedelta(minutes=1)
        if self._tried("record", lambda: self.stage.record(way, party, paper, happened, of), lambda: legal):
            leg.recorded.add((party, of))

    @rule(
        pick=st.integers(0, 99),
        what=st.sampled_from(tuple(REMARKS)),
        kind=st.sampled_from(tuple(Kind)),
        stranger=st.sampled_from([None] * 5 + [0, 1, 2, 3]),
    )
    def remark(self, pick: int, what: str, kind: Kind, stranger: int | None) -> None:
        life = self.lives[pick % len(self.lives)]
        owed = self.do(self.stage.owed(life.way, kind))
        if owed is not None:
            right = owed["creditor"] if "agree" in what else owed["debtor"]
            self._remark(life, owed, what, right if stranger is None else PARTIES[stranger])

    def _remark(self, life: Life, owed: Any, what: str, by: str) -> None:
        kind = Kind(owed["kind"])
        right = {owed["creditor"] if "agree" in what else owed["debtor"]}
        if what == "resume":
            right = {owed["creditor"], owed["debtor"]}

        def legal() -> bool:
            state = self.do(self.stage.owed(life.way, kind))["state"]
            match what:
                case "offer waiver":
                    so = state in ("OPEN", "PAUSED") and owed["waiver_offer"] is None
                case "agree waiver":
                    so = state in ("OPEN", "PAUSED") and owed["waiver_offer"] is not None
                case "offer pause":
                    so = state == "OPEN" and owed["pause_offer"] is None
                case "agree pause":
                    so = state == "OPEN" and owed["pause_offer"] is not None
                case _:
                    so = state == "PAUSED"
            return so and by in right

        if self._tried(what, lambda: self.stage.remark(what, owed, by), legal) and what == "agree waiver":
            life.waived.add((kind, owed["opened_by"]))

    # -- what time and the host do -----------------------------------------------------------------------------------
    @rule(seconds=STEPS, alive=st.sampled_from([True, True, False]))
    def jump(self, seconds: int, alive: bool) -> None:
        self.do(self.stage.later(seconds=seconds))
        self.do(self.stage.alive() if alive else self._starts())

    async def _starts(self) -> None:
        last = await self.stage.superuser.fetchval(
            "select greatest((select at from heartbeat), (select max(at) from ledger_entry))"
        )
        noted = await self.stage.beat()
        now = await self.stage.superuser.fetchval("select at from heartbeat")
        # With entries since the last beat, the longest silence may lie before the last of them.
        assert noted or now - last <= stages.QUARTER

    @rule(pick=st.integers(0, 99), kind=st.sampled_from(tuple(Kind)), beside=st.sampled_from([-1, 0, 1]))
    def to_its_due(self, pick: int, kind: Kind, beside: int) -> None:
        owed = self.do(self.stage.owed(self.lives[pick % len(self.lives)].way, kind))
        if owed is not None and owed["ending"] is None and owed["due_at"] + beside * SECOND > self.stage.now:
            self.do(self.stage.at(owed["due_at"] + beside * SECOND))
            self.do(self.stage.alive())

    @rule()
    def note(self) -> None:
        self.do(self.stage.note())
        assert self.do(self._unnoted()) == 0

    async def _unnoted(self) -> int:
        """Of what was breached two seconds ago."""
        return int(
            await self.stage.superuser.fetchval(
                "select count(*) from obligation where ending is null and paused_since is null and noted_by is null"
                " and due_at < $1",
                self.stage.now - 2 * SECOND,
            )
        )

    @rule()
    def expire(self) -> None:
        self.do(self.stage.expire())
        for life in self.lives:
            status = self.do(self.stage.superuser.fetchval("select status from referral where id = $1", life.way.id))
            if status == "EXPIRED":
                assert life.status in ("SENT", "ACKNOWLEDGED", "EXPIRED")
                life.status = "EXPIRED"

    # -- trying ------------------------------------------------------------------------------------------------------
    def _right(self, life: Life, verb: str) -> str:
        return life.way.sender if verb in SENDERS else life.way.receiver

    def _tried(self, what: str, work: Callable[[], Coroutine[Any, Any, str | None]], legal: Callable[[], bool]) -> bool:
        """Whether the act was entered; it must be if it is legal, and otherwise must change nothing."""
        before = self.do(digests.digest(self.stage.superuser))
        expected = {legal()}
        done = self.do(work()) is not None
        # The second may have turned while it was on its way.
        self.stage.now += SECOND
        expected |= set() if done in expected else {legal()}
        self.stage.now -= SECOND
        assert done in expected, self.stage.refused[-1:]
        assert done or self.do(digests.digest(self.stage.superuser)) == before
        self.seen[f"{what}: {'entered' if done else 'refused'}"] += 1
        return done


def test_what_is_owed_is_told_twice_the_same_whatever_happens(server: embedded.Server) -> None:
    class Here(Owing):
        pass

    Here.server = server
    chosen = settings(
        max_examples=300 if LONG else 5,
        phases=[Phase.generate, *([Phase.shrink] if LONG else [])],  # shrinking takes minutes
        stateful_step_count=60 if LONG else 40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        print_blob=False,
    )
    run_state_machine_as_test(Here, settings=chosen)
    told = [f"{what}: {how}" for what in (*ANSWERS, *ON_THE_WAY, *REMARKS) for how in ("entered", "refused")]
    missed = [each for each in [*told, *State, "stopped", "entered late"] if not Owing.seen[each]]
    assert not (missed and LONG), (missed, Owing.seen)
