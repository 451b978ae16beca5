"""What becomes of what is owed: opened, settled, taken back, breached, entered late; to the second."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from casework import counts, duties, obligations, waivers
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import Ending, Obligation, Paper, State, state
from casework.terms import Term
from tests.casework.owing import REFERRAL, act, after, offered, one, paused, released, sent
from tests.casework.stories import AGREEMENT, BALI, DAY, EAST_JAVA, HOUR, JAKARTA, SECOND, START, digest, must

ACKNOWLEDGE, DECIDE = Kind.REFERRAL_ACKNOWLEDGE, Kind.REFERRAL_DECIDE
RECEIPT, ANSWER = Kind.HANDOVER_RECEIPT, Kind.DISCREPANCY_ANSWER


def test_a_sent_referral_is_owed_an_acknowledgement_and_a_decision_by_its_receiver() -> None:
    for each, term in zip(sent(), (Term.PT24H, Term.P3WD), strict=True):
        assert (each.debtor, each.creditor, each.term, each.opened_at) == (EAST_JAVA, JAKARTA, term, START)
        assert (each.opened_by, each.referral) == (digest(f"referral.sent {START.isoformat()}"), REFERRAL)
        assert state(each, START) is State.OPEN
    assert [each.kind for each in sent()] == [ACKNOWLEDGE, DECIDE]


def test_a_release_is_owed_a_receipt_and_a_bad_receipt_an_answer() -> None:
    standing = released(term=Term.PT6H)
    release = standing[0].opened_by
    standing = after(standing, act("handover.received", START + HOUR, about=release, agrees=False))
    receipt, answer = one(standing, RECEIPT), one(standing, ANSWER)
    assert (receipt.debtor, receipt.term, state(receipt, START + HOUR)) == (EAST_JAVA, Term.PT6H, State.MET)
    assert (answer.debtor, answer.creditor, answer.due) == (JAKARTA, EAST_JAVA, START + 25 * HOUR)
    assert state(answer, answer.due + SECOND) is State.BREACHED
    answered = after(standing, act("discrepancy.answered", START + 2 * HOUR, about=answer.opened_by))
    assert state(one(answered, ANSWER), START + DAY * 90) is State.MET
    assert one(answered, RECEIPT) == receipt


@pytest.mark.parametrize("kind", ["handover.received", "handover.refused"])
def test_a_receipt_that_agrees_has_nothing_to_answer(kind: str) -> None:
    standing = released()
    standing = after(standing, act(kind, START + HOUR, about=standing[0].opened_by, agrees=True))
    answer = one(standing, ANSWER)
    assert (answer.ending, answer.ended_by, answer.ended_kind) == (Ending.SETTLED, answer.opened_by, kind)
    assert state(answer, START + HOUR) is State.MET


STORIES = {
    "one second before due": (-SECOND, State.MET),
    "at due": (timedelta(0), State.MET),
    "one second after due": (SECOND, State.MET_LATE),
}


@pytest.mark.parametrize("story", STORIES)
def test_settled_around_due(story: str) -> None:
    when, expected = STORIES[story]
    standing = sent()
    due = one(standing, ACKNOWLEDGE).due
    assert due == START + 24 * HOUR
    settled = one(after(standing, act("referral.acknowledged", due + when)), ACKNOWLEDGE)
    assert state(settled, due + when) is expected
    assert state(settled, due + 1000 * DAY) is expected
    assert state(one(standing, ACKNOWLEDGE), due) is State.OPEN
    assert state(one(standing, ACKNOWLEDGE), due + SECOND) is State.BREACHED


def test_accepting_or_declining_settles_both_and_acknowledging_one() -> None:
    for kind in ("referral.accepted", "referral.declined"):
        assert all(each.ended_kind == kind for each in after(sent(), act(kind, START + HOUR)))
    first, second = after(sent(), act("referral.acknowledged", START + HOUR))
    assert (first.ending, second.ending) == (Ending.SETTLED, None)
    decided = after((first, second), act("referral.accepted", START + 2 * HOUR))
    assert decided[0] == first
    assert decided[1].ended_at == START + 2 * HOUR


def test_an_act_of_another_statement_settles_nothing() -> None:
    standing = released()
    other = act("handover.received", START + HOUR, about=digest("another release"), agrees=True)
    assert one(after(standing, other), RECEIPT) == standing[0]
    assert after(standing, act("fitness.certified", START + HOUR)) == standing


def test_what_the_creditor_takes_back_in_time_is_met_and_too_late_it_stays_breached() -> None:
    in_time = one(after(sent(), act("referral.withdrawn", START + HOUR)), ACKNOWLEDGE)
    assert (in_time.ending, state(in_time, START + 90 * DAY)) == (Ending.RELEASED, State.MET)
    too_late = one(after(sent(), act("referral.withdrawn", START + 24 * HOUR + SECOND)), ACKNOWLEDGE)
    assert (too_late.ending, state(too_late, START + 90 * DAY)) == (Ending.RELEASED, State.BREACHED)


def test_expiry_settles_nothing_and_ends_a_pause() -> None:
    first, second = sent()
    waiting = paused(second, START + HOUR)
    expired = after((first, waiting), act("referral.expired", START + 14 * DAY))
    assert expired[0] == first
    assert expired[1].paused_since is None
    assert expired[1].ending is None
    assert state(expired[1], expired[1].due) is State.OPEN
    assert state(expired[1], expired[1].due + SECOND) is State.BREACHED


def test_settled_while_paused_is_met_however_long_it_took() -> None:
    first, second = sent()
    waiting = paused(first, START + HOUR)
    assert state(waiting, START + 90 * DAY) is State.PAUSED
    settled = one(after((waiting, second), act("referral.acknowledged", START + 90 * DAY)), ACKNOWLEDGE)
    assert state(settled, START + 90 * DAY) is State.MET
    assert settled.stops == (Span(from_=START + HOUR, until=START + 90 * DAY),)


CALENDAR = {
    # 2026-03-18 to 24 holds Nyepi, joint leave, a weekend and Idulfitri 1447 H
    "across Idulfitri": (datetime(2026, 3, 17, 3, tzinfo=UTC), EAST_JAVA, "2026-03-27T16:59:59"),
    # sent on a Friday: Monday, Tuesday, Wednesday
    "over a weekend": (datetime(2026, 3, 6, 3, tzinfo=UTC), EAST_JAVA, "2026-03-11T16:59:59"),
    # Thursday 31 December 2026 at noon; New Year is a Friday
    "at year's end": (datetime(2026, 12, 31, 5, tzinfo=UTC), EAST_JAVA, "2027-01-06T16:59:59"),
    # Tuesday 23:30 in Jakarta is Wednesday 00:30 in Bali: Bali's own day counts
    "across the two offsets": (datetime(2026, 3, 3, 16, 30, tzinfo=UTC), BALI, "2026-03-09T15:59:59"),
    "in one's own offset": (datetime(2026, 3, 3, 16, 30, tzinfo=UTC), EAST_JAVA, "2026-03-06T16:59:59"),
}


@pytest.mark.parametrize("story", CALENDAR)
def test_three_working_days(story: str) -> None:
    at, receiver, due = CALENDAR[story]
    assert one(sent(at, receiver=receiver), DECIDE).due == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_agreement_may_end_with_obligations_open_and_they_are_judged_all_the_same() -> None:
    before_the_end = datetime(2030, 6, 17, 16, tzinfo=UTC)
    standing = sent(before_the_end)
    assert not AGREEMENT.in_force(one(standing, ACKNOWLEDGE).due)
    assert state(one(standing, ACKNOWLEDGE), before_the_end + 25 * HOUR) is State.BREACHED
    settled = after(standing, act("referral.accepted", before_the_end + 2 * HOUR))
    assert {state(each, before_the_end + 90 * DAY) for each in settled} == {State.MET}


# -- outages -----------------------------------------------------------------------------------------------------------
def outage(standing: tuple[Obligation, ...], begins: datetime, ends: datetime) -> tuple[Obligation, ...]:
    span = Span(from_=begins, until=ends)
    return tuple(obligations.stopped(each, span, agreement=AGREEMENT) for each in standing)


def test_an_outage_in_the_middle_moves_every_due_by_its_length() -> None:
    first, second = outage(sent(), START + 3 * HOUR, START + 8 * HOUR)
    assert first.due == START + 29 * HOUR
    # three working days end with the day: five hours beyond midnight are one working day more
    assert second.due == datetime(2026, 3, 6, 16, 59, 59, tzinfo=UTC)
    assert state(first, START + 29 * HOUR) is State.OPEN


def test_an_outage_stops_no_clock_that_has_run_out_stands_or_has_ended() -> None:
    first, _ = sent()
    assert outage((first,), first.due + SECOND, START + 40 * HOUR)[0] is first
    waiting = paused(first, START + HOUR)
    assert outage((waiting,), START + 2 * HOUR, START + 4 * HOUR)[0] is waiting
    done = after(sent(), act("referral.acknowledged", START + HOUR))[0]
    assert outage((done,), START + 2 * HOUR, START + 3 * HOUR)[0] is done


def test_time_is_not_counted_out_twice() -> None:
    first, _ = sent()
    resumed = obligations.resumed(paused(first, START + HOUR), at=START + 6 * HOUR, agreement=AGREEMENT)
    assert resumed.due == START + 29 * HOUR
    beside = outage((resumed,), START + 6 * HOUR, START + 7 * HOUR)[0]
    assert beside.due == START + 30 * HOUR
    assert beside.stops == (Span(from_=START + HOUR, until=START + 7 * HOUR),)  # one time of standing still
    again = obligations.paused(beside, at=START + 8 * HOUR)
    at_once = obligations.resumed(again, at=START + 8 * HOUR, agreement=AGREEMENT)
    assert (at_once.stops, at_once.due) == (beside.stops, beside.due)
    apart = outage((beside,), START + 9 * HOUR, START + 11 * HOUR)[0]
    assert (apart.due, len(apart.stops)) == (START + 32 * HOUR, 2)


# -- paper -------------------------------------------------------------------------------------------------------------
def two_days_late() -> tuple[Obligation, ...]:
    standing = released()
    receipt = act("handover.received", START + 3 * DAY, about=standing[0].opened_by, agrees=True)
    return after(standing, receipt)


def with_papers(*papers: tuple[str, str]) -> Obligation:
    standing = two_days_late()
    for party, text in papers:
        standing = counts.recorded(
            standing, handover=str(standing[0].ended_by), paper=Paper(party=party, sha256=digest(text))
        )
    return one(standing, RECEIPT)


PAPERS = {
    "no paper": ((), State.MET_LATE, False, False),
    "one side only": (((EAST_JAVA, "bast"),), State.MET_LATE, False, True),
    "the other side only": (((JAKARTA, "bast"),), State.MET_LATE, False, True),
    "two papers": (((EAST_JAVA, "bast"), (JAKARTA, "another")), State.MET_LATE, False, True),
    "the same paper": (((EAST_JAVA, "bast"), (JAKARTA, "bast")), State.MET, True, False),
}


@pytest.mark.parametrize("story", PAPERS)
def test_paper_entered_two_days_late(story: str) -> None:
    papers, expected, entered_late, contested = PAPERS[story]
    found = with_papers(*papers)
    assert state(found, START + 4 * DAY) is expected
    assert (found.entered_late, found.contested) == (entered_late, contested)


def test_paper_changes_nothing_for_what_was_in_time_or_is_no_receipt() -> None:
    standing = released()
    receipt = act("handover.received", START + HOUR, about=standing[0].opened_by, agrees=True)
    standing = after(standing, receipt)
    for party in (EAST_JAVA, JAKARTA):
        standing = counts.recorded(standing, handover=receipt.statement, paper=Paper(party=party, sha256=digest("x")))
    assert [(each.entered_late, each.contested) for each in standing] == [(False, False), (False, False)]
    assert {state(each, START + DAY) for each in standing} == {State.MET}
    assert counts.recorded(sent(), handover=digest("other"), paper=Paper(party=JAKARTA, sha256=digest("x"))) == sent()


# -- naming ------------------------------------------------------------------------------------------------------------
def test_an_obligation_is_found_by_its_name_and_replaced_by_it() -> None:
    first, second = sent()
    assert obligations.find((first, second), "referral.decide", second.opened_by) == second
    assert obligations.find((first, second), "referral.decide", digest("other")) is None
    changed = replace(second, waiver_offer=digest("waiver"))
    assert obligations.replaced((first, second), changed) == (first, changed)
    assert len({first.id, second.id, replace(first, referral="d" * 32).id}) == 3
    assert first.id == replace(first, due=START, ending=Ending.WAIVED).id


def test_every_row_of_the_table_has_its_clause_and_basis_in_the_agreement() -> None:
    told = {duty.kind.value: AGREEMENT.counted_under(duty.kind, Term.P14D) for duty in duties.DUTIES}
    assert {kind: (clause, basis.value) for kind, (clause, basis) in told.items()} == {
        "referral.acknowledge": ("coordination", "proposed"),
        "referral.decide": ("coordination", "proposed"),
        "handover.receipt": ("repatriation", "proposed"),
        "discrepancy.answer": ("good_condition", "proposed"),
    }
    assert {duty.kind for duty in duties.DUTIES} == set(Kind)
    assert AGREEMENT.counted_under("referral.decide", Term.PT24H)[0] == "coordination"


def test_a_pause_is_not_eaten_by_the_weekend_that_an_outage_had_given() -> None:
    """A quarter of an hour on a Friday moves a due to Monday; five hours before Monday's midnight are five hours."""
    friday = one(sent(datetime(2026, 3, 3, 3, tzinfo=UTC)), DECIDE)
    outage = Span(from_=friday.due - HOUR, until=friday.due - HOUR + timedelta(minutes=15))
    monday = obligations.stopped(friday, outage, agreement=AGREEMENT)
    assert monday.due == friday.due + 3 * DAY
    since = monday.due - HOUR / 2
    waits = must(Obligation, waivers.agree_pause(offered(monday, since), by=JAKARTA, at=since, offer=digest("pause")))
    runs = obligations.resumed(waits, at=since + 5 * HOUR, agreement=AGREEMENT)
    assert runs.due == monday.due + 5 * HOUR
    assert state(runs, since + 5 * HOUR) is State.OPEN
    late = since + 5 * HOUR
    waived = must(
        Obligation,
        waivers.agree_waiver(
            waits, by=JAKARTA, at=late, statement=digest("let off"), offer=digest("waiver"),
            kind="obligation.waiver_agreed", agreement=AGREEMENT,
        ),
    )  # fmt: skip
    assert waived.ended_at is not None
    assert waived.ended_at <= waived.due  # as PostgreSQL demands of what is waived
    small = Span(from_=monday.due - HOUR, until=monday.due - HOUR + timedelta(minutes=15))
    assert obligations.stopped(monday, small, agreement=AGREEMENT).due == monday.due + small.length  # not a day more


