"""Collecting: witnesses sign what was published, whatever some do; and what they saw is told everywhere alike."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from api import sweeps
from casework.duties import Kind
from cli.audit import downloads, folders
from cli.audit.endings import FOUND, Stopped
from cli.witness import identities, servers
from cli.witness.doors import Door
from database.addresses import Address
from database.shelves import Folder
from ledger import checkpoints, cosignatures, notes, verifier
from ledger.quorums import Policy
from operations import collecting, comparing, publishing
from operations.collecting import Collector
from tests.cli.witness import logs
from tests.cli.witness.logs import Clock, Growing
from tests.operations import stages, told_twice
from tests.operations.stages import Stage
from tests.operations.worlds import ORIGIN

BEGAN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
NAMES = ("w1", "w2", "w3")
ACKNOWLEDGE = Kind.REFERRAL_ACKNOWLEDGE


@dataclass(slots=True)
class Watched:
    """A stage, its published files, and its three witnesses, whose clocks go with it."""

    stage: Stage
    folder: Path
    doors: list[Door]
    clock: Clock
    collector: Collector
    policy: Policy
    servers: list[str] = field(default_factory=list)

    @property
    def shelf(self) -> Folder:
        return Folder(root=self.folder)

    async def publish(self) -> None:
        await told_twice.publish(self.stage.world, self.folder)

    async def collect(self) -> None:
        self.clock.time = int(self.stage.now.timestamp())
        world = self.stage.world
        await collecting.collect(world.desk.databases, self.shelf, self.collector, log=world.log, origin=ORIGIN)

    async def both(self) -> None:
        await self.publish()
        await self.collect()

    def signed(self, name: str = "checkpoint") -> set[str]:
        """Who has signed what readers see."""
        note = notes.parse(self.shelf.read(name) or b"")
        return {key.name for key in cosignatures.read(note, self.policy.witnesses).times}

    async def states(self) -> list[str]:
        told = await self.stage.superuser.fetch("select state from ledger_entry_told order by index")
        return [row["state"] for row in told]


@pytest.fixture
def keys(tmp_path: Path) -> list[SigningKey]:
    return [identities.new(tmp_path / name, name).key for name in NAMES]


@pytest.fixture
async def watched(address: Address, superuser: Any, keys: list[SigningKey], tmp_path: Path) -> AsyncIterator[Watched]:
    witnesses = tuple(cosignatures.key_of(name, key) for name, key in zip(NAMES, keys, strict=True))
    policy, clock = Policy(witnesses=witnesses, quorum=2), Clock()
    async with (
        stages.opened(address, superuser, BEGAN, policy=policy) as stage,
        collecting.over_http([]) as collector,
    ):
        log = Growing(key=stage.world.log, leaves=[], origin=ORIGIN)
        with ExitStack() as ends:
            doors = [ends.enter_context(logs.witness(tmp_path / name, log, clock=clock)) for name in NAMES]
            async with servers.beside(doors) as addresses:
                collector.addresses = addresses
                yield Watched(stage, tmp_path / "ledger", doors, clock, collector, policy, addresses)


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """Something that listens, and does this with whoever connects."""

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except OSError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def saying(answer: bytes) -> Answer:
    async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return said


def whole(status: str, kind: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


# -- what comes of it -------------------------------------------------------------------------------------------------
async def test_what_was_published_is_witnessed_and_says_so_everywhere(watched: Watched) -> None:
    await watched.stage.send()
    assert set(await watched.states()) == {"LOGGED"}
    await watched.publish()
    assert set(await watched.states()) == {"PUBLISHED"}
    await watched.collect()
    size = watched.shelf.read("checkpoint") or b""
    assert (
        watched.signed() == watched.signed(f"checkpoints/{checkpoints.parse(notes.parse(size).text).size}") == {*NAMES}
    )
    assert set(await watched.states()) == {"WITNESSED"}
    report = verifier.verify(folders.Folder(watched.folder))
    assert report.clean, report.findings
    assert (report.sightings.newest, report.sightings.covered) == (NAMES, report.size)
    await watched.stage.later(seconds=30)
    await watched.stage.send()
    assert (await watched.states())[-1] == "LOGGED"
    await watched.both()
    assert set(await watched.states()) == {"WITNESSED"}


async def test_who_has_signed_is_asked_no_more(watched: Watched) -> None:
    await watched.both()
    before = [door.signer.records.last(ORIGIN) for door in watched.doors]
    await watched.stage.later(minutes=10)
    await watched.both()
    assert [door.signer.records.last(ORIGIN) for door in watched.doors] == before


async def test_below_quorum_everything_goes_on_marked_as_published(watched: Watched) -> None:
    watched.collector.addresses = watched.servers[:1]
    for _ in range(2):
        await watched.stage.send()
        await watched.both()
        await watched.stage.later(minutes=1)
    assert watched.signed() == {"w1"}
    assert set(await watched.states()) == {"PUBLISHED"}
    report = verifier.verify(folders.Folder(watched.folder))
    assert (report.clean, report.sightings.covered, report.sightings.cosignatures) == (True, 0, 2)
    watched.collector.addresses = watched.servers
    await watched.collect()
    assert watched.signed() == {*NAMES}
    assert set(await watched.states()) == {"WITNESSED"}


async def hold(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"-")
        await writer.drain()
        await asyncio.sleep(0.05)


async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await writer.drain()


THIEF = SigningKey.generate()
FALSE: dict[str, Answer] = {
    "says nothing": hold,
    "goes away": saying(b""),
    "answers byte by byte": drip,
    "answers without end": pour,
    "speaks no HTTP": saying(b"\x00\x01\x02\r\n\r\n"),
    "says yes": saying(whole("200 OK", "text/plain", b"yes\n")),
    "says nothing with 200": saying(whole("200 OK", "text/plain", b"")),
    "sends elsewhere": saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
    "is full": saying(whole("503 Service Unavailable", "text/plain", b"later\n")),
    "always knows another size": saying(whole("409 Conflict", "text/x.tlog.size", b"1\n")),
    "names no size": saying(whole("409 Conflict", "text/x.tlog.size", b"-1\n")),
    "names a size as text": saying(whole("409 Conflict", "text/plain", b"1\n")),
    "signs with another's name": saying(
        whole("200 OK", "text/plain", cosignatures.cosign("x\n1\n" + "A" * 43 + "=\n", "w3", THIEF, 1).line().encode())
    ),
}


@pytest.mark.parametrize("story", FALSE)
async def test_a_witness_that_fails_or_lies_holds_nothing_up_and_leaves_no_trace(
    story: str, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "PATIENCE", 0.4)
    async with answering(FALSE[story]) as address:
        watched.collector.addresses = [*watched.servers[:2], address, "http://127.0.0.1:1"]
        async with asyncio.timeout(5):
            await watched.both()
    note = watched.shelf.read("checkpoint") or b""
    assert watched.signed() == {"w1", "w2"}
    assert len(notes.parse(note).signatures) == 3
    assert set(await watched.states()) == {"WITNESSED"}


async def test_no_more_of_an_answer_is_read_than_a_witness_has_to_say(watched: Watched) -> None:
    """However long we would wait."""
    async with answering(pour) as address, asyncio.timeout(collecting.PATIENCE / 2):
        watched.collector.addresses = [*watched.servers[:2], address]
        await watched.both()
    assert watched.signed() == {"w1", "w2"}


async def test_a_true_witness_whose_clock_is_wrong_is_not_counted(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    """Its time would accuse this host of back-dating (V27)."""
    await watched.publish()
    for ahead in (-121, 121):
        watched.clock.time = int(watched.stage.now.timestamp()) + ahead
        world = watched.stage.world
        await collecting.collect(world.desk.databases, watched.shelf, watched.collector, log=world.log, origin=ORIGIN)
        assert watched.signed() == set()
        for door in watched.doors:  # so that its own time may be an earlier one again
            (door.signer.records.root / "logs").rename(door.signer.records.root / f"logs{ahead}")
        watched.collector.sizes.clear()
    assert "seconds off ours" in caplog.text
    await watched.collect()
    assert watched.signed() == {*NAMES}


async def test_a_witness_that_knows_a_longer_log_is_told_to_the_operator(
    watched: Watched, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """This host was set back, with its published files: what it enters now would fork the log."""
    await watched.both()
    size = checkpoints.parse(notes.parse(watched.shelf.read("checkpoint") or b"").text).size
    log = Growing(key=watched.stage.world.log, origin=ORIGIN)
    for door in watched.doors:
        last = door.signer.records.last(ORIGIN)
        assert last is not None
        longer = checkpoints.sign(log.checkpoint(size + 5), log.key).encode()
        line = cosignatures.cosign(notes.parse(longer).text, door.signer.name, door.signer.key, last.time)
        door.signer.records.keep(ORIGIN, longer + line.line().encode())
    await watched.stage.send()
    with caplog.at_level(logging.CRITICAL):
        await watched.both()
    assert f"has signed {size + 5} entries of this log, which has {size + 1}" in caplog.text
    assert watched.signed() == set()
    assert (await watched.states())[-1] == "PUBLISHED"


async def test_a_replica_that_shows_what_another_has_shown_more_of_already_raises_no_alarm(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    """Two of them take turns at publishing; the slower one's checkpoint is not what the log has come to."""
    await watched.both()
    await watched.stage.send()
    await watched.publish()
    quicker = asyncio.Lock()
    shown: list[str] = []

    async def later(address: str, body: bytes) -> tuple[int, str, bytes]:
        async with quicker:
            if not shown:
                await watched.stage.send()
                await watched.both()
            shown.append(address)
        return await watched.collector.post(address, body)

    slower, world = replace(watched.collector, post=later, sizes={}, names={}), watched.stage.world
    with caplog.at_level(logging.CRITICAL):
        await collecting.collect(world.desk.databases, watched.shelf, slower, log=world.log, origin=ORIGIN)
    assert len(set(shown)) == 3
    assert caplog.text == ""
    assert (await watched.states())[-1] == "WITNESSED"


