"""Provinces hand people over while service, publisher, witness and PostgreSQL are killed, at moments by chance.

At the end every acknowledged act stands in the log once, its receipt kept; nothing stands there that was not asked for;
rows equal replay; the witness agrees; every person's identity opens, and every reading of one has its row in the trail.
The short form is six kills; the long one (`make soak`) two hundred, with one service and with two replicas.
"""

import asyncio
import json
import os
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import httpx
import pytest

from cli.audit.folders import Folder
from database.addresses import with_user
from ledger import checkpoints, trees
from tests.cli.starts import estafet
from tests.conftest import SOAK
from tests.journeys.mortals import ORIGIN, Forum, standing
from tests.journeys.runners import Ledger, hand_over, provinces

LONG = os.environ.get(SOAK) == "1"
SHORT = ("publishing", "backend", "service and witness", "postmaster", "witness", "service and postmaster")
VICTIMS = ("service", "publishing", "witness", "postmaster", "backend", "service and postmaster", "service and witness")
KILLS = int(os.environ.get("ESTAFET_KILLS", "200"))
AT_ONCE = 6 if LONG else 4  # persons on their way
MOMENT = 1.0 if LONG else 0.4  # seconds of load, at the most, before the next kill
SEED = 20261124


class Story:
    """Load and kills, over one forum."""

    def __init__(self, forum: Forum, seed: int) -> None:
        self.forum, self.ledger, self.chance = forum, Ledger(), Random(seed)  # noqa: S311  # the same story each time
        self.over = asyncio.Event()
        self.signed: dict[int, set[str]] = {}  # what the witness was seen to have signed
        self.killed: Counter[str] = Counter()

    async def run(self, victims: list[str]) -> None:
        async with AsyncExitStack() as ends:
            lines = [
                await ends.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20)) for url in self.forum.urls
            ]
            everybody = provinces(self.forum, lines, self.ledger, self.chance)
            async with asyncio.TaskGroup() as tasks:
                for number in range(AT_ONCE):
                    tasks.create_task(self._busy(number, everybody))
                tasks.create_task(self._watched())
                await self._killing(victims)
                self.over.set()
            for party, case, name in self.ledger.cases.values():
                await next(each for each in everybody if each.party == party).read(case, name)

    async def _busy(self, number: int, everybody: list[Any]) -> None:
        chance, turn = Random(number), 0  # noqa: S311  # the same story each time
        while not self.over.is_set():
            sender, receiver = chance.sample(everybody, 2)
            turn += 1
            await hand_over(sender, receiver, f"K{number}/2026/{turn:05}")

    async def _watched(self) -> None:
        """Anybody may ask the witness what it has signed."""
        place = self.forum.root / "w" / "logs"
        while not self.over.is_set():
            for path in place.glob("*/checkpoint"):
                told = checkpoints.verify(path.read_bytes(), self.forum.founded.log)
                self.signed.setdefault(told.size, set()).add(told.root.hex())
            await asyncio.sleep(0.05)

    async def _killing(self, victims: list[str]) -> None:
        for number, victim in enumerate(victims, 1):
            before = len(self.ledger.acts)
            until = time.monotonic() + 60
            while len(self.ledger.acts) <= before:  # everybody is at work again
                assert time.monotonic() < until, f"nothing is acknowledged any more, after {self.killed}"
                await asyncio.sleep(0.01)
            await asyncio.sleep(self.chance.random() * MOMENT)
            if victim == "publishing":
                await self._published_to()
            await asyncio.to_thread(self.forum.kill, victim, self.chance)
            self.killed[victim] += 1
            await asyncio.to_thread(self.forum.mend, victim)
            if number % 10 == 0:
                say(f"{number} kills, {len(self.ledger.acts)} acts, {dict(self.ledger.counted)}")

    async def _published_to(self) -> None:
        """Until something of a publication has just been written, and a moment on."""
        first = self._written()
        for _ in range(5000):
            if self._written() != first:
                break
            await asyncio.sleep(0.001)
        await asyncio.sleep(self.chance.random() * 0.02)

    def _written(self) -> list[int]:
        ledger = self.forum.data / "ledger"
        folders = [ledger, *ledger.glob("tile/*"), ledger / "checkpoints", *ledger.glob("tile/entries/*.p")]
        return [path.stat().st_mtime_ns for path in folders if path.is_dir()]


# -- what is asked at the end -----------------------------------------------------------------------------------------
async def judged(story: Story) -> None:
    forum, ledger = story.forum, story.ledger
    address = forum.address()
    rows = await asyncpg.connect(with_user(address.app, "postgres"))
    keys = await asyncpg.connect(with_user(address.keys, "postgres"))
    try:
        entries = {row["statement"]: row for row in await rows.fetch("select * from ledger_entry")}
        await once(rows, entries, forum, ledger)
        await sealed(rows, keys, ledger)
        asked = await rows.fetch("select client, document, act from trail")
    finally:
        await rows.close()
        await keys.close()
    trail = Counter((row["client"], row["document"]) for row in asked if row["act"] == "READ")
    assert [each for each in ledger.readings if trail[each] < 1] == []
    assert len(set(ledger.readings)) == len(ledger.readings) >= len(ledger.cases)


