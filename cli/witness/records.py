"""What a witness must not forget: for each log the checkpoint that it signed last, and deposits.

Promise: a file is whole or absent, also after a power cut, and stands on the disk before anybody hears of it; while one
process holds the folder no other does.
Rules: written aside, flushed, renamed, and the folder flushed. There is one writer at a time, so one place aside is
enough: what a killed writer left there the next one removes. A record that cannot be read stops the witness from
signing: only a file that is not there means that nothing was signed yet.
Elsewhere: what is decided by it, `ledger.witnesses`; the copy of the log beside it, `cli.witness.mirrors`.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.audit.endings import Stopped
from ledger import checkpoints, cosignatures, notes
from ledger.checkpoints import Checkpoint
from ledger.notes import VerifierKey

LOCK: Final = ".lock"
ASIDE: Final = ".new"


class Damaged(Exception):
    """A record is there and cannot be read: a person must look before this witness signs again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was signed last of a log, and when."""

    checkpoint: Checkpoint
    time: int
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A folder that this process alone writes in."""

    root: Path
    key: VerifierKey  # of this witness
    lock: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def last(self, origin: str) -> Kept | None:
        """What was signed last of a log; None: nothing yet."""
        note = self.read(f"logs/{named(origin)}/checkpoint")
        if note is None:
            return None
        try:
            told = notes.parse(note)
            found = cosignatures.read(told, [self.key])
            kept = Kept(checkpoint=checkpoints.parse(told.text), time=found.times[self.key], note=note)
        except (notes.Unreadable, KeyError) as fault:
            raise Damaged(f"the record of {origin} is not one that this witness has signed") from fault
        if kept.checkpoint.origin != origin:
            raise Damaged(f"the record of {origin} is another log's")
        return kept

    def keep(self, origin: str, note: bytes) -> None:
        """From now on this is what was signed last."""
        self.put(f"logs/{named(origin)}/checkpoint", note)

    def read(self, name: str) -> bytes | None:
        """A file, or None where there is none."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        """The files of a folder."""
        place = self.root / folder
        return sorted(path.name for path in place.iterdir()) if place.is_dir() else []

    def put(self, name: str, content: bytes) -> None:
        """Put a whole file in its place."""
        with self.lock:
            put(self.root, name, content)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Be the one process that writes here, or stop."""
    with (root / LOCK).open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stopped(f"another witness is at work in {root}") from None
        yield


def put(root: Path, name: str, content: bytes, mode: int = 0o644) -> None:
    """Put a whole file in its place; the caller is the only writer."""
    place, aside = root / name, root / ASIDE
    made(place.parent)
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(place)
    flush(place.parent)


def made(folder: Path) -> None:
    """The folder and those above it; a new one's own entry is flushed, too."""
    if not folder.is_dir():
        made(folder.parent)
        folder.mkdir(exist_ok=True)
        flush(folder.parent)


def flush(folder: Path) -> None:
    """Have the folder's entries on the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def named(origin: str) -> str:
    """A log's name in paths, as the protocol has it."""
    return hashlib.sha256(origin.encode()).hexdigest()
