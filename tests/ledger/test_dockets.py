"""The packed docket against obligations as they are: row for row, late changes too, at any instant."""

from collections.abc import Iterable
from dataclasses import fields, replace

from hypothesis import example, given
from hypothesis import strategies as st

from casework.obligations import Ending, Obligation, state
from ledger.dockets import Docket, Row
from tests.casework.stories import AGREEMENT, START
from tests.ledger.lives import FULL, Life, Step, Told, lived, steps


def filled(life: Life, docket: Docket) -> Docket:
    docket.begin(life.ids, AGREEMENT)
    outages = {changes[0].index: span for _, span, changes in life.outages if changes}
    for told in life.told:
        if told.index in outages:
            docket.stop(told.index, outages.pop(told.index), told.at)
        docket.tell(told.index, told.before, told.after, told.at)
    return docket


def reference(entries: Iterable[Told]) -> list[tuple[int, Obligation]]:
    """The same without packing: the newest of each obligation, and the entry that it was first told by."""
    opened: dict[tuple[str, str, str], int] = {}
    newest: dict[tuple[str, str, str], Obligation] = {}
    for told in entries:
        for each in told.after.obligations:
            key = each.referral, each.kind, each.opened_by
            opened.setdefault(key, told.index)
            newest[key] = each
    return sorted(((opened[key], each) for key, each in newest.items()), key=lambda row: (row[0], row[1].kind))


@given(steps)
@example(FULL)
def test_packed_rows_are_the_obligations_themselves(chosen: list[Step]) -> None:
    life = lived(chosen)
    docket = filled(life, Docket())
    rows, expected = list(docket.rows(life.at)), reference(life.told)
    assert len(docket) == len(rows) == len(expected)
    same = {field.name for field in fields(Row)} & {field.name for field in fields(Obligation)}
    for row, (index, each) in zip(rows, expected, strict=True):
        assert (row.index, row.due_at, row.state) == (index, each.due, state(each, life.at))
        assert (row.clause, row.basis) == AGREEMENT.counted_under(each.kind, each.term)
        assert {name: getattr(row, name) for name in same} == {name: getattr(each, name) for name in same}


@given(steps, st.integers(0, 100))
@example(FULL, 97)
def test_rows_as_of_an_instant_are_those_of_the_entries_up_to_it(chosen: list[Step], percent: int) -> None:
    life = lived(chosen)
    until = START + (life.at - START) * percent / 100
    prefix = replace(life, told=[told for told in life.told if told.at <= until])
    early, docket = filled(life, Docket(until)), filled(prefix, Docket())
    assert list(early.rows(until)) == list(docket.rows(until))
    assert early.outages == docket.outages


def test_without_an_agreement_nothing_is_owed() -> None:
    assert list(Docket().rows(START)) == []
    assert len(Docket()) == 0


def test_obligations_that_one_entry_opens_on_several_referrals_are_told_apart() -> None:
    """A convoy will do that: each change finds its own."""
    life = lived([])
    first, second = (life.told[number].after for number in (0, 1))
    together = tuple(replace(each, opened_by=first.last) for each in second.obligations)
    acknowledged = replace(together[0], ending=Ending.SETTLED, ended_at=life.at, ended_by=second.last)
    docket = Docket()
    docket.begin(life.ids, AGREEMENT)
    docket.tell(0, None, first, START)
    docket.tell(0, None, replace(second, obligations=together), START)
    docket.tell(
        1,
        replace(second, obligations=together),
        replace(second, obligations=(acknowledged, *together[1:])),
        life.at,
    )
    assert [(row.referral, row.ended_by) for row in docket.rows(life.at)] == [
        (first.id, None),
        (first.id, None),
        (second.id, second.last),
        (second.id, None),
    ]