async def test_a_host_that_was_set_back_and_forks_gets_no_signature_and_proves_it_against_itself(
    watched: Watched, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """It shows the witnesses one history, and later, with its files and its database set back, another one."""
    await watched.stage.send()
    await watched.both()
    first = watched.shelf.read("checkpoint") or b""
    size = checkpoints.parse(notes.parse(first).text).size
    auditor = folders.Folder(tmp_path / "copy")
    downloads.fetch(shown(watched), auditor, lambda done, of: None)
    forked = checkpoints.Checkpoint(origin=ORIGIN, size=size, root=bytes(32))
    other_note = checkpoints.sign(forked, watched.stage.world.log).encode()
    watched.shelf.replace_signed(watched.shelf.signed(), other_note)
    watched.shelf.write(f"checkpoints/{size}", other_note)
    watched.shelf.show()
    watched.collector.sizes.clear()
    with caplog.at_level(logging.CRITICAL):
        await watched.collect()
    assert caplog.text.count("answers 422: this log does not continue") == 3
    assert watched.signed() == set()
    with pytest.raises(Stopped) as stopped:
        downloads.fetch(shown(watched), auditor, lambda done, of: None)
    assert stopped.value.code == FOUND
    (other,) = [auditor.read(f"contradictions/{name}") or b"" for name in auditor.names("contradictions")]
    key = notes.key_of(ORIGIN, watched.stage.world.log)
    both = [checkpoints.verify(note, key) for note in (auditor.read(f"checkpoints/{size}") or b"", other)]
    assert [each.size for each in both] == [size, size]
    assert both[0].root != both[1].root  # two signed notes that cannot both be true


def shown(watched: Watched) -> Callable[[str], bytes | None]:
    """What the host serves of its published files."""

    def read(name: str) -> bytes | None:
        path, _, after = name.partition("?after=")
        if not after:
            return watched.shelf.read(path)
        sizes = sorted(int(file.name) for file in (watched.folder / path).iterdir())
        return "".join(f"{size}\n" for size in sizes if size > int(after)).encode()

    return read


async def test_what_is_older_than_a_minute_is_published_first_and_then_shown(watched: Watched) -> None:
    """A signature from now, under a size that an entry of ten minutes ago is not in, would accuse that entry (V27)."""
    watched.collector.addresses = []
    await watched.both()
    watched.collector.addresses = watched.servers
    await watched.stage.send()
    await watched.stage.later(seconds=70)  # the clock runs on meanwhile
    await watched.collect()
    assert watched.signed() == set()
    assert all(door.signer.records.last(ORIGIN) is None for door in watched.doors)
    await watched.both()
    assert watched.signed() == {*NAMES}
    assert verifier.verify(folders.Folder(watched.folder)).clean


async def test_where_a_minute_has_not_passed_the_size_before_may_be_shown(watched: Watched) -> None:
    await watched.publish()
    await watched.stage.send()
    await watched.stage.later(seconds=50)
    await watched.collect()
    assert watched.signed() == {*NAMES}
    await watched.both()
    assert verifier.verify(folders.Folder(watched.folder)).clean


# -- with others at work ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(Folder):
    """A shelf on which somebody else does something just before the note is replaced, once."""

    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    def replace_signed(self, expected: bytes | None, note: bytes) -> None:
        if self.meanwhile:
            self.meanwhile.pop()()
        Folder.replace_signed(self, expected, note)


async def test_a_publisher_overtaken_by_signatures_goes_on_at_once_and_loses_none(watched: Watched) -> None:
    watched.collector.addresses = watched.servers[:1]
    await watched.both()
    await watched.stage.send()
    world, before = watched.stage.world, watched.shelf.signed() or b""
    line = cosignatures.cosign(
        notes.parse(before).text, "w2", watched.doors[1].signer.key, int(watched.stage.now.timestamp())
    )
    merged = cosignatures.merged(before, [line], watched.policy.witnesses)
    shelf = Interrupted(root=watched.folder, meanwhile=[lambda: watched.shelf.replace_signed(before, merged)])
    published = await publishing.publish(world.desk.databases, shelf, log=world.log, origin=ORIGIN)
    assert published is not None
    size = checkpoints.parse(notes.parse(before).text).size
    assert published.size == size + 1
    assert watched.signed(f"checkpoints/{size}") == {"w1", "w2"}


async def test_signatures_overtaken_by_the_publisher_come_to_the_checkpoint_that_they_are_of(watched: Watched) -> None:
    await watched.publish()
    size = checkpoints.parse(notes.parse(watched.shelf.signed() or b"").text).size
    world = watched.stage.world
    longer = checkpoints.Checkpoint(origin=ORIGIN, size=size + 1, root=bytes(32))
    other = checkpoints.sign(longer, world.log).encode()
    shelf = Interrupted(
        root=watched.folder,
        meanwhile=[lambda: watched.shelf.replace_signed(watched.shelf.signed(), other)],
    )
    watched.clock.time = int(watched.stage.now.timestamp())
    await collecting.collect(world.desk.databases, shelf, watched.collector, log=world.log, origin=ORIGIN)
    assert watched.shelf.signed() == other
    assert watched.signed(f"checkpoints/{size}") == {*NAMES}
    assert set(await watched.states()) == {"WITNESSED"}


async def test_signatures_that_another_collector_merged_meanwhile_stay_in_the_signed_note(watched: Watched) -> None:
    await watched.publish()
    world, before = watched.stage.world, watched.shelf.signed() or b""
    now = watched.clock.time = int(watched.stage.now.timestamp())
    line = cosignatures.cosign(notes.parse(before).text, "w3", watched.doors[2].signer.key, now)
    merged = cosignatures.merged(before, [line], watched.policy.witnesses)
    shelf = Interrupted(root=watched.folder, meanwhile=[lambda: watched.shelf.replace_signed(before, merged)])
    watched.collector.addresses = watched.servers[:2]
    await collecting.collect(world.desk.databases, shelf, watched.collector, log=world.log, origin=ORIGIN)
    assert watched.signed(".signed") == watched.signed() == {*NAMES}


async def test_two_collectors_at_once_lose_no_signature(watched: Watched) -> None:
    await watched.publish()
    watched.clock.time = int(watched.stage.now.timestamp())
    world = watched.stage.world
    halves = [watched.servers[:1], watched.servers[1:]]
    await asyncio.gather(
        *(
            collecting.collect(
                world.desk.databases,
                watched.shelf,
                Collector(addresses=half, post=watched.collector.post),
                log=world.log,
                origin=ORIGIN,
            )
            for half in halves
        )
    )
    assert watched.signed() == {*NAMES}


@pytest.mark.parametrize("step", ["replace_signed", "write", "show"])
async def test_killed_between_note_and_row_it_is_recalled_before_anything_is_entered(
    step: str, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watched.publish()
    true = getattr(Folder, step)

    def killed(self: Folder, *given: Any) -> None:
        true(self, *given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Folder, step, killed)
        with pytest.raises(KeyboardInterrupt):
            await watched.collect()
    assert set(await watched.states()) == {"PUBLISHED"}
    databases = watched.stage.world.desk.databases
    if step == "replace_signed":  # the note is signed, and readers do not see it yet: the publisher finishes that
        await watched.publish()
    await collecting.recall(databases, watched.shelf)
    assert set(await watched.states()) == {"WITNESSED"}
    await watched.both()
    assert watched.signed() == {*NAMES}


async def test_a_quorum_time_only_ever_becomes_an_earlier_one(watched: Watched) -> None:
    await watched.both()
    asked = "select at from checkpoint_witnessed"
    assert await watched.stage.superuser.fetchval(asked) == watched.stage.now
    with pytest.raises(Exception, match="never becomes a later one"):
        await watched.stage.superuser.execute("update checkpoint_witnessed set at = at + interval '1 second'")
    with pytest.raises(Exception, match="checkpoint_witnessed"):
        await watched.stage.superuser.execute("delete from checkpoint_witnessed")
    assert await watched.stage.superuser.fetchval(asked) == watched.stage.now


# -- outages ----------------------------------------------------------------------------------------------------------
async def test_an_outage_that_the_witnesses_leave_room_for_stops_clocks_in_service_and_audit_alike(
    watched: Watched, superuser: Any
) -> None:
    stage = watched.stage
    way = await stage.send()
    await watched.both()
    before = await stage.owed(way, ACKNOWLEDGE)
    began, ended = await stage.down(hours=3)
    assert (await stage.owed(way, ACKNOWLEDGE))["due_at"] == before["due_at"] + (ended - began)
    await watched.both()
    await told_twice.compare(stage.world, superuser, watched.folder, await told_twice.instants(superuser))
    assert await comparing.compare(stage.world.desk, watched.shelf) == ()


async def test_an_outage_in_which_a_quorum_saw_the_log_stops_none_in_service_and_audit_alike(
    watched: Watched, superuser: Any
) -> None:
    stage = watched.stage
    way = await stage.send()
    await watched.both()
    await stage.beat()
    before = await stage.owed(way, ACKNOWLEDGE)
    await stage.later(minutes=50)
    # It says that it was down, and yet the witnesses have met it.
    note = watched.shelf.signed() or b""
    text = notes.parse(note).text
    lines = [
        cosignatures.cosign(text, door.signer.name, door.signer.key, int(stage.now.timestamp()))
        for door in watched.doors
    ]
    bare = checkpoints.sign(checkpoints.parse(text), stage.world.log).encode()
    seen = cosignatures.merged(bare, lines, watched.policy.witnesses)
    watched.shelf.replace_signed(note, seen)
    watched.shelf.write(f"checkpoints/{checkpoints.parse(text).size}", seen)
    watched.shelf.show()
    await superuser.execute("alter table checkpoint_witnessed disable trigger user")
    await superuser.execute("update checkpoint_witnessed set at = $1", stage.now)
    await superuser.execute("alter table checkpoint_witnessed enable trigger user")
    await stage.later(hours=2)
    assert await stage.beat()
    assert await stage.owed(way, ACKNOWLEDGE) == before
    await watched.both()
    await told_twice.compare(stage.world, superuser, watched.folder, await told_twice.instants(superuser))


async def test_an_outage_of_a_log_that_no_quorum_ever_saw_stops_none(watched: Watched, superuser: Any) -> None:
    stage = watched.stage
    watched.collector.addresses = watched.servers[:1]
    way = await stage.send()
    await watched.both()
    before = await stage.owed(way, ACKNOWLEDGE)
    await stage.down(hours=3)
    assert await stage.owed(way, ACKNOWLEDGE) == before
    await watched.publish()
    await told_twice.compare(stage.world, superuser, watched.folder, await told_twice.instants(superuser))


# -- in the running service -------------------------------------------------------------------------------------------
async def test_the_service_asks_after_each_publication_and_neither_waits_nor_ends_late_for_who_hangs(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "PATIENCE", 0.6)
    stage, failures = watched.stage, Counter[str]()
    rhythm = sweeps.Rhythm(publish_seconds=0.05, expire_seconds=3600, outage=timedelta(days=30))
    watched.clock.time = int(stage.now.timestamp())
    async with answering(hold) as address, asyncio.timeout(10):
        watched.collector.addresses = [address, *watched.servers]
        running = sweeps.running(stage.world.desk, watched.shelf, stage.world.log, rhythm, failures, watched.collector)
        async with running:
            await stage.send()  # while the round of the one before waits for who hangs
            while "LOGGED" in await watched.states():
                await stage.superuser.execute("select pg_sleep(0.02)")
            while set(await watched.states()) != {"WITNESSED"}:
                await stage.superuser.execute("select pg_sleep(0.02)")
    assert set(failures.values()) == {0}
    assert "collecting" in failures
    assert watched.signed() == {*NAMES}
