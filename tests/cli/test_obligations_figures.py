"""The figures that are published: true where they are shown, and safe all together."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.agreements import AppliesTo
from casework.clocks import Span
from casework.duties import Kind
from casework.obligations import State
from cli.audit.obligations.figures import (
    ALL,
    CONTESTED,
    ENTERED_LATE,
    IN_TIME,
    JUDGED,
    LATE,
    PENDING,
    TOTAL,
    WAIVED,
    Counts,
    Figures,
)
from cli.audit.obligations.months import between
from cli.audit.obligations.suppression import total
from ledger.dockets import Outage, Row
from tests.cli import readers
from tests.cli.accounts import AGREEMENT, END, ROW, TERMS, outages, rows

FEW_PARTIES = ("ID-JI", "ID-JK", "ID-JT")
SMALLER = replace(AGREEMENT, parties=tuple(party for party in AGREEMENT.parties if party.code in FEW_PARTIES))


def counted(told: list[Row], smaller: bool = False) -> Figures:
    figures = Figures(agreement=SMALLER if smaller else AGREEMENT)
    for row in told:
        figures.add(row)
    return figures


def test_large_counts_are_shown_as_they_are() -> None:
    told = list(rows(9000))
    published = counted(told).published()
    outcome = {State.MET: IN_TIME, State.MET_LATE: LATE, State.BREACHED: LATE, State.OPEN: PENDING}
    cells = Counter((row.debtor, row.clause, outcome.get(row.state)) for row in told)
    for party in published.parties:
        for clause in published.clauses:
            assert published.cell(party, clause, IN_TIME).exact == cells[party, clause, IN_TIME]
            assert published.cell(party, clause, LATE).exact == cells[party, clause, LATE]
    assert published.cell(ALL, ALL, TOTAL).exact == len(told)
    assert published.cell(ALL, ALL, WAIVED).exact == sum(row.state == State.WAIVED for row in told)
    assert published.state(State.PAUSED).exact == sum(row.state == State.PAUSED for row in told)
    assert published.special(ENTERED_LATE).exact == sum(row.entered_late for row in told)
    assert published.special(CONTESTED).exact == sum(row.contested for row in told)
    handovers = Counter((row.creditor, row.debtor) for row in told if row.kind is Kind.HANDOVER_RECEIPT)
    assert all(published.flow(*ends).exact == count for ends, count in handovers.items())
    assert published.flow(ALL, ALL).exact == handovers.total()
    late = [row for row in told if row.state in (State.MET_LATE, State.BREACHED)]
    assert sum(published.month(month).exact or 0 for month in published.months) == len(late)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 90), st.integers(1, 3), st.integers(0, 10**6))
def test_nor_from_what_the_outages_have_stopped_and_spared(referrals: int, several: int, seed: int) -> None:
    """All counts of the page together, those of outages as numbers, not as the five that each is among."""
    told = list(rows(referrals, seed, FEW_PARTIES))
    figures = counted(told, smaller=True)
    figures.outages = outages(told, several, seed)
    published = figures.published()
    counts = Counts(parties=published.parties, clauses=published.clauses, months=published.months, figures=figures)
    assert all(sum(factor * counts.counts[key] for key, factor in each.items()) == 0 for each in counts.relations)
    readers.no_cell_is_known(published.shown, counts.counts, counts.relations, frozenset(counts.never))


@pytest.mark.parametrize(("spared", "stopped"), [(10, (4, 6)), (3, (3,)), (2, (7, 5)), (6, (6,) * 20), (1, (1,) * 30)])
def test_outages_and_what_they_spared_tell_nothing_of_each_other(spared: int, stopped: tuple[int, ...]) -> None:
    """Ten that are spared, and an outage that stopped six: then the other has stopped four at least."""
    hour = timedelta(hours=1)
    told = [replace(ROW, state=State.MET, stopped_by_host=hour, state_without_host=State.MET_LATE)] * spared
    told += [replace(ROW, state=State.MET, stopped_by_host=hour)] * max(0, max(stopped) - spared)
    figures = counted([*told, *[replace(ROW, state=State.MET)] * 100])
    figures.outages = tuple(
        Outage(index=number, span=Span(from_=END + number * hour, until=END + (number + 1) * hour), stopped=count)
        for number, count in enumerate(stopped)
    )
    published = figures.published()
    counts = Counts(parties=published.parties, clauses=published.clauses, months=published.months, figures=figures)
    assert all(sum(factor * counts.counts[key] for key, factor in each.items()) == 0 for each in counts.relations)
    readers.no_cell_is_known(published.shown, counts.counts, counts.relations, frozenset(counts.never))
    assert published.cell(ALL, ALL, IN_TIME).exact == 100 + len(told)  # and nothing else is kept back for it


def test_where_all_outages_are_listed_a_reader_knows_that_no_other_stopped_a_clock() -> None:
    """Ten were spared; had the first stopped fewer than four, the two would not have stopped ten together."""
    hour = timedelta(hours=1)
    figures = counted([replace(ROW, state=State.MET, stopped_by_host=hour, state_without_host=State.MET_LATE)] * 10)
    figures.outages = tuple(
        Outage(index=number, span=Span(from_=END, until=END + hour), stopped=count)
        for number, count in ((1, 4), (2, 6))
    )
    published = figures.published()
    assert [published.outage(each).exact for each in figures.outages] == [None, None]
    more = Outage(index=3, span=Span(from_=END, until=END + hour / 2), stopped=9)
    figures.outages = (figures.outages[1], *(replace(more, index=10 + n) for n in range(30)))
    assert figures.published().outage(figures.outages[0]).exact == 6


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 150), st.integers(0, 10**6))
def test_no_count_that_is_kept_back_can_be_computed_from_all_figures_together(referrals: int, seed: int) -> None:
    figures = counted(list(rows(referrals, seed, FEW_PARTIES)), smaller=True)
    published = figures.published()
    counts = Counts(parties=published.parties, clauses=published.clauses, months=published.months, figures=figures)
    readers.no_cell_is_known(published.shown, counts.counts, counts.relations, frozenset(counts.never))


def test_the_relations_hold_and_tie_the_figures_together() -> None:
    figures = counted(list(rows(300)))
    counts = Counts(
        parties=figures.parties(), clauses=figures.clauses(), months=between(figures.months), figures=figures
    )
    assert all(sum(factor * counts.counts[key] for key, factor in each.items()) == 0 for each in counts.relations)
    tied = [set(each) for each in counts.relations]
    receipts = {("flow", ALL, "ID-JI"), ("cell", "ID-JI", "repatriation", TOTAL)}
    assert receipts in tied  # whoever knows what was received knows what was owed under that clause
    sent = ("owed", "ID-JI", "coordination", "referral.sent")
    assert {("cell", "ID-JI", "coordination", TOTAL): -1, sent: 2} in counts.relations  # two for each referral
    answers = {("flow", "ID-JI", ALL), ("cell", "ID-JI", "good_condition", TOTAL)}
    assert any(answers < each for each in tied)  # an answer for each receipt at most
    unanswered = {("cell", ALL, "repatriation", PENDING), ("overdue", "repatriation"), ("let off", "repatriation")}
    assert any(unanswered < each for each in tied)  # and for each that was given, exactly one
    for whole in (("cell", ALL, "repatriation", LATE), ("state", State.BREACHED)):
        assert any({whole, ("overdue", "repatriation")} < each for each in tied)  # of both a part that can be known


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 150), st.integers(0, 10**6))
def test_kinds_that_share_a_clause_are_as_safe(referrals: int, seed: int) -> None:
    """Whatever a clause comes to hold: who knows the trade knows how many receipts are among it."""
    one = "good_condition"
    told = [
        replace(row, clause=one) if row.clause == "repatriation" else row for row in rows(referrals, seed, FEW_PARTIES)
    ]
    terms = tuple(replace(term, clause=one) if term.clause == "repatriation" else term for term in SMALLER.terms)
    figures = Figures(agreement=replace(SMALLER, terms=terms))
    for row in told:
        figures.add(row)
    published = figures.published()
    counts = Counts(parties=published.parties, clauses=published.clauses, months=published.months, figures=figures)
    assert all(sum(factor * counts.counts[key] for key, factor in each.items()) == 0 for each in counts.relations)
    parts = [
        ("owed", "ID-JI", one, "handover.released"),
        ("owed", "ID-JI", one, "handover.received", "handover.refused"),
    ]
    assert total(("cell", "ID-JI", one, TOTAL), parts) in counts.relations
    assert total(("flow", ALL, "ID-JI"), parts[:1]) in counts.relations
    readers.no_cell_is_known(published.shown, counts.counts, counts.relations, frozenset(counts.never))


def test_what_one_statement_opens_is_as_many_under_whichever_clauses() -> None:
    """Who knows how many decisions were owed knows how many acknowledgements: two of them were waived."""
    other = "identity_tracing"
    terms = [replace(term, clause=other) if term.obligation == Kind.REFERRAL_DECIDE else term for term in SMALLER.terms]
    figures = Figures(agreement=replace(SMALLER, terms=tuple(terms)))
    for state in (*[State.WAIVED] * 2, *[State.MET] * 20):
        figures.add(replace(ROW, kind=Kind.REFERRAL_ACKNOWLEDGE, clause="coordination", state=state))
        figures.add(replace(ROW, kind=Kind.REFERRAL_DECIDE, clause=other, state=State.MET))
    published = figures.published()
    told = [published.cell(ALL, "coordination", outcome).exact for outcome in (IN_TIME, LATE, JUDGED, PENDING, WAIVED)]
    assert told == [None, 0, None, 0, None]
    assert published.cell(ALL, other, TOTAL).exact == 22


def test_a_kind_that_another_clause_shares_is_not_as_many_as_the_one_it_is_opened_with() -> None:
    """Urgent acknowledgements under a clause of their own: each clause comes out even by what is under it."""
    other, sent = "identity_tracing", ("owed", "ID-JI", "coordination", "referral.sent")
    terms = [
        replace(term, clause=other)
        if (term.obligation, term.applies_to) == (Kind.REFERRAL_ACKNOWLEDGE, AppliesTo.EMERGENCY)
        else term
        for term in SMALLER.terms
    ]
    figures = Figures(agreement=replace(SMALLER, terms=tuple(terms)))
    for n in range(22):
        clause = other if n < 7 else "coordination"
        figures.add(replace(ROW, kind=Kind.REFERRAL_ACKNOWLEDGE, clause=clause, state=State.MET))
        figures.add(replace(ROW, kind=Kind.REFERRAL_DECIDE, clause="coordination", state=State.MET))
    counts = Counts(parties=figures.parties(), clauses=figures.clauses(), months=(), figures=figures)
    decided = (*sent, Kind.REFERRAL_DECIDE)
    assert total(("cell", "ID-JI", "coordination", TOTAL), [sent, decided]) in counts.relations
    assert {sent: 1, ("cell", "ID-JI", other, TOTAL): 1, decided: -1} in counts.relations


def test_answers_tell_nothing_of_handovers_that_are_kept_back() -> None:
    """All were received and answered for: who handed over how many is also how many answers they owed."""
    flows = {
        ("ID-NB", "ID-JI"): 4,
        ("ID-BA", "ID-JI"): 4,
        ("ID-BA", "ID-NB"): 2,
        ("ID-YO", "ID-JT"): 6,
        ("ID-YO", "ID-NB"): 2,
        ("ID-YO", "ID-NT"): 8,
    }
    told = []
    for (sender, receiver), people in flows.items():
        for kind in Kind:
            debtor, creditor = (sender, receiver) if kind is Kind.DISCREPANCY_ANSWER else (receiver, sender)
            clause = AGREEMENT.counted_under(kind, TERMS[kind])[0]
            met = replace(ROW, kind=kind, clause=clause, debtor=debtor, creditor=creditor, state=State.MET)
            told += [met] * people
    published = counted(told).published()
    for party in published.parties:
        handed_over, judged = published.flow(party, ALL), published.cell(party, "good_condition", JUDGED)
        assert (handed_over.exact is None) == (judged.exact is None), party


def test_a_month_is_the_debtors_own() -> None:
    """One hour before midnight in Jakarta it is a new month in Bali."""
    due = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)
    late = replace(ROW, state=State.BREACHED, due_at=due)
    assert counted([replace(late, debtor="ID-JK")]).months == {"2026-01": 1}
    assert counted([replace(late, debtor="ID-BA")]).months == {"2026-02": 1}
    assert counted([replace(late, debtor="ID-XX")]).months == {"2026-01": 1}


def test_months_come_without_gaps() -> None:
    assert between({"2026-02", "2025-11"}) == ("2025-11", "2025-12", "2026-01", "2026-02")
    assert between(()) == ()


def test_parties_and_clauses_that_the_agreement_does_not_know_are_counted_too() -> None:
    strange = Figures(agreement=None)
    for row in [*rows(30), replace(ROW, debtor="ID-XX", creditor="ID-YY", clause="other")]:
        strange.add(row)
    published = strange.published()
    assert {"ID-XX", "ID-YY"} <= set(published.parties)
    assert "other" in published.clauses
    assert published.cell("ID-XX", "other", JUDGED).exact == 0


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_outcome(state: State) -> None:
    assert counted([replace(ROW, state=state)]).cells.total() == 1


def test_nothing_counted_is_nothing_shown_but_zero() -> None:
    published = counted([]).published()
    assert {known.exact for known in published.shown.values()} == {0}
    assert published.months == ()
