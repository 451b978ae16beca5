"""`audit prove`: that one entry stands in the log, in a file that can be kept and shown.

Promise: what is written, `audit verify-proof` accepts by the log's key; of files that lead to another root nothing is.
Rules: a proof is made of public files alone; the entry itself, and finding it by its statement, need `ledger:read`.
Elsewhere: checking what somebody shows, `cli.audit.exhibits`; the format and the arithmetic, `ledger.proofs`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.audit import credentials, folders, shelves
from cli.audit.downloads import SHA256, Read
from cli.audit.endings import FOUND, Stopped
from ledger import checkpoints, entries, envelopes, notes, proofs, publications, tiles, trees
from ledger.checkpoints import Checkpoint
from ledger.notes import Unreadable
from ledger.proofs import Proof
from ledger.rules import Refused
from ledger.trees import Unproved

NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A proof that verifies, and where asked for, the leaf that it is of."""

    proof: Proof
    checkpoint: Checkpoint
    leaf: bytes | None


@contextmanager
def source(log: str, client: Path | None) -> Iterator[Read]:
    """The log's files, one by one: of a folder, or of a service."""
    if "://" not in log:
        yield folders.existing(Path(log)).read
        return
    remote = shelves.remote(log, None if client is None else credentials.read(client))
    try:
        yield remote.read
    finally:
        remote.close()


def made(read: Read, named: str, *, with_leaf: bool) -> Made:
    """The proof of an entry, named by its number or its statement's id, under the newest checkpoint."""
    note = needed(read, "checkpoint")
    try:
        key = notes.read_key(needed(read, "vkey").decode("utf-8", "replace").strip())
        size = checkpoints.verify(note, key).size
    except Unreadable as error:
        raise Stopped(f"the log's checkpoint: {error}", code=FOUND) from None
    index = int(named) if NUMBER.fullmatch(named) else placed(read, named, size)
    if index >= size:
        raise Stopped(f"the log's newest checkpoint covers {size} entries, not entry {index}")
    tree = proofs.Hashes(size, lambda name: needed(read, name))
    leaf = bundle(read, index // tiles.WIDTH, size)[index % tiles.WIDTH] if with_leaf else None
    try:
        proof = proofs.prove(note, index, tree.read)
        digest = tree.leaf(index) if leaf is None else trees.leaf_hash(leaf)
        return Made(proof=proof, checkpoint=proofs.verify(proof, digest, key), leaf=leaf)
    except (Unproved, Refused) as fault:
        raise Stopped(f"no proof of entry {index} can be made of these files: {fault}", code=FOUND) from None


def placed(read: Read, named: str, size: int) -> int:
    """Where a statement stands: where it stood first."""
    if SHA256.fullmatch(named) is None:
        raise Stopped(f"{named} is neither an entry's number nor a statement's id (64 hexadecimal digits)")
    for number in range(-(-size // tiles.WIDTH)):
        for place, leaf in enumerate(bundle(read, number, size)):
            if statement_id(leaf) == named:
                return number * tiles.WIDTH + place
    raise Stopped(f"no entry of these {size} is the statement {named}", code=FOUND)


def statement_id(leaf: bytes) -> str | None:
    """The id of a leaf's statement, where it can be read."""
    try:
        envelope = entries.parse(leaf).envelope
    except Refused:
        return None
    return envelopes.statement_id(envelope.payload_type, envelope.payload)


def bundle(read: Read, number: int, size: int) -> tuple[bytes, ...]:
    """The leaves of a bundle, as many as the size tells."""
    width = min(tiles.WIDTH, size - number * tiles.WIDTH)
    name = tiles.Tile(None, number, width).path()
    try:
        leaves = tiles.unbundle(needed(read, name))
    except Refused as refused:
        raise Stopped(f"{name}: {refused.message}", code=FOUND) from None
    if len(leaves) != width:
        raise Stopped(f"{name} holds {len(leaves)} entries, not {width}", code=FOUND)
    return leaves


def needed(read: Read, name: str) -> bytes:
    """A file that must be there, if only as the beginning of the full one."""
    content = publications.held(read, name)
    if content is None:
        raise Stopped(f"the log has no {name}")
    return content
