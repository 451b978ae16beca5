"""Publishing: killed at each step it goes on; it never signs what does not continue what it signed before.

A crash is played by a shelf that stops at its n-th call, before or after having done it ("failed", and "failed but
persisted"); the database's part of the step is then rolled back, as it would be. Some are real: SIGKILL of a process.
"""

import asyncio
import json
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

import operations.publishing
from database import addresses, journal
from database.engines import Databases
from database.shelves import Folder, Overtaken, Shelf
from database.transaction import transaction
from ledger import checkpoints, notes, tiles, trees
from operations.publishing import Diverged
from tests.database import acts
from tests.operations import restored

LOG = SigningKey(bytes(range(32)))
KEY = notes.key_of(acts.ORIGIN, LOG)
PUBLIC = {"checkpoint", "vkey"}


class Killed(Exception):
    pass


@dataclass(slots=True)
class Failing:
    """A shelf whose publisher dies at a call of it."""

    folder: Shelf
    at: int  # the number of the call, from 0
    done: bool  # does the call still take effect?
    calls: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        return self.folder.read(path)

    def signed(self) -> bytes | None:
        return self.folder.signed()

    def numbers(self, name: str) -> list[int]:
        return self.folder.numbers(name)

    def write(self, path: str, content: bytes) -> None:
        self._call(f"write {path}", lambda: self.folder.write(path, content))

    def replace_signed(self, expected: bytes | None, note: bytes) -> None:
        self._call("sign", lambda: self.folder.replace_signed(expected, note))

    def show(self) -> None:
        self._call("show", self.folder.show)

    def _call(self, name: str, effect: Any) -> None:
        killed = len(self.calls) == self.at
        self.calls.append(name)
        if not killed or self.done:
            effect()
        if killed:
            raise Killed(name)


@pytest.fixture
def shelf(tmp_path: Path) -> Folder:
    return Folder(root=tmp_path / "ledger")


@pytest.fixture
async def log(agreed: Databases) -> Databases:
    await acts.begin(agreed)
    return agreed


async def publish(databases: Databases, shelf: Any) -> checkpoints.Checkpoint | None:
    return await operations.publishing.publish(databases, shelf, log=LOG, origin=acts.ORIGIN)


async def required(databases: Databases, shelf: Shelf) -> None:
    await operations.publishing.require_continued(databases, shelf, log=LOG, origin=acts.ORIGIN)


async def write(databases: Databases, count: int) -> None:
    async with transaction(databases.app, acts.asker(acts.JK)) as tx:
        for _ in range(count):
            await journal.append(tx.connection, acts.entry(acts.JK, "key.added", acts.statement()))


async def whole(shelf: Folder, superuser: Any) -> int:
    """The size published; after checking that folder and database agree on every byte of it."""
    leaves = [row["leaf"] for row in await superuser.fetch("select leaf from ledger_entry order by index")]
    note = shelf.read("checkpoint")
    assert note is not None
    told = checkpoints.verify(note, KEY)
    assert note == shelf.signed() == shelf.read(f"checkpoints/{told.size}")
    assert told.root == trees.root([trees.leaf_hash(leaf) for leaf in leaves[: told.size]])
    _, files = tiles.grow(tiles.Edge(), leaves[: told.size])
    for file in files:
        assert shelf.read(file.path) == file.content, file.path
    row = await superuser.fetchrow("select * from checkpoint order by size desc limit 1")
    assert (row["size"], row["root"], row["note"].encode()) == (told.size, told.root.hex(), note)
    assert {path.name for path in shelf.root.rglob(".*")} == {".lock", ".signed"}
    return told.size


async def test_what_was_entered_is_published_and_then_there_is_nothing_to_do(
    log: Databases, shelf: Folder, superuser: Any
) -> None:
    await write(log, 4)
    first = await publish(log, shelf)
    assert first is not None
    assert await whole(shelf, superuser) == first.size == 5
    before = {path: path.stat().st_mtime_ns for path in shelf.root.rglob("*") if path.name != ".lock"}
    assert await publish(log, shelf) is None
    assert {path: path.stat().st_mtime_ns for path in shelf.root.rglob("*") if path.name != ".lock"} == before


async def test_entries_are_logged_then_published(log: Databases, shelf: Folder, superuser: Any) -> None:
    states = "select index, state from ledger_entry_told order by index"
    await publish(log, shelf)
    await write(log, 1)
    assert [row["state"] for row in await superuser.fetch(states)] == ["PUBLISHED", "LOGGED"]
    await publish(log, shelf)
    assert [row["state"] for row in await superuser.fetch(states)] == ["PUBLISHED", "PUBLISHED"]


