"""A log to be witnessed: leaves that grow, checkpoints of them, and proofs between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nacl.signing import SigningKey

from cli.witness import identities, records
from cli.witness.doors import Door
from cli.witness.records import Records
from cli.witness.signers import Signer
from ledger import checkpoints, notes, trees
from ledger.checkpoints import Checkpoint
from ledger.proofs import Hashes
from ledger.witnesses import Submission

ORIGIN = "log.example/1"
NAME = "w.example/w1"
START = 1_772_413_200


@dataclass(slots=True)
class Growing:
    """A log of hashes, by a host that signs whatever it is asked to."""

    key: SigningKey = field(default_factory=SigningKey.generate)
    leaves: list[bytes] = field(default_factory=lambda: [trees.leaf_hash(bytes([number])) for number in range(200)])
    origin: str = ORIGIN

    @property
    def public(self) -> notes.VerifierKey:
        return notes.key_of(self.origin, self.key)

    def fork(self, at: int) -> "Growing":
        """The same log with another entry there."""
        leaves = [*self.leaves]
        leaves[at] = trees.leaf_hash(b"another")
        return Growing(key=self.key, leaves=leaves, origin=self.origin)

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(origin=self.origin, size=size, root=trees.root(self.leaves[:size]))

    def note(self, size: int) -> bytes:
        return checkpoints.sign(self.checkpoint(size), self.key).encode()

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        return Hashes(new, lambda _: b"".join(self.leaves[:new])).consistency(old) if old else ()

    def sent(self, old: int, new: int) -> bytes:
        return Submission(old=old, proof=self.proof(old, new), note=self.note(new)).spell()


@dataclass(slots=True)
class Clock:
    time: int = START

    def __call__(self) -> int:
        return self.time


@contextmanager
def witness(folder: Path, *logs: Growing, clock: Clock | None = None, name: str = NAME) -> Iterator[Door]:
    """A witness of these logs, alone in its folder."""
    own = identities.read(folder) if (folder / identities.FILE).exists() else identities.new(folder, name)
    with records.alone(folder):
        kept = Records(root=folder, key=own.public)
        known = {log.origin: log.public for log in logs}
        yield Door(signer=Signer(name=own.name, key=own.key, logs=known, records=kept, now=clock or Clock()))
