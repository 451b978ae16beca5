"""Where the sidecar keeps what must outlive it: one folder, for one sidecar at a time.

Promise: a file is written whole and flushed before anything relies on it; a second sidecar on the same folder stops.
What tells of a person is sealed under a key that follows from the statement key, which is kept elsewhere: a copy of the
folder tells how many acts there were, and nothing of them.
Rules: the folder is its owner's alone (0700, files 0600). `state.json` is what the key signed and saw, `tally.json` how
many it signed today (both hold hashes only), `queue/` the acts, one sealed file each, by number.
Elsewhere: writing a file so that a kill leaves no half, `auth.secret_files`; what an act is, `cli.connect.queues`.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from auth import secret_files
from cli.audit import credentials
from cli.audit.credentials import is_object
from cli.audit.endings import Stopped
from cli.key_files import StatementKey


@dataclass(frozen=True, slots=True)
class Store:
    """An open folder."""

    path: Path
    box: SecretBox = field(repr=False)

    @property
    def state(self) -> Path:
        """What the key signed and saw."""
        return self.path / "state.json"

    @property
    def tally(self) -> Path:
        """How many it signed today."""
        return self.path / "tally.json"

    def read_tally(self) -> tuple[str, tuple[str, ...]]:
        """The day, and the statements that were signed on it."""
        if not self.tally.exists():
            return "", ()
        told = credentials.object_in(self.tally)
        day, ids = told.get("day"), told.get("signed")
        if not isinstance(day, str) or not isinstance(ids, list):
            raise Stopped(f"{self.tally} is not a tally")
        return day, tuple(str(each) for each in ids)

    def write_tally(self, day: str, ids: tuple[str, ...]) -> None:
        """Keep it."""
        secret_files.replace(self.tally, json.dumps({"day": day, "signed": list(ids)}) + "\n")

    def numbers(self) -> list[int]:
        """The acts that are kept, in the order in which they came."""
        return sorted(int(file.name) for file in (self.path / "queue").glob("[0-9]*") if file.name.isdigit())

    def read(self, number: int) -> dict[str, object]:
        """An act."""
        path = self.file(number)
        try:
            told: object = json.loads(self.box.decrypt(bytes.fromhex(secret_files.read(path))))
        except (CryptoError, ValueError):
            raise Stopped(f"{path} cannot be opened: it was kept under another statement key, or changed") from None
        except OSError as fault:
            raise Stopped(f"{path}: {fault.strerror or fault}") from None
        if not is_object(told):
            raise Stopped(f"{path} is no act")
        return told

    def write(self, number: int, document: Mapping[str, object]) -> None:
        """Keep an act as it is now."""
        sealed = self.box.encrypt(json.dumps(document).encode())
        secret_files.replace(self.file(number), sealed.hex() + "\n")

    def remove(self, number: int) -> None:
        """Forget an act."""
        self.file(number).unlink(missing_ok=True)

    def file(self, number: int) -> Path:
        """Its file."""
        return self.path / "queue" / f"{number:012d}"


@contextmanager
def opened(path: Path, key: StatementKey) -> Iterator[Store]:
    """The folder, ours until the block is left."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (path / "queue").mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise Stopped(f"{path}: {fault.strerror}") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stopped(f"{path} is another sidecar's, which is running") from None
        seal = blake2b(bytes(key.signing), digest_size=SecretBox.KEY_SIZE, person=b"estafet-queue").digest()
        yield Store(path, SecretBox(seal))
    finally:
        os.close(lock)
