"""A start on rows from before, on a key store or a database that was restored, and on keys that are not here."""

import json
from dataclasses import replace
from typing import Any

import pytest

from casework.conditions import ITEMS
from casework.vulnerabilities import Vulnerability
from database.sealed import Trailed
from database.transaction import transaction
from database.vaults import Vault
from database.wrapping import Wrapper
from operations import legs, resealing, seals
from operations.desks import asker
from operations.resealing import WrapperMissing
from tests.operations import worlds
from tests.operations.worlds import JAKARTA, SITI, World

OPEN_AGAIN = """
alter table person drop constraint person_is_sealed; alter table opening drop constraint opening_is_sealed;
alter table condition_report drop constraint condition_report_is_sealed; set session_replication_role = replica;
"""
CHECKED = """
set session_replication_role = origin;
alter table person add constraint person_is_sealed check (
    full_name is null and aliases is null and nik is null and birth_date is null
    and (sealed is null) = (erased_at is not null)
) not valid;
alter table opening add constraint opening_is_sealed
    check (value is null and salt is null and sealed is not null) not valid;
alter table condition_report add constraint condition_report_is_sealed check (
    num_nonnulls(consciousness, mobility, injury, illness, nutrition, mental) = 0 and sealed is not null
) not valid;
"""


async def from_before(world: World, superuser: Any) -> None:
    """The rows as the version before had them: in plain, and no key of anybody."""
    [person] = {row[0] for row in await superuser.fetch("select id from person")}
    opened = seals.Opened(trailed=Trailed(1), keys=await world.desk.vault.keys([person]))
    await superuser.execute(OPEN_AGAIN)
    for row in await superuser.fetch("select * from opening"):
        told = seals.opening_of(opened, person, row["statement"], row["name"], row["sealed"])
        assert told is not None
        await superuser.execute(
            "update opening set sealed = null, value = $1, salt = $2 where statement = $3 and name = $4",
            json.dumps(told.value), told.salt, row["statement"], row["name"],
        )  # fmt: skip
    for row in await superuser.fetch("select * from condition_report"):
        graded = seals.condition_of(opened, person, row["statement"], row["sealed"])
        named = ", ".join(f"{item} = '{getattr(graded, item)}'" for item in ITEMS)
        await superuser.execute(f"update condition_report set sealed = null, {named} where id = $1", row["id"])  # noqa: S608  # words of the rules
    await superuser.execute(
        "update person set sealed = null, full_name = $1, aliases = $2, nik = $3, birth_date = $4",
        SITI.full_name, list(SITI.aliases), SITI.nik, SITI.birth_date,
    )  # fmt: skip
    await superuser.execute(CHECKED)
    await world.desk.vault.destroy(person)


async def plain(superuser: Any) -> int:
    counted = [
        await superuser.fetchval(f"select count(*) from {table} where sealed is null")  # noqa: S608  # our own words
        for table in ("person", "opening", "condition_report")
    ]
    return sum(counted)


async def test_rows_from_before_are_sealed_by_the_next_start_and_tell_the_same(world: World, superuser: Any) -> None:
    await world.released()
    before = await told(world, superuser)
    await from_before(world, superuser)
    rows = await plain(superuser)
    assert rows > 3
    assert await resealing.settle(world.desk) == rows
    assert await plain(superuser) == 0
    assert await told(world, superuser) == before
    everything = str(await superuser.fetch("select t::text from person t"))
    assert SITI.full_name not in everything
    for table in ("person", "opening", "condition_report"):
        await superuser.execute(f"alter table {table} validate constraint {table}_is_sealed")
    assert await resealing.settle(world.desk) == 0


async def told(world: World, superuser: Any) -> Any:
    """What an act would judge by."""
    by = world.hands[JAKARTA].by
    row = await superuser.fetchrow("select id, person_id from referral")
    async with transaction(world.desk.databases.app, asker(by)) as tx:
        opener = seals.opener(world.desk, by, "0" * 64)
        return await legs.handovers_of(tx, row["id"], row["person_id"], opener)


async def test_a_start_that_was_killed_half_way_is_gone_on_with(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.released()
    await from_before(world, superuser)
    rows, sealing = await plain(superuser), seals.condition
    done: list[Any] = []

    def dying(*args: Any) -> bytes:
        if done:
            raise ConnectionResetError("killed")
        done.append(args)
        return sealing(*args)

    monkeypatch.setattr(seals, "condition", dying)  # the second table of three: persons are done by then
    monkeypatch.setattr(seals, "opening", dying)
    with pytest.raises(ConnectionResetError):
        await resealing.settle(world.desk)
    monkeypatch.undo()
    left = await plain(superuser)
    assert 0 < left < rows
    assert await resealing.settle(world.desk) == left
    assert await plain(superuser) == 0


async def test_a_key_store_whose_wrappers_are_not_here_is_not_served(world: World, superuser: Any) -> None:
    await world.opened_case()
    other = Wrapper(name="f" * 16, secret=bytes(32))
    strange = replace(worlds.WRAPPING, owners={owner: (other,) for owner in worlds.WRAPPING.owners})
    with pytest.raises(WrapperMissing, match=worlds.WRAPPING.owners[JAKARTA][0].name):
        await resealing.settle(replace(world.desk, wrapping=lambda: strange))


async def test_keys_are_wrapped_anew_and_open_the_same(world: World, superuser: Any) -> None:
    for _ in range(3):
        await world.opened_case()
    before = world.desk.vault
    persons = [row[0] for row in await superuser.fetch("select id from person")]
    keys = await before.keys(persons)
    fresh = Wrapper(name="a" * 16, secret=b"a" * 32)
    renewed = replace(
        worlds.WRAPPING, owners={owner: (fresh, *every) for owner, every in worlds.WRAPPING.owners.items()}
    )
    vault = Vault(pool=before.pool, wrapping=renewed)
    assert await vault.renew() == 3
    assert await vault.renew() == 0
    assert await vault.names() == {fresh.name}
    assert await vault.keys(persons) == keys


async def test_a_protected_persons_key_lies_in_the_compartment(world: World, superuser: Any) -> None:
    await world.opened_case()
    ordinary = await superuser.fetchval("select id from person")
    await world.opened_case(vulnerabilities=[Vulnerability.VICTIM_OF_TRAFFICKING])
    rows = await world.desk.databases.keys.fetch("select person, owner from data_key")
    assert {row["owner"] for row in rows if row["person"] == ordinary} == {JAKARTA}
    assert {row["owner"] for row in rows if row["person"] != ordinary} == {"COMPARTMENT"}