def test_an_outage_that_begins_in_the_last_second_still_stops_the_clock() -> None:
    first, _ = sent()
    assert outage((first,), first.due, first.due + HOUR)[0].due == first.due + HOUR


def test_only_the_receipt_of_a_handover_is_told_by_paper() -> None:
    late = one(after(sent(), act("referral.acknowledged", START + 2 * DAY)), ACKNOWLEDGE)
    papers = tuple(Paper(party=party, sha256=digest("x")) for party in (EAST_JAVA, JAKARTA))
    for told in (papers, papers[:1]):
        found = replace(late, papers=told)
        assert (found.entered_late, found.contested, state(found, START + 3 * DAY)) == (False, False, State.MET_LATE)
    (receipt,) = released()
    assert receipt.kind is RECEIPT
    in_time = after((receipt,), act("handover.received", START + HOUR, about=receipt.opened_by, agrees=True))[0]
    assert not replace(in_time, papers=papers[:1]).contested
    taken_back = replace(in_time, ending=Ending.RELEASED, ended_at=START + 2 * DAY, papers=papers)
    assert not taken_back.entered_late


def test_only_an_answer_is_met_by_what_opens_it() -> None:
    opening = act("handover.released", START, agrees=True, terms={RECEIPT: Term.PT24H})
    assert one(after((), opening), RECEIPT).ending is None


def test_the_ends_of_its_referral_are_known_of_each_kind() -> None:
    standing = after(
        released(),
        act("handover.received", START + HOUR, about=released()[0].opened_by, agrees=False),
    )
    assert [each.kind for each in standing] == [Kind.HANDOVER_RECEIPT, Kind.DISCREPANCY_ANSWER]
    assert [counts.ends(each) for each in standing] == [(JAKARTA, EAST_JAVA)] * 2
    assert [each.debtor for each in standing] == [EAST_JAVA, JAKARTA]
