"""The database's table of duties is that of the rules, and what is owed is held to it."""

from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest

from casework.duties import DUTIES, Duty

ACTS = "select act from duty_act where duty = $1 and does = $2"


async def done(superuser: Any, duty: Duty, does: str) -> set[str]:
    return {row["act"] for row in await superuser.fetch(ACTS, duty.kind, does)}


async def test_postgresql_knows_the_duties_of_the_rules_and_no_others(superuser: Any) -> None:
    told = {tuple(row) for row in await superuser.fetch('select kind, "of", owed_by, by_paper from duty')}
    assert told == {(duty.kind, duty.of.value, duty.owed_by.value, duty.by_paper) for duty in DUTIES}


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.kind)
async def test_postgresql_lets_it_be_opened_and_ended_by_what_the_table_says(superuser: Any, duty: Duty) -> None:
    itself = duty.opened_by if duty.met_if else ()
    assert await done(superuser, duty, "OPENED") == set(duty.opened_by)
    assert await done(superuser, duty, "SETTLED") == {*duty.settled_by, *itself}
    assert await done(superuser, duty, "RELEASED") == set(duty.released_by)
    assert await done(superuser, duty, "WAIVED") == {"obligation.waiver_agreed"}


@pytest.mark.parametrize("table", ["duty", "duty_act"])
@pytest.mark.parametrize("change", ["delete from {}", "truncate {} cascade", "update {} set {} = {} || '!'"])
async def test_a_duty_stays_as_it_was_agreed(superuser: Any, table: str, change: str) -> None:
    before = await superuser.fetch(f"select * from {table} order by 1, 2, 3")  # noqa: S608  # our own words
    named = {"duty": "kind", "duty_act": "act"}[table]
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="refused to everybody"):
        await superuser.execute(change.format(table, named, named))
    assert await superuser.fetch(f"select * from {table} order by 1, 2, 3") == before  # noqa: S608  # our own words
