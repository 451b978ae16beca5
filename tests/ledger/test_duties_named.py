"""What the table of duties names of statements is there, and the format's table (O1) is the same."""

import pytest

from casework.duties import DUTIES, Duty, Side
from ledger import statements
from tests.ledger import second_count

every_duty = pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.kind)


@every_duty
def test_each_statement_has_the_fields_that_the_table_names(duty: Duty) -> None:
    for named, kinds in (
        (duty.term_in, duty.opened_by),
        (duty.met_if, duty.opened_by),
        (duty.named_in, duty.settled_by),
    ):
        if named is not None:
            assert {kind for kind in kinds if named in statements.KINDS[kind].__dataclass_fields__} == set(kinds)


@every_duty
def test_what_a_handover_owes_names_what_it_answers(duty: Duty) -> None:
    """A referral may have several handovers: an answer to one must not settle what is owed for another."""
    assert (duty.of.value == "HANDOVER") == (duty.named_in is not None)


@every_duty
def test_the_format_tells_the_same_row(duty: Duty) -> None:
    assert second_count.DUTIES[duty.kind] == {
        "opened": list(duty.opened_by),
        "sender owes": duty.owed_by is Side.SENDER,
        "term": duty.term_in,
        "settled": list(duty.settled_by),
        "named": duty.named_in,
        "met if": duty.met_if,
        "back": list(duty.released_by),
        "paper": duty.by_paper,
    }


def test_the_format_has_no_duty_more() -> None:
    assert list(second_count.DUTIES) == [duty.kind for duty in DUTIES]
