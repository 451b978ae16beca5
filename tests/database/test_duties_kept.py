"""The database's own lists of what opens, settles and releases which obligation are those of the table of duties."""

import re
from typing import Any

import pytest

from casework.duties import DUTIES, Duty, Side
from database.owed import ENDS

OPENS = "select pg_get_functiondef('rule_obligation_begins'::regproc)"
CHECKS = """
    select string_agg(pg_get_constraintdef(oid), chr(10)) from pg_constraint
    where conrelid = 'obligation'::regclass and contype = 'c'
"""


def listed(text: str, kind: str) -> set[str]:
    """The words of the array behind `when '<kind>'`."""
    found = re.search(rf"(?i)when '{re.escape(kind)}'(?:::text)? then array\[(.*?)\]", text)
    return set(re.findall(r"'([a-z_.]+)'", found[1])) if found else set()


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.kind)
async def test_postgresql_lets_it_be_settled_by_what_the_table_says(superuser: Any, duty: Duty) -> None:
    itself = duty.opened_by if duty.met_if_agreed else ()
    assert listed(await superuser.fetchval(CHECKS), duty.kind) == {*duty.settled_by, *itself}


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.kind)
async def test_postgresql_lets_it_be_opened_by_what_the_table_says(superuser: Any, duty: Duty) -> None:
    text = await superuser.fetchval(OPENS)
    otherwise = set(re.findall(r"(?i)else array\['([a-z_.]+)'\]", text))
    assert (listed(text, duty.kind) or otherwise) == set(duty.opened_by)


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.kind)
async def test_postgresql_lets_it_be_released_by_what_the_table_says(superuser: Any, duty: Duty) -> None:
    text = await superuser.fetchval(CHECKS)
    found = re.search(r"'RELEASED'.*\bkind ~~ '([a-z.]+)%'.*\bended_kind = '([a-z_.]+)'", text)
    assert found is not None
    assert duty.released_by == ((found[2],) if duty.kind.startswith(found[1]) else ())


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.kind)
async def test_the_ends_that_postgresql_computes_are_sender_and_receiver(superuser: Any, duty: Duty) -> None:
    asked = f"select {ENDS['from_party']}, {ENDS['to_party']} from (values ($1, 'owes', 'is owed')) o (kind, debtor, creditor)"  # noqa: E501, S608  # our own words, best read in one line
    owes_first = duty.owed_by is Side.SENDER
    assert tuple(await superuser.fetchrow(asked, duty.kind)) == (
        ("owes", "is owed") if owes_first else ("is owed", "owes")
    )
