"""The database's superuser at work on the ledger: whatever is edited, deleted or put in, is found and named."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from database.shelves import Folder
from ledger import entries, envelopes
from operations import comparing, publishing
from operations.comparing import Difference
from operations.publishing import Diverged
from tests.operations.worlds import World

LOG = SigningKey.generate()


@pytest.fixture
def shelf(tmp_path: Path) -> Folder:
    return Folder(root=tmp_path / "ledger")


UNGUARDED = "alter table ledger_entry disable trigger all; alter table ledger_head disable trigger all"


async def publish(world: World, shelf: Folder) -> None:
    await publishing.publish(world.desk.databases, shelf, log=LOG, origin=world.desk.origin)


async def intrude(superuser: Any, *statements: str) -> None:
    """As the superuser, with the triggers out of the way."""
    async with superuser.transaction():
        await superuser.execute(UNGUARDED)
        for statement in statements:
            await superuser.execute(statement)


async def test_an_honest_ledger_shows_no_difference(world: World, shelf: Folder) -> None:
    await world.received()
    assert await comparing.compare(world.desk, shelf) == ()
    await publish(world, shelf)
    assert await comparing.compare(world.desk, shelf) == ()


async def test_a_published_file_that_is_gone_is_missed(world: World, shelf: Folder) -> None:
    """What cannot be compared is not the same."""
    await world.received()
    await publish(world, shelf)
    (bundle,) = [each for each in (shelf.root / "tile" / "entries").rglob("*") if each.is_file()]
    bundle.unlink()
    (found,) = await comparing.compare(world.desk, shelf)
    assert (found.index, found.message) == (0, "the file that it was published in is not there")


EDITED = "convert_to(replace(convert_from(leaf, 'UTF8'), '\"at\":\"2', '\"at\":\"3'), 'UTF8')"
EDIT = f"update ledger_entry set leaf = {EDITED}, leaf_hash = encode(sha256('\\x00'::bytea || {EDITED}), 'hex')"  # noqa: S608  # the test's own


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("index", [0, 4, 5])
async def test_an_edited_entry_is_found_and_named(
    world: World, shelf: Folder, superuser: Any, index: int, published: bool
) -> None:
    await world.accepted()
    if published:
        await publish(world, shelf)
    await intrude(superuser, f"{EDIT} where index = {index}")
    assert (await comparing.compare(world.desk, shelf))[0].index == index


@pytest.mark.parametrize("column", ["at = at - interval '1 day'", "prev = repeat('a', 64)"])
async def test_a_column_that_departs_from_its_leaf_is_found(
    world: World, shelf: Folder, superuser: Any, column: str
) -> None:
    await world.accepted()
    await intrude(superuser, f"update ledger_entry set {column} where index = 3")  # noqa: S608  # the test's own
    assert await comparing.compare(world.desk, shelf) == (
        Difference(index=3, message="its columns do not say what its leaf says"),
    )


@pytest.mark.parametrize("published", [True, False])
async def test_a_deleted_entry_is_found_and_named(world: World, shelf: Folder, superuser: Any, published: bool) -> None:
    await world.accepted()
    if published:
        await publish(world, shelf)
    await intrude(superuser, "delete from ledger_entry where index = 3")
    assert [each.index for each in await comparing.compare(world.desk, shelf)] == [3]


async def test_an_entry_made_over_as_a_whole_is_betrayed_by_the_one_after_it(
    world: World, shelf: Folder, superuser: Any
) -> None:
    """Leaf, hash and columns agree with each other; the next entry's link does not."""
    await world.accepted()
    later = "at = at + interval '1000 years'"
    await intrude(superuser, f"{EDIT}, {later} where index = 4")
    found = await comparing.compare(world.desk, shelf)
    assert found == (Difference(index=5, message="it does not continue the entry before it"),)


@pytest.mark.parametrize("change", ["size = size - 1", "size = size + 1", "leaf_hash = repeat('c', 64)"])
async def test_a_head_that_was_moved_is_found(world: World, shelf: Folder, superuser: Any, change: str) -> None:
    await world.accepted()
    await intrude(superuser, f"update ledger_head set {change}")  # noqa: S608  # the test's own
    found = await comparing.compare(world.desk, shelf)
    assert found == (Difference(index=None, message="its head does not stand behind entry 5"),)


async def test_the_newest_entries_taken_away_with_their_head_are_missed_once_published(
    world: World, shelf: Folder, superuser: Any
) -> None:
    await world.accepted()
    await publish(world, shelf)
    await intrude(
        superuser,
        "delete from ledger_entry where index >= 4",
        "update ledger_head set size = 4, leaf_hash = (select leaf_hash from ledger_entry where index = 3)",
    )
    assert [each.index for each in await comparing.compare(world.desk, shelf)] == [4, 5]
    with pytest.raises(Diverged):
        await publish(world, shelf)


async def test_an_entry_put_in_with_all_links_right_is_still_not_signed_by_anybody(
    world: World, shelf: Folder, superuser: Any
) -> None:
    """The superuser can make every hash right, but cannot sign for a province."""
    await world.accepted()
    last = await superuser.fetchrow("select * from ledger_entry order by index desc limit 1")
    leaf = bytes(last["leaf"]).decode()
    size = last["index"] + 1
    forged = leaf.replace(f'"index":{last["index"]}', f'"index":{size}').replace(last["prev"], last["leaf_hash"])
    payload = forged.split('"payload":"')[1].split('"')[0]
    forged = forged.replace(payload, payload[:100] + ("A" if payload[100] != "A" else "B") + payload[101:])
    digest = hashlib.sha256(b"\x00" + forged.encode()).hexdigest()
    async with superuser.transaction():
        await superuser.execute(UNGUARDED)
        await superuser.execute(
            """insert into ledger_entry
                (index, statement, prev, leaf_hash, at, kind, party, other_party, key, seen_size, referral_id, leaf)
                select $1::bigint, $2, leaf_hash, $3, at, kind, party, other_party, key, seen_size, referral_id, $4
                from ledger_entry where index = $1::bigint - 1""",
            size,
            statement_of(forged),
            digest,
            forged.encode(),
        )
        await superuser.execute("update ledger_head set size = $1::bigint, leaf_hash = $2", size + 1, digest)
    found = await comparing.compare(world.desk, shelf)
    assert {each.index for each in found} == {size}


def statement_of(leaf: str) -> str:
    envelope = entries.parse(leaf.encode()).envelope
    return envelopes.statement_id(envelope.payload_type, envelope.payload)


async def test_an_unpublished_entry_edited_with_its_hash_is_not_signed_by_the_publisher(
    world: World, shelf: Folder, superuser: Any
) -> None:
    await world.accepted()
    await intrude(superuser, f"{EDIT} where index = 5")
    with pytest.raises(Diverged, match="entry 5"):
        await publish(world, shelf)
    assert shelf.signed() is None
