"""A witness over HTTP: every answer of the protocol, two at once, a fork, and what is told to those who watch."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cli.audit.endings import Stopped
from cli.main import main
from cli.witness import doors, identities, records, servers
from cli.witness.commands import log_of
from cli.witness.doors import Door
from ledger import checkpoints, cosignatures, notes
from ledger.checkpoints import Checkpoint
from ledger.witnesses import Submission
from tests.cli.witness.logs import NAME, ORIGIN, START, Clock, Growing, witness

LOG = Growing()
HASH = hashlib.sha256(ORIGIN.encode()).hexdigest()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(tmp_path: Path, clock: Clock) -> Iterator[Door]:
    with witness(tmp_path / "w", LOG, clock=clock) as door:
        yield door


@pytest.fixture
async def line(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    """To a real server on loopback."""
    async with servers.beside([door]) as (address,), httpx.AsyncClient(base_url=address) as client:
        yield client


def told(door: Door, answer: httpx.Response, size: int) -> int:
    """When the witness says that it signed this size."""
    text = LOG.checkpoint(size).text()
    note = notes.parse(f"{text}\n".encode() + answer.content)
    return cosignatures.read(note, [door.signer.records.key]).times[door.signer.records.key]


async def add(line: httpx.AsyncClient, data: bytes) -> httpx.Response:
    return await line.post("/add-checkpoint", content=data)


async def test_a_log_is_cosigned_as_it_grows_with_the_time_of_the_witness(
    line: httpx.AsyncClient, door: Door, clock: Clock
) -> None:
    for old, new in ((0, 3), (3, 4), (4, 4), (4, 130), (130, 200)):
        clock.time += 60
        answer = await add(line, LOG.sent(old, new))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert told(door, answer, new) == clock.time
        assert answer.text.startswith(f"— {NAME} ")
        assert answer.text.endswith("\n")
        assert answer.text.count("\n") == 1


# What is sent to a witness that has signed size 7, and what it must answer.
EMPTY = Checkpoint(origin=ORIGIN, size=7, root=bytes(32))
OTHER = Growing(origin="other.example")
TABLE: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no checkpoint": (b"old 7\n\n", 400),
    "half a hash": (b"old 7\nAAAA\n\n" + LOG.note(9), 400),
    "old above the size": (Submission(old=9, proof=(), note=LOG.note(8)).spell(), 400),
    "a stranger's signature": (
        Submission(old=7, proof=LOG.proof(7, 9), note=Growing().note(9)).spell(),
        403,
    ),
    "the name of another log": (LOG.sent(7, 9).replace(LOG.public.name.encode() + b" ", b"log.example/2 "), 403),
    "another log": (OTHER.sent(0, 9), 404),
    "a stale size": (LOG.sent(6, 9), 409),
    "from the beginning again": (LOG.sent(0, 9), 409),
    "a size below the last": (LOG.sent(0, 3), 409),
    "no proof": (Submission(old=7, proof=(), note=LOG.note(9)).spell(), 422),
    "a proof too long": (Submission(old=7, proof=(*LOG.proof(7, 9), bytes(32)), note=LOG.note(9)).spell(), 422),
    "a fork before": (LOG.fork(3).sent(7, 9), 422),
    "another root of that size": (
        Submission(old=7, proof=(), note=checkpoints.sign(EMPTY, LOG.key).encode()).spell(),
        422,
    ),
    "more than anybody needs": (b"old 7\n" + b"x" * doors.MOST_BYTES, 413),
}


@pytest.mark.parametrize("story", TABLE)
async def test_what_is_refused_is_refused_in_the_protocols_words_and_changes_nothing(
    story: str, line: httpx.AsyncClient, door: Door
) -> None:
    data, status = TABLE[story]
    assert (await add(line, LOG.sent(0, 7))).status_code == 200
    before = door.signer.records.last(ORIGIN)
    answer = await add(line, data)
    assert (answer.status_code, door.signer.records.last(ORIGIN)) == (status, before)
    if status == 409:
        assert (answer.content, answer.headers["content-type"]) == (b"7\n", "text/x.tlog.size")
    else:
        assert "—" not in answer.text
    assert (await add(line, LOG.sent(7, 9))).status_code == 200  # and none of it stands in the log's way


async def test_a_witness_that_has_signed_nothing_says_zero(line: httpx.AsyncClient) -> None:
    answer = await add(line, LOG.sent(5, 7))
    assert (answer.status_code, answer.content) == (409, b"0\n")
    assert (await line.get(f"/{HASH}/checkpoint")).status_code == 404


async def test_of_two_histories_sent_at_once_one_is_signed(line: httpx.AsyncClient, door: Door) -> None:
    """Many rounds, each from where the last one ended; whatever comes first, the other is refused."""
    size = 0
    for new in range(10, 60, 10):
        fork = LOG.fork(new - 1)
        both = LOG.sent(size, new), fork.sent(size, new)
        answers = await asyncio.gather(*(add(line, data) for data in both * 3))
        kept = door.signer.records.last(ORIGIN)
        assert kept is not None
        signed = [data for data, answer in zip(both * 3, answers, strict=True) if answer.status_code == 200]
        assert {notes.parse(data.split(b"\n\n", 1)[1]).text for data in signed} == {kept.checkpoint.text()}
        assert {answer.status_code for answer in answers} <= {200, 409}
        if kept.checkpoint == fork.checkpoint(new):
            return  # the witness holds on to what it signed: the other history is refused for ever
        size = new


async def test_a_host_that_forks_is_refused_for_ever(line: httpx.AsyncClient) -> None:
    await add(line, LOG.sent(0, 20))
    fork = LOG.fork(11)
    for new in (20, 21, 100):
        assert (await add(line, fork.sent(20, new))).status_code == 422
        assert (await add(line, fork.sent(0, new))).status_code == 409
        assert (await add(line, fork.sent(11, new))).status_code == 409
    assert (await add(line, LOG.sent(20, 100))).status_code == 200


async def test_whoever_watches_sees_what_was_signed_last(line: httpx.AsyncClient, door: Door) -> None:
    await add(line, LOG.sent(0, 3))
    crowded = LOG.note(9) + b"".join(b"\xe2\x80\x94 s%d AAAAAAAA\n" % number for number in range(90))
    await add(line, Submission(old=3, proof=LOG.proof(3, 9), note=crowded).spell())
    answer = await line.get(f"/{HASH}/checkpoint")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert checkpoints.verify(answer.content, LOG.public) == LOG.checkpoint(9)
    assert len(notes.parse(answer.content).signatures) == 2  # the log's and the witness's
    assert cosignatures.read(notes.parse(answer.content), [door.signer.records.key]).times
    assert (await line.get(f"/{'0' * 64}/checkpoint")).status_code == 404
    assert (await line.get("/add-checkpoint")).status_code == 405


async def test_a_clock_that_is_set_back_does_not_take_time_back(
    line: httpx.AsyncClient, door: Door, clock: Clock
) -> None:
    await add(line, LOG.sent(0, 3))
    clock.time -= 3600
    assert told(door, await add(line, LOG.sent(3, 5)), 5) == START


async def test_two_logs_are_two_records(tmp_path: Path) -> None:
    second = Growing(origin="log.example/2")
    with witness(tmp_path / "two", LOG, second) as door:
        door.signer.add(LOG.sent(0, 9))
        door.signer.add(second.sent(0, 4))
        sizes = [kept.checkpoint.size for log in (LOG, second) if (kept := door.signer.records.last(log.origin))]
    assert sizes == [9, 4]


@pytest.mark.parametrize(
    "content", [b"", b"nothing\n", LOG.note(9), None], ids=["empty", "no note", "unsigned", "other"]
)
async def test_a_record_that_cannot_be_read_is_never_taken_for_none(
    content: bytes | None, line: httpx.AsyncClient, door: Door, tmp_path: Path
) -> None:
    await add(line, LOG.sent(0, 9))
    place = tmp_path / "w" / "logs" / HASH / "checkpoint"
    if content is None:
        second = Growing(origin="log.example/2")
        with witness(tmp_path / "w2", second) as other:
            other.signer.add(second.sent(0, 4))
        content = (tmp_path / "w2" / "logs" / records.named(second.origin) / "checkpoint").read_bytes()
    place.write_bytes(content)
    answer = await add(line, LOG.sent(0, 10))
    assert (answer.status_code, place.read_bytes()) == (500, content)
    page = await line.get("/status")
    assert page.json()["alarm"] is True


async def test_the_page_tells_what_is_signed_and_holds_nothing_that_was_sent(line: httpx.AsyncClient) -> None:
    await add(line, b"old 0\n\n<script>\n0\nAAAA\n\n")
    await add(line, LOG.sent(0, 9))
    page = await line.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    assert NAME in page.text
    status = (await line.get("/status")).json()
    assert (status["witness"], status["alarm"], status["mirror"]) == (NAME, False, None)
    assert [(each["log"], each["size"]) for each in status["logs"]] == [(ORIGIN, 9)]
    assert (await line.post("/deposits", content=b"{}")).status_code == 404


# -- the command ------------------------------------------------------------------------------------------------------
def test_a_new_witness_prints_the_key_that_a_genesis_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["witness", "new", str(tmp_path / "w"), "--name", NAME]) == 0
    vkey = capsys.readouterr().out.strip()
    key = notes.read_key(vkey)
    assert (key.name, key.type, key) == (NAME, notes.COSIGNATURE, identities.read(tmp_path / "w").public)
    assert (tmp_path / "w" / identities.FILE).stat().st_mode & 0o777 == 0o600


def test_a_witnesses_key_is_never_written_over(tmp_path: Path) -> None:
    before = identities.new(tmp_path / "w", NAME)
    assert main(["witness", "new", str(tmp_path / "w"), "--name", "other"]) == 2
    assert identities.read(tmp_path / "w") == before
    assert main(["witness", "new", str(tmp_path / "w2"), "--name", "two words"]) == 2
    assert not (tmp_path / "w2").exists()


@pytest.mark.parametrize(
    ("content", "mode"),
    [(b"{}", 0o600), (b"no JSON", 0o600), (b'{"kty": "OKP", "name": "w"}', 0o600), (None, 0o644)],
)
def test_a_key_file_that_is_none_or_lies_open_is_refused(content: bytes | None, mode: int, tmp_path: Path) -> None:
    identities.new(tmp_path, NAME)
    path = tmp_path / identities.FILE
    if content is not None:
        path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(Stopped, match=r"key\.json"):
        identities.read(tmp_path)
    with pytest.raises(Stopped, match="no witness's folder"):
        identities.read(tmp_path / "nowhere")


def test_one_process_a_folder(tmp_path: Path) -> None:
    with witness(tmp_path / "w", LOG):
        assert main(["witness", "run", str(tmp_path / "w"), "--log", LOG.public.spell()]) == 2
        with pytest.raises(Stopped, match="another witness"), records.alone(tmp_path / "w"):
            pass
    with records.alone(tmp_path / "w"):
        pass


def test_a_log_is_named_by_its_key_or_by_the_file_of_it(tmp_path: Path) -> None:
    (tmp_path / "vkey").write_text(f"{LOG.public.spell()}\n")
    assert log_of(LOG.public.spell()) == log_of(str(tmp_path / "vkey")) == (ORIGIN, LOG.public)
    wrong = (str(tmp_path / "nowhere"), "a+b+c", replace(LOG.public, type=notes.COSIGNATURE).spell())
    for each in wrong:
        with pytest.raises(Stopped, match="--log"):
            log_of(each)