async def once(rows: Any, entries: dict[str, Any], forum: Forum, ledger: Ledger) -> None:
    """Every acknowledged act is an entry, and every entry that is not the host's is one of them."""
    for act in ledger.acts:
        row = entries[act.statement]
        assert (row["index"], row["leaf_hash"]) == (act.index, act.leaf)
    assert len({act.index for act in ledger.acts}) == len(ledger.acts)
    provinces_own = [row for row in entries.values() if row["party"] != "HOST"]
    assert len(provinces_own) == forum.founded.entries + len(ledger.acts)
    assert sorted(row["index"] for row in entries.values()) == list(range(len(entries)))
    found = await rows.fetch("select number, id from case_file")
    assert sorted(row["number"] for row in found) == sorted(ledger.cases)
    handed = "select count(*) from handover where status = 'RECEIVED'"
    assert await rows.fetchval(handed) == ledger.counted["handed over"]


async def sealed(rows: Any, keys: Any, ledger: Ledger) -> None:
    """No person without a key; a key too many is allowed, and opens nothing."""
    persons = {row["id"] for row in await rows.fetch("select id from person where sealed is not null")}
    assert len(persons) == len(ledger.cases)
    assert persons <= {row["person"] for row in await keys.fetch("select person from data_key")}


def audited(story: Story) -> None:
    """By the auditor's commands: the log is clean, and each receipt is kept."""
    root = story.forum.root
    kept = root / "receipts"
    kept.mkdir()
    for number, act in enumerate(story.ledger.acts):
        (kept / f"{number}.json").write_text(json.dumps({"data": {"entry": {"receipt": act.receipt}}}))
    last = max(act.index for act in story.ledger.acts)
    copy, until = root / "copy", time.monotonic() + 60
    while True:
        told = estafet("audit", "fetch", story.forum.urls[0], str(copy), "--as", str(root / "auditor.json"), "--json")
        assert told.returncode == 0, told.stderr + told.stdout
        if json.loads(told.stdout)["size"] > last:
            break
        assert time.monotonic() < until, "what was acknowledged is not published"
        time.sleep(0.2)
    anchor = (root / "anchor").read_text()
    told = estafet("audit", "verify", str(copy), "--anchor", anchor, "--receipt", str(kept))
    assert told.returncode == 0, told.stdout
    assert f"{len(story.ledger.acts):,} shown, {len(story.ledger.acts):,} kept" in told.stdout
    checked = estafet("check", "--ledger", "--data", str(story.forum.data))
    assert checked.returncode == 0, checked.stdout


def witnessed(story: Story) -> None:
    """The witness signed one history, that one, and its own copy holds."""
    copy = Folder(story.forum.root / "copy")
    newest = copy.read("checkpoint")
    assert newest is not None
    size = checkpoints.verify(newest, story.forum.founded.log).size
    until = time.monotonic() + 300
    while True:
        status = httpx.get(f"{story.forum.watched}/status").json()
        [log], mirror = status["logs"], status["mirror"]
        if log.get("size", 0) >= size and (mirror or {}).get("size", 0) >= size:
            break
        assert time.monotonic() < until, status
        time.sleep(0.2)
    assert (status["alarm"], status["contradictions"], status["findings"]["count"]) == (False, [], 0)
    leaves = [bytes.fromhex(each) for each in leaf_hashes(story)]
    assert log["log"] == ORIGIN
    assert story.signed
    for signed, roots in story.signed.items():
        assert roots == {trees.root(leaves[:signed]).hex()}


def leaf_hashes(story: Story) -> list[str]:
    async def asked() -> list[str]:
        connection = await asyncpg.connect(with_user(story.forum.address().app, "postgres"))
        try:
            return [row["leaf_hash"] for row in await connection.fetch("select * from ledger_entry order by index")]
        finally:
            await connection.close()

    return asyncio.run(asked())


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # how far a long run is, and its figures: pytest -s shows them


def told_of(root: Path, victims: list[str], *, replicas: bool) -> None:
    with standing(root, replicas=replicas) as forum:
        story, began = Story(forum, SEED), time.monotonic()
        asyncio.run(story.run(victims))
        took = time.monotonic() - began
        asyncio.run(judged(story))
        audited(story)
        witnessed(story)
        assert story.killed.total() == len(victims)
        say(
            f"{len(victims)} kills {dict(story.killed)} in {took:.0f} s, {len(story.ledger.acts)} acts and "
            f"{len(story.ledger.cases)} cases acknowledged, {len(story.ledger.readings)} readings, "
            f"{dict(story.ledger.counted)}, {len(story.signed)} checkpoints seen signed"
        )


def test_nothing_acknowledged_is_lost_or_there_twice_after_six_kills(tmp_path: Path) -> None:
    told_of(tmp_path, list(SHORT), replicas=False)


@pytest.mark.soak
@pytest.mark.parametrize("replicas", [False, True], ids=["one service", "two replicas"])
def test_nor_after_two_hundred(tmp_path: Path, replicas: bool) -> None:
    chance = Random(SEED)  # noqa: S311  # the same story each time
    told_of(tmp_path, [chance.choice(VICTIMS) for _ in range(KILLS)], replicas=replicas)
