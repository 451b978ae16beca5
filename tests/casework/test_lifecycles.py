"""A state machine over every move: whatever is tried, by whomever and whenever, the promises of the rules hold.

A model of a few lines (who may do what in which status) is kept beside the rules and compared after each step; the
history of accepted acts is kept too, so that what has been decided once can be seen never to change.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from casework import cases, drafts, referrals
from casework.cases import Case
from casework.conditions import Condition, worsened
from casework.fitness import Fitness
from casework.handovers import Status as HandoverStatus
from casework.handovers import open_one
from casework.outcomes import Outcome
from casework.parties import HOST
from casework.referrals import Referral, Status
from casework.refusals import Refusal
from casework.risks import Risk
from casework.terms import Term
from tests.casework.stories import (
    ACTS,
    AGREEMENT,
    BALI,
    DAY,
    EAST_JAVA,
    GOOD,
    HOUR,
    HURT,
    JAKARTA,
    SECOND,
    STAGES,
    START,
    WEST_JAVA,
    assessed_case,
    certify,
    digest,
    must,
    opened_case,
    person,
    receive,
    refuse,
    release,
)

TARGETS = st.sampled_from([EAST_JAVA, BALI, JAKARTA, "ID-PA"])
PARTIES = st.sampled_from([JAKARTA, EAST_JAVA, BALI, WEST_JAVA, HOST, "FORUM", "AUDITOR:bpk"])
CONDITIONS = st.sampled_from([GOOD, HURT, None])
LEGS = st.sampled_from([1, 1, 1, 1, 2])
# Mostly forwards by a little, or hardly anything would live long enough to be released.
STEPS = st.sampled_from([*[timedelta(0), SECOND, HOUR] * 4, DAY, 3 * DAY, 3 * DAY + SECOND, 15 * DAY, -SECOND, -DAY])
FROZEN = {Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED, Status.COMPLETED}
AFTER = {
    "acknowledge": Status.ACKNOWLEDGED,
    "accept": Status.ACCEPTED,
    "decline": Status.DECLINED,
    "withdraw": Status.WITHDRAWN,
    "expire": Status.EXPIRED,
    "certify": Status.ACCEPTED,
    "release": Status.ACCEPTED,
    "refuse": Status.ACCEPTED,
    "receive": Status.COMPLETED,
}


def waits(referral: Referral) -> bool:
    """Accepted, and the person is with the sender."""
    return referral.status is Status.ACCEPTED and open_one(referral.handovers) is None


class Lifecycles(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.case: Case = opened_case()
        self.referrals: list[Referral] = []
        self.frozen: dict[str, Referral] = {}
        self.received: set[str] = set()
        self.now: datetime = START
        self.acts = 0

    @initialize(
        risk=st.sampled_from(Risk), stage=st.sampled_from(["sent", "accepted", "certified", "released", "refused"])
    )
    def begun(self, risk: Risk, stage: str) -> None:
        """A life that begins in the middle: most short histories would otherwise end before anybody travels."""
        self.case = assessed_case(risk)
        self.referrals = [replace(STAGES[stage], id="f" * 32)]
        self.now = STAGES[stage].latest_at

    # -- the case ------------------------------------------------------------------------------------------------

    @rule(by=PARTIES, step=STEPS, risk=st.sampled_from(Risk))
    def assess(self, by: str, step: timedelta, risk: Risk) -> None:
        before, at = self.case, self.now + step
        moved = cases.assess(before, by=by, at=at, risk=risk, agreement=AGREEMENT)
        if isinstance(moved, Case):
            assert by == JAKARTA
            assert before.status is not cases.Status.CLOSED
            assert before.assessed_at is None or before.assessed_at <= at
            self.case, self.now = moved, max(self.now, at)

    @rule(by=PARTIES, step=STEPS)
    @precondition(lambda self: len(self.referrals) > 3)
    def close(self, by: str, step: timedelta) -> None:
        before, at = self.case, self.now + step
        moved = cases.close(before, by=by, at=at, outcome=Outcome.ABSCONDED, open_targets=self._open_targets())
        if isinstance(moved, Case):
            assert by == JAKARTA
            assert before.status is not cases.Status.CLOSED
            assert not self._open_targets()
            self.case, self.now = moved, max(self.now, at)

    @rule(by=st.one_of(st.just(JAKARTA), PARTIES), to=TARGETS, step=STEPS)
    def send(self, by: str, to: str, step: timedelta) -> None:
        at = self.now + step
        drafted = drafts.draft(
            self.case,
            person(),
            id=f"{len(self.referrals):032x}",
            to=to,
            by=by,
            at=at,
            agreement=AGREEMENT,
            open_targets=self._open_targets(),
        )
        if not isinstance(drafted, drafts.Draft):
            return
        assert by == JAKARTA
        assert to not in (JAKARTA, "ID-PA", *self._open_targets())
        assert self.case.status is cases.Status.ASSESSED
        sent = referrals.send(drafted, by=by, at=at, statement=self._statement(), agreement=AGREEMENT)
        self.referrals.append(must(Referral, sent))
        self.now = max(self.now, at)

    # -- acts on a referral, by anybody --------------------------------------------------------------------------

    @precondition(lambda self: self.referrals)
    @rule(data=st.data(), act=st.sampled_from(["acknowledge", "accept", "accept", "decline", "withdraw", "expire"]))
    def decide(self, data: st.DataObject, act: str) -> None:
        index, at = self._picked(data, lambda each: each.is_open), self.now + data.draw(STEPS)
        before = self.referrals[index]
        by = self._somebody(data, {"withdraw": before.sender, "expire": HOST}.get(act, before.receiver))
        moved = ACTS[act](before, by, at)
        if act == "expire" and isinstance(moved, Referral):
            assert at - before.sent_at >= timedelta(days=14)
        self._judge(act, index, by, at, moved)

    @precondition(lambda self: any(waits(each) for each in self.referrals))
    @rule(data=st.data(), step=STEPS, fitness=st.sampled_from([Fitness.FIT, *Fitness, None]))
    def certify(self, data: st.DataObject, step: timedelta, fitness: Fitness | None) -> None:
        index, at = self._picked(data, waits), self.now + step
        by = self._somebody(data, self.referrals[index].sender)
        self._judge("certify", index, by, at, certify(self.referrals[index], by, at, fitness))

    @precondition(lambda self: any(waits(each) and each.fitness for each in self.referrals))
    @rule(data=st.data(), step=STEPS, condition=CONDITIONS, term=st.sampled_from(Term), leg=LEGS)
    def release(self, data: st.DataObject, step: timedelta, condition: Condition | None, term: Term, leg: int) -> None:
        index, at = self._picked(data, lambda each: waits(each) and bool(each.fitness)), self.now + step
        before = self.referrals[index]
        by, to = self._somebody(data, before.sender), self._somebody(data, before.receiver)
        moved = release(before, by, at, leg=leg, to=to, term=term, condition=condition)
        if isinstance(moved, Referral):
            newest = before.fitness[-1]
            assert newest.fitness is not Fitness.UNFIT
            assert timedelta(0) <= at - newest.certified_at <= timedelta(hours=72)
            assert (to, leg) == (before.receiver, 1)
        self._judge("release", index, by, at, moved)

    @precondition(lambda self: any(each.handovers for each in self.referrals))
    @rule(data=st.data(), step=STEPS, condition=CONDITIONS, agrees=st.booleans(), takes=st.booleans())
    def answer(
        self, data: st.DataObject, step: timedelta, condition: Condition | None, agrees: bool, takes: bool
    ) -> None:
        index, at = self._picked(data, lambda each: open_one(each.handovers) is not None), self.now + step
        before = self.referrals[index]
        by = self._somebody(data, before.receiver)
        releases = [handover.release for handover in before.handovers] or [digest("none")]
        named = data.draw(st.sampled_from([*releases, releases[-1], releases[-1]]))
        act = receive if takes else refuse
        moved = act(before, by, at, release=named, agrees=agrees, condition=condition)
        if takes and isinstance(moved, Referral):
            self.received.add(moved.id)
        self._judge("receive" if takes else "refuse", index, by, at, moved)

    # -- what always holds ---------------------------------------------------------------------------------------

    @invariant()
    def at_most_one_release_is_open_and_only_in_an_accepted_referral(self) -> None:
        for referral in self.referrals:
            under_way = [each for each in referral.handovers if each.status is HandoverStatus.RELEASED]
            assert len(under_way) <= (referral.status is Status.ACCEPTED)

    @invariant()
    def custody_is_with_exactly_one_party(self) -> None:
        for referral in self.referrals:
            assert referral.custodian == (referral.receiver if referral.id in self.received else referral.sender)
            holders = {each.custodian for each in referral.handovers}
            assert holders <= {referral.sender, referral.custodian}

    @invariant()
    def completed_means_received_once(self) -> None:
        for referral in self.referrals:
            received = [each for each in referral.handovers if each.status is HandoverStatus.RECEIVED]
            assert len(received) == (referral.status is Status.COMPLETED) == (referral.id in self.received)

    @invariant()
    def what_is_decided_is_frozen(self) -> None:
        for referral in self.referrals:
            if referral.status in FROZEN:
                assert self.frozen.setdefault(referral.id, referral) == referral

    @invariant()
    def one_referral_is_open_for_each_target(self) -> None:
        assert len(self._open_targets()) == sum(referral.is_open for referral in self.referrals)

    @invariant()
    def a_closed_case_has_no_open_referral(self) -> None:
        assert self.case.status is not cases.Status.CLOSED or not self._open_targets()

    @invariant()
    def agrees_says_what_the_conditions_say(self) -> None:
        for handover in (each for referral in self.referrals for each in referral.handovers):
            before, after = handover.condition_at_release, handover.condition_at_receipt
            if before is not None and after is not None:
                assert handover.agrees is (worsened(before, after) == ())

    def _judge(self, act: str, index: int, by: str, at: datetime, moved: Referral | Refusal) -> None:
        before = self.referrals[index]
        if not isinstance(moved, Referral):
            return
        owner = {"acknowledge": before.receiver, "accept": before.receiver, "decline": before.receiver}
        owner |= {"receive": before.receiver, "refuse": before.receiver, "expire": HOST}
        assert by == owner.get(act, before.sender)
        assert before.status not in FROZEN
        assert moved.status is AFTER[act]
        assert before.latest_at <= at == moved.latest_at
        assert (moved.id, moved.sender, moved.receiver, moved.sent_at) == (
            before.id,
            before.sender,
            before.receiver,
            before.sent_at,
        )
        assert moved.last != before.last
        assert moved.fitness[: len(before.fitness)] == before.fitness
        self.referrals[index] = moved
        self.now = max(self.now, at)

    def _picked(self, data: st.DataObject, suits: Callable[[Referral], bool]) -> int:
        """Mostly one of those that may move so; the others must not move at all."""
        everyone = list(range(len(self.referrals)))
        suiting = [index for index in everyone if suits(self.referrals[index])] or everyone
        return data.draw(st.sampled_from(data.draw(st.sampled_from([suiting, suiting, suiting, everyone]))))

    def _somebody(self, data: st.DataObject, owner: str) -> str:
        """Mostly the one whose act it is."""
        return data.draw(st.sampled_from([*[owner] * 6, JAKARTA, EAST_JAVA, BALI, WEST_JAVA, HOST, "FORUM"]))

    def _statement(self) -> str:
        self.acts += 1
        return digest(f"act {self.acts}")

    def _open_targets(self) -> frozenset[str]:
        return frozenset(referral.receiver for referral in self.referrals if referral.is_open)


TestLifecycles = Lifecycles.TestCase
TestLifecycles.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
