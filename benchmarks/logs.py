"""A log as `audit fetch` would bring it, made here: bundles, tiles, checkpoints, key, agreement.

    python -m benchmarks.logs FOLDER --entries 100000

Promise: `made` gives a folder that `estafet audit verify` finds clean, the same for the same parameters; one that was
made before is not made again.
Rules: other cores sign while this one tells the next entries; a checkpoint is published every thousand entries, and
what is said later has seen one that is a few thousand entries old. Of each batch one body is read back.
Elsewhere: what is said, `benchmarks.worlds`.
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path
from typing import Protocol

from nacl.signing import SigningKey

import casework.agreements
from benchmarks import worlds
from benchmarks.worlds import ORIGIN, Draft, World
from ledger import checkpoints, entries, envelopes, notes, statements, tiles, trees
from ledger.checkpoints import Checkpoint
from ledger.entries import Entry
from ledger.envelopes import Envelope
from ledger.statements import Seen

PUBLISHED = 1000  # entries between two checkpoints
AHEAD = 4  # batches under way
DATA = Path(casework.agreements.__file__).parent / "data" / "fkd-mpu-2025.json"
FORM = 2  # raised when what is told changes, so that kept logs are made anew


@cache
def signing(name: str) -> SigningKey:
    """A key, made once in each process."""
    return worlds.key(name)


def sealed(drafts: list[Draft]) -> list[Envelope]:
    """The drafts, signed: work for another core."""
    return [
        envelopes.seal(statements.payload_type(draft.kind), draft.body, [signing(name) for name in draft.signers])
        for draft in drafts
    ]


@dataclass(slots=True)
class Writer:
    """Numbers, chains and publishes what was signed."""

    folder: Path
    edge: tiles.Edge = field(default_factory=tiles.Edge)
    prev: str = entries.NO_PREV
    size: int = 0

    def publish(self, drafts: list[Draft], signed: list[Envelope]) -> Seen:
        """Enter a batch and sign the checkpoint over it."""
        leaves: list[bytes] = []
        for draft, envelope in zip(drafts, signed, strict=True):
            leaf = entries.encode(Entry(at=draft.at, index=self.size, prev=self.prev, envelope=envelope))
            leaves.append(leaf)
            self.prev = trees.leaf_hash(leaf).hex()
            self.size += 1
        self.edge, written = tiles.grow(self.edge, leaves)
        for file in written:
            if ".p/" not in file.path:
                self.write(file.path, file.content)
        root = self.edge.root()
        note = checkpoints.sign(Checkpoint(origin=ORIGIN, size=self.size, root=root), signing("log"))
        self.write(f"checkpoints/{self.size}", note.encode())
        return Seen(size=self.size, root=root.hex())

    def close(self) -> None:
        """The partial files of the last size, and what else is published."""
        for tile in tiles.of_size(self.size):
            if tile.width < tiles.WIDTH:
                level = tile.level
                content = tiles.bundle(self.edge.leaves) if level is None else b"".join(self.edge.levels[level])
                self.write(tile.path(), content)
        self.write("vkey", (notes.key_of(ORIGIN, signing("log")).spell() + "\n").encode())
        data = DATA.read_bytes()
        self.write(f"data/{casework.agreements.parse(data).sha256}", data)
        self.write("checkpoint", (self.folder / f"checkpoints/{self.size}").read_bytes())

    def write(self, name: str, content: bytes) -> None:
        """Put a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def made(folder: Path, size: int, seed: int = 1) -> Path:
    """The log of these parameters, in a subfolder of `folder`."""
    target = folder / f"log-{FORM}-{size}-{seed}"
    if (target / "checkpoint").is_file():
        return target
    shutil.rmtree(target, ignore_errors=True)
    world = World(casework.agreements.parse(DATA.read_bytes()), size, seed)
    writer = Writer(target)
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(max(1, (os.cpu_count() or 2) - 1)) as pool:
        for _ in written(world, writer, pool):
            _show(f"{writer.size:>9,} of {size:,} entries, {writer.size / (time.monotonic() - began):,.0f} a second")
    writer.close()
    _show("", last=True)
    return target


class Taking(Protocol):
    """Whoever enters what was signed; gives the checkpoint that is seen from then on, if there is one."""

    def publish(self, drafts: list[Draft], signed: list[Envelope]) -> Seen | None: ...


def written(world: World, writer: Taking, pool: Pool) -> Iterator[None]:
    """Everything that is told, signed by other cores and taken in order; a step for each batch."""
    flying: deque[tuple[list[Draft], AsyncResult[list[Envelope]]]] = deque()
    told = world.told()
    while drafts := _some(told):
        statements.parse(drafts[0].body)
        flying.append((drafts, pool.apply_async(sealed, (drafts,))))
        if len(flying) == AHEAD:
            done, signed = flying.popleft()
            world.seen = writer.publish(done, signed.get())
            yield
    for done, signed in flying:
        writer.publish(done, signed.get())
        yield


def _some(told: Iterator[Draft]) -> list[Draft]:
    return list(islice(told, PUBLISHED))


def _show(text: str, *, last: bool = False) -> None:
    if sys.stderr.isatty() or last:
        sys.stderr.write(f"\r{text:<60}" + ("\n" if last else ""))
        sys.stderr.flush()


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Make a log to be measured on.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--entries", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    sys.stdout.write(f"{made(given.folder, given.entries, given.seed)}\n")


if __name__ == "__main__":
    main()