@dataclass(slots=True)
class Busy(Failing):
    """A shelf beside which somebody acts whenever a checkpoint is signed: a service under load."""

    act: Any = None

    def replace_signed(self, expected: bytes | None, note: bytes) -> None:
        self.folder.replace_signed(expected, note)
        self.act()


async def test_what_is_entered_while_a_round_publishes_is_for_the_next_one(
    log: Databases, shelf: Folder, superuser: Any
) -> None:
    """Found by killing under load: a round had no end, and no witness was asked for any of its many checkpoints."""
    loop = asyncio.get_running_loop()
    busy = Busy(shelf, at=-1, done=True)
    busy.act = lambda: asyncio.run_coroutine_threadsafe(write(log, 2), loop).result(30)
    for size in (1, 3, 5):
        newest = await asyncio.wait_for(publish(log, busy), 60)
        assert newest is not None
        assert await whole(shelf, superuser) == newest.size == size
    assert shelf.numbers("checkpoints") == [1, 3, 5]


async def test_a_log_that_has_not_begun_is_not_published(agreed: Databases, shelf: Folder) -> None:
    assert await publish(agreed, shelf) is None
    assert shelf.signed() is None


async def test_growth_across_tiles_keeps_every_published_size(log: Databases, shelf: Folder, superuser: Any) -> None:
    for more, size in ((254, 255), (1, 256), (1, 257), (300, 557)):
        await write(log, more)
        await publish(log, shelf)
        assert await whole(shelf, superuser) == size
    for size in (255, 256, 257, 557):
        note = shelf.read(f"checkpoints/{size}")
        assert note is not None
        assert checkpoints.verify(note, KEY).size == size
        assert tiles.edge(size, lambda path: shelf.read(path) or b"").root() == checkpoints.verify(note, KEY).root


async def _steps(databases: Databases, folder: Folder) -> list[str]:
    counting = Failing(folder=folder, at=-1, done=True)
    await publish(databases, counting)
    return counting.calls


@pytest.mark.parametrize("done", [False, True], ids=["failed", "failed but persisted"])
@pytest.mark.parametrize("first", [True, False], ids=["the first checkpoint", "a later one"])
@pytest.mark.parametrize("more", [0, 2], ids=["nothing new meanwhile", "entries meanwhile"])
async def test_killed_at_each_step_the_next_call_goes_on(
    log: Databases, tmp_path: Path, superuser: Any, done: bool, first: bool, more: int
) -> None:
    await write(log, 2)
    size = 3
    for at in range(100):
        shelf = Folder(root=tmp_path / str(at))
        if not first:
            await publish(log, shelf)
            await write(log, 1)
            size += 1
        failing = Failing(folder=shelf, at=at, done=done)
        try:
            await publish(log, failing)
        except Killed:
            await write(log, more)
            size += more
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


