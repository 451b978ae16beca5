"""Publishing into an object store: the stories of the folder, over HTTP to moto's server.

A crash is played as over the folder, by a shelf that stops at its n-th call; some are real: SIGKILL of a process that
waits for the store's answer. What goes wrong at the store goes wrong on the wire (`tests.database.stores`).
"""

import asyncio
import json
import secrets
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from database import addresses, places
from database.engines import Databases
from database.shelves import Shelf, Unreachable
from ledger import checkpoints, tiles, trees
from operations.publishing import Diverged
from tests.database import acts, stores
from tests.database.stores import Way
from tests.operations import restored
from tests.operations.test_publishing import KEY, LOG, Failing, Killed, publish, required, write


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with stores.serving() as address, stores.credentials():
        stores.make(address, "kept")
        yield address


@pytest.fixture
def way(moto: str) -> Iterator[Way]:
    with Way(int(moto.rpartition(":")[2])).laid() as way:
        yield way


@pytest.fixture
def store() -> str:
    return f"s3://kept/{secrets.token_hex(8)}"


@pytest.fixture
def shelf(way: Way, store: str) -> Shelf:
    return opened(way, store)


@pytest.fixture
async def log(agreed: Databases) -> Databases:
    await acts.begin(agreed)
    return agreed


def opened(way: Way, store: str) -> Shelf:
    return places.shelf(Path("unused"), store, None, endpoint=way.address, patience=stores.AT_ONCE)


async def whole(shelf: Shelf, superuser: Any) -> int:
    """The size published; after checking that store and database agree on every byte of it."""
    leaves = [row["leaf"] for row in await superuser.fetch("select leaf from ledger_entry order by index")]
    note = shelf.read("checkpoint")
    assert note is not None
    told = checkpoints.verify(note, KEY)
    assert note == shelf.signed() == shelf.read(f"checkpoints/{told.size}")
    assert told.root == trees.root([trees.leaf_hash(leaf) for leaf in leaves[: told.size]])
    _, files = tiles.grow(tiles.Edge(), leaves[: told.size])
    for file in files:
        assert shelf.read(file.path) == file.content, file.path
    assert told.size in shelf.numbers("checkpoints")
    assert await superuser.fetchval("select max(size) from checkpoint") == told.size
    return told.size


@pytest.mark.parametrize("done", [False, True], ids=["failed", "failed but persisted"])
async def test_killed_at_each_step_the_next_call_goes_on(log: Databases, way: Way, superuser: Any, done: bool) -> None:
    await write(log, 2)
    size = 3
    for at in range(100):
        shelf = opened(way, f"s3://kept/{secrets.token_hex(8)}")
        failing = Failing(folder=shelf, at=at, done=done)
        try:
            await publish(log, failing)
        except Killed:
            await write(log, 1)
            size += 1
            await publish(log, shelf)
            assert await whole(shelf, superuser) == size
        else:
            assert at >= 5, "tile, bundle, sign, checkpoints/<size>, show"
            break
        await superuser.execute(
            "alter table checkpoint disable trigger user; delete from checkpoint;"
            "alter table checkpoint enable trigger user"
        )
    else:
        pytest.fail("it never ended")


@pytest.mark.parametrize("at", [b"/private/signed", b"/public/checkpoint "], ids=["signing", "showing"])
@pytest.mark.parametrize("mood", ["silent", "deaf"], ids=["before the store has it", "after"])
async def test_a_publisher_killed_between_tile_and_checkpoint_is_followed_by_one_that_goes_on(
    log: Databases, way: Way, store: str, superuser: Any, address: addresses.Address, at: bytes, mood: stores.Mood
) -> None:
    await write(log, 2)
    way.mood, way.path, way.method = mood, at, b"PUT"
    told = {"url": address.app, "store": store, "endpoint": way.address, "log": bytes(LOG).hex(), "origin": acts.ORIGIN}
    command = [sys.executable, "-m", "tests.operations.publisher_to_a_store"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=Path(__file__).parents[2], stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(told).encode())
    process.stdin.close()
    async with asyncio.timeout(30):
        while not any(line.startswith(b"PUT") and at in line for line in way.seen):
            await superuser.execute("select pg_sleep(0.02)")
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    way.mood = "open"
    shelf = opened(way, store)
    assert shelf.read("tile/0/000.p/3") is not None
    if mood == "silent":
        assert (shelf.signed() is None) == (b"signed" in at)
        assert shelf.read("checkpoint") is None
    await publish(log, shelf)
    assert await whole(shelf, superuser) == 3


@pytest.mark.parametrize("mood", ["gone", "failing", "deaf", "halving"])
@pytest.mark.parametrize("path", [b"/tile/0/", b"/tile/entries/", b"signed", b"/checkpoints/", b"/checkpoint "])
async def test_while_the_store_fails_nothing_is_lost_and_afterwards_it_goes_on(
    log: Databases, way: Way, shelf: Shelf, superuser: Any, mood: stores.Mood, path: bytes
) -> None:
    await write(log, 1)
    await publish(log, shelf)
    await write(log, 1)
    way.mood, way.path, way.method = mood, path, b"PUT"
    with pytest.raises(Unreachable):
        await publish(log, shelf)
    assert await superuser.fetchval("select max(size) from checkpoint") == 2, "nobody is told PUBLISHED too early"
    way.mood = "open"
    await write(log, 1)
    await publish(log, shelf)
    assert await whole(shelf, superuser) == 4


async def test_a_publisher_that_was_overtaken_signs_nothing(log: Databases, shelf: Shelf, superuser: Any) -> None:
    class Slow(Failing):
        def replace_signed(self, expected: bytes | None, note: bytes) -> None:
            other = checkpoints.Checkpoint(origin=acts.ORIGIN, size=1, root=bytes(32))
            self.folder.replace_signed(expected, checkpoints.sign(other, LOG).encode())
            self.folder.replace_signed(expected, note)

    assert await publish(log, Slow(folder=shelf, at=-1, done=True)) is None
    signed = shelf.signed()
    assert signed is not None
    assert checkpoints.verify(signed, KEY).root == bytes(32)
    assert shelf.read("checkpoint") is None
    assert await superuser.fetchval("select count(*) from checkpoint") == 0


@pytest.mark.parametrize("again", [0, 1, 5])
async def test_a_restored_database_cannot_fork_the_log(
    log: Databases, shelf: Shelf, superuser: Any, again: int
) -> None:
    await write(log, 3)
    await publish(log, shelf)
    signed = shelf.signed()
    await restored.cut(superuser, 2)
    for _ in range(again):
        await acts.note(log, signature="g")
    with pytest.raises(Diverged):
        await publish(log, shelf)
    with pytest.raises(Diverged):
        await required(log, shelf)
    assert shelf.signed() == signed == shelf.read("checkpoint")


async def test_two_publishers_at_once_sign_one_history(log: Databases, way: Way, store: str, superuser: Any) -> None:
    async def run() -> None:
        for _ in range(4):
            await acts.note(log)
            await publish(log, opened(way, store))

    await asyncio.gather(run(), run())
    shelf = opened(way, store)
    await publish(log, shelf)
    assert await whole(shelf, superuser) == 9
    for size in shelf.numbers("checkpoints"):
        told = checkpoints.verify(shelf.read(f"checkpoints/{size}") or b"", KEY)
        assert tiles.edge(told.size, lambda path: shelf.read(path) or b"").root() == told.root
