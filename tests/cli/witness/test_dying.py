"""A witness that is killed: at each step between what it is sent and its answer, and at any moment under load."""

import json
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from cli.witness import identities
from ledger import cosignatures, notes
from ledger.checkpoints import Checkpoint
from ledger.witnesses import Refused
from tests.cli.starts import PATIENCE, ROOT
from tests.cli.witness.logs import NAME, ORIGIN, START, Clock, Growing, witness

LOG = Growing()
STEPS = {  # at which it is killed, and whether the record then stands
    "before the check": False,
    "after the check": False,
    "before it is flushed": False,
    "before it has its name": False,
    "before its name is flushed": True,
    "before the answer": True,
}


def killed(folder: Path, step: str, data: bytes) -> str:
    told = {
        "folder": str(folder), "step": step, "data": data.hex(), "origin": ORIGIN, "key": bytes(LOG.key).hex(),
        "time": START + 60,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.witness.dying_witness"],
        input=json.dumps(told), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_it_before_or_behind_the_checkpoint_and_never_signs_apart(
    step: str, tmp_path: Path
) -> None:
    with witness(tmp_path, LOG) as door:
        door.signer.add(LOG.sent(0, 7))
    assert killed(tmp_path, step, LOG.sent(7, 20)) == ""
    fork = LOG.fork(15)
    with witness(tmp_path, LOG, clock=Clock(START + 120)) as door:
        kept = door.signer.records.last(ORIGIN)
        assert kept is not None
        assert kept.checkpoint == LOG.checkpoint(20 if STEPS[step] else 7)
        size = kept.checkpoint.size
        if STEPS[step]:  # it has signed size 20, though nobody heard: no other history of that size is signed
            with pytest.raises(Refused):
                door.signer.add(fork.sent(7, 20))
            with pytest.raises(Refused):
                door.signer.add(fork.sent(20, 30))
        assert door.signer.add(LOG.sent(size, 20)).decode().startswith(f"— {NAME} ")
        assert door.signer.add(LOG.sent(20, 30)).decode().startswith(f"— {NAME} ")


def test_a_signed_size_is_never_forgotten_whenever_it_is_killed_under_load(tmp_path: Path) -> None:
    """The process itself, killed twice while two hosts with one key send it their histories."""
    chance = random.Random(7)  # noqa: S311  # when a test kills what, nothing secret
    own = identities.new(tmp_path / "w", NAME)
    signed: list[Checkpoint] = []
    for _ in range(2):
        process, address = started(tmp_path / "w")
        killer = threading.Timer(chance.uniform(0.02, 0.3), process.kill)
        killer.start()
        try:
            signed += until_it_dies(address, chance)
        finally:
            killer.join()
            process.wait(PATIENCE)
            if process.stdout is not None:
                process.stdout.close()
    assert signed
    signed.sort(key=lambda each: each.size)
    histories = [LOG, LOG.fork(5)]
    (true,) = [log for log in histories if all(each == log.checkpoint(each.size) for each in signed)][:1]
    with witness(tmp_path / "w", LOG) as door:
        kept = door.signer.records.last(ORIGIN)
    assert kept is not None
    assert kept.checkpoint.size >= signed[-1].size
    assert kept.checkpoint == true.checkpoint(kept.checkpoint.size)
    assert cosignatures.read(notes.parse(kept.note), [own.public]).times


def started(folder: Path) -> tuple["subprocess.Popen[str]", str]:
    command = [sys.executable, "-m", "cli", "witness", "run", str(folder), "--log", LOG.public.spell(), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert f"{NAME} listens on " in line
    return process, line.split(" listens on ")[1].strip()


def until_it_dies(address: str, chance: random.Random) -> list[Checkpoint]:
    """What it has signed, sent by both hosts in turn from where it says it stands."""
    heard: list[Checkpoint] = []
    size = 0
    histories = [LOG, LOG.fork(5)]
    with httpx.Client(base_url=address) as line:
        while True:
            log, new = chance.choice(histories), min(200, size + chance.randint(0, 2))
            if new < 6:
                new = 6  # behind the fork
            try:
                answer = line.post("/add-checkpoint", content=log.sent(size, max(new, size)))
            except httpx.TransportError:
                return heard
            if answer.status_code == 409:
                size = int(answer.text)
            elif answer.status_code == 200:
                heard.append(log.checkpoint(max(new, size)))
                size = max(new, size)


def test_nothing_is_signed_where_the_disk_does_not_take_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with witness(tmp_path, LOG) as door:
        door.signer.add(LOG.sent(0, 7))

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("os.fsync", full)
            with pytest.raises(OSError, match="No space"):
                door.signer.add(LOG.sent(7, 20))
        kept = door.signer.records.last(ORIGIN)
        assert kept is not None
        assert kept.checkpoint == LOG.checkpoint(7)
        door.signer.add(LOG.sent(7, 9))
