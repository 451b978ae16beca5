"""The shelf of published files, and with it the one note that says how far the log has been signed.

Promise: a file on the shelf is whole or absent, also after a power cut; the signed note is only ever replaced by
somebody who knew the one before (compare-and-set), so that no restored database and no second publisher can fork the
log. Rules: written aside, flushed, renamed into its place, and the folder flushed. There is one writer at a time, under
the lock, and one place aside: what a killed writer left there, the next one removes. The signed note is what was
decided; `checkpoint` is what readers see, and is always written from it. Tiles, bundles and documents are never
replaced: of two publishers that went on differently from one note, the slower must not write over the other's tiles.
Paths are the publisher's, never a caller's. The shelf is apart from the database on purpose: a backup of the one must
never bring the other back.
Elsewhere: what stands in the files, `ledger.tiles` and `ledger.checkpoints`; in which order, `operations.publishing`;
the same on an object store, `database.buckets`; which of the two it is, `database.places`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ledger import tiles

SIGNED = ".signed"
SHOWN = "checkpoint"
ASIDE = ".new"


class Overtaken(Exception):
    """The signed note is no longer the one that this publisher went on from."""


class Occupied(Exception):
    """Another content stands where something was to be written that is never replaced."""


class Unreachable(Exception):
    """The store does not answer, or does not let us in; whether it did what it was asked, nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a file is handed out."""

    media_type: str
    cache: str
    public: bool = True
    replaced: bool = False  # may another content come in its place?


TEXT: Final = "text/plain; charset=utf-8"
# A checkpoint of an earlier size is not immutable: witnesses' signatures are added to it later.
FRESH: Final = Manner(media_type=TEXT, cache="no-cache", replaced=True)
TILE: Final = Manner(media_type="application/octet-stream", cache="public, max-age=31536000, immutable")
BUNDLE: Final = Manner(
    media_type="application/octet-stream", cache="private, max-age=31536000, immutable", public=False
)
DATA: Final = Manner(media_type="application/json", cache="public, max-age=31536000, immutable")


def manner(path: str) -> Manner:
    """How the file at this path is handed out: what is no hash tile, document, key or checkpoint is not public."""
    if path.startswith("data/"):
        return DATA
    if path == SHOWN or path == "vkey" or path.startswith("checkpoints/"):
        return FRESH
    tile = tiles.parse_path(path)
    return TILE if tile is not None and tile.level is not None else BUNDLE


class Shelf(Protocol):
    """A folder, or an object store with conditional writes. Each call may raise `Unreachable`."""

    def read(self, path: str) -> bytes | None: ...

    def write(self, path: str, content: bytes) -> None:
        """Put a file; `Occupied` where another content stands that is never replaced."""

    def numbers(self, name: str) -> list[int]:
        """The names of a folder's files that are numbers, ascending."""

    def signed(self) -> bytes | None:
        """The note that was signed last; None before the first."""

    def replace_signed(self, expected: bytes | None, note: bytes) -> None:
        """Put the note in the place of the expected one, or raise `Overtaken` and change nothing."""

    def show(self) -> None:
        """Let readers see the note that was signed last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A shelf on a local disk; its paths are those below /ledger/."""

    root: Path

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def write(self, path: str, content: bytes) -> None:
        with self._alone():
            held = self.read(path)
            if held == content:  # resumed after a crash, most of it stands there already
                return
            if held is not None and not manner(path).replaced:
                raise Occupied(path)
            self._put(self.root / path, content)

    def numbers(self, name: str) -> list[int]:
        folder = self.root / name
        names = (file.name for file in folder.iterdir()) if folder.is_dir() else ()
        return sorted(int(each) for each in names if each.isascii() and each.isdigit())

    def signed(self) -> bytes | None:
        return self.read(SIGNED)

    def replace_signed(self, expected: bytes | None, note: bytes) -> None:
        with self._alone():
            if self.signed() != expected:
                raise Overtaken("another publisher has signed meanwhile")
            self._put(self.root / SIGNED, note)

    def show(self) -> None:
        # Under the lock and from the signed note: a publisher that slept must not show its old one over a newer.
        with self._alone():
            note = self.signed()
            if note is not None and note != self.read(SHOWN):
                self._put(self.root / SHOWN, note)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _put(self, place: Path, content: bytes) -> None:
        """Only under the lock: who holds it knows that nobody is writing what lies aside."""
        _make(place.parent)
        aside = self.root / ASIDE
        aside.unlink(missing_ok=True)
        try:
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.chmod(0o644)
            aside.replace(place)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        _flush(place.parent)


def _make(folder: Path) -> None:
    """The folder and those above it; a new folder's own entry is flushed too."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _flush(folder.parent)


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
