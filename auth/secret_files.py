"""Files of secrets: private keys of the host, of clients and of provinces, readable by their owner alone.

Promise: such a file is whole or absent, whatever kills us meanwhile; one that others can read is not read.
Rules: written beside its place with mode 0600 from the first moment, flushed, then given its name, and the folder
flushed. `put_new` never writes over another file, `replace` always does; what a kill leaves beside is in nobody's way.
Elsewhere: what stands in them, `auth.keys`, `operations.host_keys`, `cli.key_files`; published files,
`database.shelves`.
"""

import os
import secrets
import stat
from pathlib import Path


class Exposed(OSError):
    """Others can read this file: it may be a secret no longer."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: others can read it; run chmod 600 on it, and consider whether it is still a secret")


def read(path: Path) -> str:
    """The file's text; `Exposed`, or another OSError where it cannot be read."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Exposed(path)
    return path.read_text(encoding="utf-8")


def put_new(path: Path, text: str) -> None:
    """Put a file where there is none; FileExistsError where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = aside(path, text)
    try:
        path.hardlink_to(beside)  # unlike a rename, never over another
    finally:
        beside.unlink()
    _flush(path.parent)


def replace(path: Path, text: str) -> None:
    """Put a file in the place of an old one, if there is one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    rename(aside(path, text), path)


def aside(path: Path, text: str) -> Path:
    """The content under a name of its own beside its place."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside


def rename(beside: Path, path: Path) -> None:
    """Give a whole file its name, in the place of what had it before."""
    beside.replace(path)
    _flush(path.parent)


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
