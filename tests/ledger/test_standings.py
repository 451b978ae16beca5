"""What is remembered of referrals, packed or not, is what was told of them."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import example, given

from casework.clocks import Span
from casework.handovers import Handover
from casework.obligations import Obligation
from casework.parties import HOST
from casework.referrals import Referral
from ledger.indexes import Index
from ledger.packings import Packing
from ledger.standings import Standings
from tests.casework.stories import AGREEMENT, digest
from tests.ledger.lives import FULL, Step, lived, steps


def judged(state: Referral | None) -> Referral | None:
    """As a finished referral is remembered: without what only acts on an open one ask for."""
    return state if state is None or state.is_open else replace(state, fitness=())


def owed(states: Iterable[Referral]) -> dict[str, tuple[Obligation, ...]]:
    return {state.id: state.obligations for state in states}


@given(steps)
@example(FULL)
def test_a_referral_is_remembered_as_it_was_told_and_moved_by_outages_where_it_rests(chosen: list[Step]) -> None:
    life = lived(chosen)
    standings = Standings(Packing(life.ids))
    for after, told in enumerate((*life.told, None)):
        for span, changed in [(span, changed) for first, span, changed in life.outages if first == after]:
            found = list(standings.outage(span, AGREEMENT))
            assert owed(before for before, _ in found) == owed(each.before for each in changed if each.before)
            assert owed(moved for _, moved in found) == owed(each.after for each in changed)
        if told is not None and not any(told in changed for _, _, changed in life.outages):
            standings.follow(told.after.id, told.after.last)
            standings[told.after.id] = told.after
            assert judged(standings.get(told.after.id)) == judged(told.after)
    for state in life.states.values():
        assert judged(standings.get(state.id)) == judged(state)
        assert standings.last(state.id) == state.last
        assert state.id in standings
    assert {state.id for state in standings.running()} >= {each.id for each in life.states.values() if each.is_open}


def test_what_was_remembered_of_a_finished_referral_is_as_it_was_when_the_next_statement_is_known() -> None:
    """A walk follows a statement before it judges it by the state that was."""
    life = lived([])
    standings = Standings(Packing(life.ids))
    states = [told.after for told in life.told if told.after.id == f"{2:032x}"]
    settled = replace(
        states[-1], obligations=tuple(replace(each, noted_by=each.opened_by) for each in states[-1].obligations)
    )
    standings[settled.id] = settled
    standings.follow(settled.id, life.told[0].after.last)
    assert not settled.is_open
    assert standings.get(settled.id) == judged(settled)
    assert standings.last(settled.id) == life.told[0].after.last


def test_nothing_is_told_of_a_referral_that_was_not_and_of_a_name_that_none_can_have() -> None:
    standings = Standings(Packing(Index(32)))
    standings["no such name"] = lived([]).states[f"{0:032x}"]
    standings.follow("AB" * 16, digest("any"))
    for name in ("no such name", "AB" * 16, "0" * 32):
        assert (standings.get(name), standings.last(name), name in standings) == (None, None, False)


def test_a_referral_that_is_no_longer_judged_is_known_as_such() -> None:
    life = lived([])
    standings = Standings(Packing(life.ids))
    state = life.states[f"{1:032x}"]
    standings.follow(state.id, state.last)
    assert state.id not in standings
    standings[state.id] = None
    assert (standings.get(state.id), state.id in standings, standings.last(state.id)) == (None, True, state.last)


def test_an_outage_leaves_alone_what_rests_and_what_is_no_longer_judged() -> None:
    life = lived([("withdrawn", 60, 0, 0, HOST)])
    standings = Standings(Packing(life.ids))
    for state in life.states.values():
        standings.follow(state.id, state.last)
        standings[state.id] = state
    resting = life.states[f"{0:032x}"]
    span = Span(from_=life.at, until=life.at + timedelta(hours=1))
    moved = [before.id for before, _ in standings.outage(span, AGREEMENT)]
    assert moved
    assert resting.id not in moved
    for each in moved:
        standings[each] = None
    assert list(standings.outage(span, AGREEMENT)) == []


def test_an_id_that_is_in_no_log_cannot_be_packed() -> None:
    with pytest.raises(LookupError, match="is not in the log"):
        Packing(Index(32)).entry(digest("nowhere"))


SEALED = {"reason", "condition_at_release", "condition_at_receipt", "told_at_release", "told_at_receipt"}
DROPPED = {"fitness"} | SEALED
PACKED = {
    Referral: "id sender receiver status sent_at last term_acknowledge term_decide acknowledged_at decided_at"
    " completed_at handovers obligations",
    Handover: "release leg sender receiver term status released_at receipt settled_at agrees answer answered_at papers",
    Obligation: "kind opened_by referral debtor creditor term opened_at due stops paused_since ending ended_at ended_by"
    " ended_kind papers waiver_offer pause_offer noted_by noted_at",
}


@pytest.mark.parametrize("kind", PACKED)
def test_a_new_field_is_packed_or_is_not_judged_later(kind: type[Referral | Handover | Obligation]) -> None:
    assert {field.name for field in fields(kind)} - DROPPED == set(PACKED[kind].split())