@pytest.mark.parametrize("at", ["tile/0/000.p/3", ".signed", "checkpoints/3", "checkpoint"])
async def test_a_publisher_killed_while_it_writes_leaves_nothing_behind(
    log: Databases, shelf: Folder, superuser: Any, address: addresses.Address, at: str
) -> None:
    await write(log, 2)
    told = {"url": address.app, "root": str(shelf.root), "log": bytes(LOG).hex(), "origin": acts.ORIGIN, "at": at}
    command = [sys.executable, "-m", "tests.operations.dying_publisher"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=Path(__file__).parents[2], stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(json.dumps(told).encode())
    assert process.returncode == -signal.SIGKILL
    assert (shelf.root / ".new").exists()
    assert shelf.read(at) is None
    await publish(log, shelf)
    assert await whole(shelf, superuser) == 3


async def test_killed_before_the_commit_the_row_is_written_by_the_next_call(
    log: Databases, shelf: Folder, superuser: Any
) -> None:
    await publish(log, shelf)
    await superuser.execute("alter table checkpoint disable trigger user; delete from checkpoint")
    assert await publish(log, shelf) is None
    assert await whole(shelf, superuser) == 1


async def test_two_publishers_at_once_sign_one_history(log: Databases, shelf: Folder, superuser: Any) -> None:
    async def run() -> None:
        for _ in range(10):
            await acts.note(log)
            await publish(log, shelf)

    await asyncio.gather(run(), run())
    await publish(log, shelf)
    assert await whole(shelf, superuser) == 21
    for path in (shelf.root / "checkpoints").iterdir():
        told = checkpoints.verify(path.read_bytes(), KEY)
        assert tiles.edge(told.size, lambda path: shelf.read(path) or b"").root() == told.root


async def test_a_publisher_that_was_overtaken_signs_nothing(log: Databases, shelf: Folder, superuser: Any) -> None:
    """Another one, whose lock was in another database (a restored copy), signs while this one is writing tiles."""

    @dataclass(slots=True)
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


@pytest.mark.parametrize("again", [0, 1, 2, 5])
async def test_a_restored_database_cannot_fork_the_log(
    log: Databases, shelf: Folder, superuser: Any, again: int
) -> None:
    """Shorter than what was published, as long, longer: in no case is another history signed."""
    await write(log, 3)
    await publish(log, shelf)
    signed = shelf.signed()
    await restored.cut(superuser, 2)
    for _ in range(again):
        await acts.note(log, signature="g")  # another entry now stands where a published one stood
    with pytest.raises(Diverged):
        await publish(log, shelf)
    with pytest.raises(Diverged):
        await required(log, shelf)
    assert shelf.signed() == signed == shelf.read("checkpoint")


async def test_a_database_that_goes_on_from_what_was_published_may_be_entered_into(
    log: Databases, shelf: Folder
) -> None:
    """Before the first checkpoint, at it, and beyond it."""
    await required(log, shelf)
    await publish(log, shelf)
    await required(log, shelf)
    await write(log, 2)
    await required(log, shelf)
    (shelf.root / ".signed").write_text("no note")
    with pytest.raises(Diverged, match="signed last"):
        await required(log, shelf)


async def test_an_altered_entry_is_not_signed(log: Databases, shelf: Folder, superuser: Any) -> None:
    await publish(log, shelf)
    await write(log, 3)
    signed = shelf.signed()
    await superuser.execute(
        "alter table ledger_entry disable trigger all;"
        "update ledger_entry set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'e30=', 'e31='), 'UTF8'),"
        " leaf_hash = encode(sha256('\\x00'::bytea || convert_to(replace(convert_from(leaf, 'UTF8'), 'e30=', 'e31='),"
        " 'UTF8')), 'hex') where index = 2"
    )
    with pytest.raises(Diverged):
        await publish(log, shelf)
    assert shelf.signed() == signed


@pytest.mark.parametrize("damage", ["changed", "missing"])
async def test_damaged_files_are_not_built_on(log: Databases, shelf: Folder, damage: str) -> None:
    await write(log, 3)
    await publish(log, shelf)
    await write(log, 1)
    tile = shelf.root / "tile/0/000.p/4"
    if damage == "missing":
        tile.unlink()
    else:
        tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    signed = shelf.signed()
    with pytest.raises(Diverged):
        await publish(log, shelf)
    assert shelf.signed() == signed


async def test_another_logs_database_or_key_is_not_published(log: Databases, shelf: Folder) -> None:
    with pytest.raises(Diverged, match="is of the log"):
        await operations.publishing.publish(log, shelf, log=LOG, origin="another.example/log")
    await publish(log, shelf)
    signed = shelf.signed()
    await write(log, 1)
    with pytest.raises(Diverged, match="not by its key"):
        await operations.publishing.publish(log, shelf, log=SigningKey.generate(), origin=acts.ORIGIN)
    assert shelf.signed() == signed


def test_key_and_documents_lie_beside_the_log(shelf: Folder) -> None:
    operations.publishing.lay_out(shelf, log=LOG, origin=acts.ORIGIN, documents=[("ab" * 32, b"{}")])
    assert notes.read_key((shelf.read("vkey") or b"").decode().strip()) == KEY
    assert shelf.read(f"data/{'ab' * 32}") == b"{}"


async def test_of_two_publishers_that_went_on_differently_the_slower_spoils_no_tile_of_the_other(
    log: Databases, shelf: Folder, superuser: Any
) -> None:
    """Its database is a copy, brought up elsewhere with its own locks; both go on from the same signed note."""
    await publish(log, shelf)
    copied = await superuser.fetchrow("select * from ledger_head")
    await write(log, 2)
    await publish(log, shelf)
    before = {path: path.read_bytes() for path in shelf.root.rglob("*") if path.is_file()}
    await restored.cut(superuser, int(copied["size"]))
    await superuser.execute("alter table checkpoint disable trigger user; delete from checkpoint where size > 1")
    await acts.note(log, signature="g")
    await acts.note(log, signature="Q")

    class Stale(Failing):
        def signed(self) -> bytes | None:
            return self.folder.read("checkpoints/1")  # read before the other one signed

    with pytest.raises(Diverged, match="holds other entries"):
        await publish(log, Stale(folder=shelf, at=-1, done=True))
    assert {path: path.read_bytes() for path in shelf.root.rglob("*") if path.is_file()} == before


def test_compare_and_set_changes_nothing_unless_it_compares(shelf: Folder) -> None:
    shelf.replace_signed(None, b"one")
    for wrong in (None, b"two", b""):
        with pytest.raises(Overtaken):
            shelf.replace_signed(wrong, b"three")
    assert shelf.signed() == b"one"
    shelf.replace_signed(b"one", b"two")
    assert shelf.signed() == b"two"
