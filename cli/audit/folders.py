"""A folder of log files: the same paths as under /ledger/, written so that a crash leaves no half file.

Promise: a file is in the folder whole or not at all; what was written is not changed afterwards, except `checkpoint`,
which comes last of all and so says up to where the folder is complete.
Rules: no path from outside is joined unchecked; `anchor` is the auditor's own and is never fetched. What is no regular
file is not read.
Elsewhere: which files a log of some size has, `ledger.tiles`; what they prove, `ledger.verifier`.
"""

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cli.audit.endings import Stopped

ANCHOR = "anchor"


@dataclass(frozen=True, slots=True)
class Folder:
    """A copy of a log on this machine."""

    path: Path

    def read(self, name: str) -> bytes | None:
        """The file's bytes, or None where it is absent."""
        try:
            # Without waiting: a folder may come from a stranger, and nobody ever writes into its pipes.
            with os.fdopen(os.open(self.path / name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Stopped(f"{self.path / name} is no regular file")
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as fault:
            raise Stopped(f"{self.path / name}: {fault.strerror}") from None

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        return (self.path / name).is_file()

    def write(self, name: str, content: bytes) -> None:
        """Put a whole file in place: written aside, flushed to the disk, renamed."""
        target = self.path / name
        if not name:
            raise Stopped(f"{target} cannot be written: it is a folder")
        aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        except OSError as fault:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise Stopped(f"{target} cannot be written: {fault.strerror}") from None

    def numbers(self, name: str) -> list[int]:
        """The files of a subfolder whose names are numbers, ascending."""
        folder = self.path / name
        if not folder.is_dir():
            return []
        return sorted(int(file.name) for file in folder.iterdir() if file.name.isascii() and file.name.isdigit())

    def names(self, name: str) -> tuple[str, ...]:
        """The files of a subfolder."""
        folder = self.path / name
        return tuple(sorted(file.name for file in folder.iterdir())) if folder.is_dir() else ()

    def anchor(self) -> str | None:
        """The trust anchor remembered from an earlier audit of this folder."""
        kept = self.read(ANCHOR)
        return None if kept is None else kept.decode("ascii", "replace").strip()

    def remember(self, anchor: str) -> None:
        """Keep the anchor for the next audit."""
        if self.anchor() != anchor:
            self.write(ANCHOR, anchor.encode() + b"\n")


def content(path: Path) -> bytes:
    """The bytes of a file that must be there."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Stopped(f"{path}: {fault.strerror}") from None


def existing(path: Path) -> Folder:
    """A folder that must be there and hold a log."""
    if not path.is_dir():
        raise Stopped(f"{path} is not a folder", advice="estafet audit fetch URL DIR --as FILE brings one.")
    if not (path / "checkpoint").is_file():
        raise Stopped(
            f"{path} holds no checkpoint: a fetch was not finished, or this is not a log",
            advice="Run `estafet audit fetch` again; it takes up where it stopped.",
        )
    return Folder(path)
