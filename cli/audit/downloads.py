"""`audit fetch`: bring a log's files into a folder, complete and resumable.

Promise: when it ends, the folder holds everything that the newest checkpoint covers: hash tiles, entry bundles, the
log's key, the checkpoints along the way, the agreement's data; run again it brings only what is new.
Rules: nothing is verified here but that files are whole: a copy of a false log must be fetched as it is, so that it can
be shown to others. Where the service contradicts what an earlier fetch brought, both are kept. A checkpoint may be
replaced by itself with more signatures.
Elsewhere: what the files prove, `cli.audit.verdicts`; atomic writing, `cli.audit.folders`.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cli.audit.bundles import statement_bodies
from cli.audit.endings import FOUND, Stopped
from cli.audit.folders import Folder
from ledger import tiles
from ledger.rules import Refused

HEAD: Final = re.compile(rb"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,15})\n[A-Za-z0-9+/]{43}=\n\n")
SHA256: Final = re.compile(r"[0-9a-f]{64}")
MOST_ASKED_AGAIN: Final = 64  # the last ones before: a publisher asks witnesses for no older checkpoint
Read = Callable[[str], bytes | None]
Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a fetch ended with."""

    size: int
    before: int
    files: int
    checkpoints: int


def fetch(read: Read, folder: Folder, step: Step) -> Fetched:
    """Bring everything up to the newest checkpoint; `step(done, of)` is told about progress."""
    checkpoint = wanted(read, "checkpoint")
    size, before = size_of(checkpoint, "checkpoint"), size_here(folder)
    keep_apart_when_contradicting(folder, size, checkpoint)
    if size < before:
        raise Stopped(f"the service offers {size} entries, {folder.path} already holds {before}: nothing was changed")
    names = [name for tile in tiles.of_size(size) if not folder.has(name := tile.path())]
    along = [number for number in published(read, after=0) if number <= size]
    names += [name for number in along if not folder.has(name := f"checkpoints/{number}")]
    for done, name in enumerate(["vkey", *names]):
        step(done, len(names) + 1)
        folder.write(name, whole(name, wanted(read, name)))
    cosign_anew(read, folder, along, checkpoint)
    count = fetch_data(read, folder)
    write_richer(folder, f"checkpoints/{size}", checkpoint)
    write_richer(folder, "checkpoint", checkpoint)
    step(len(names) + 1, len(names) + 1)
    return Fetched(
        size=size, before=before, files=len(names) + 2 + count, checkpoints=len(folder.numbers("checkpoints"))
    )


def size_of(checkpoint: bytes, name: str) -> int:
    """The size that a checkpoint claims."""
    found = HEAD.match(checkpoint)
    if found is None:
        raise Stopped(f"{name} is not a checkpoint")
    return int(found["size"])


def size_here(folder: Folder) -> int:
    """Up to where the folder is complete already."""
    kept = folder.read("checkpoint")
    return 0 if kept is None else size_of(kept, f"{folder.path}/checkpoint")


def keep_apart_when_contradicting(folder: Folder, size: int, checkpoint: bytes) -> None:
    """Two checkpoints of one size with different roots prove a fork: keep both, say so, and change nothing else."""
    kept = folder.read(f"checkpoints/{size}")
    if kept is None or kept.split(b"\n")[:3] == checkpoint.split(b"\n")[:3]:
        return
    name = f"contradictions/{size}-{hashlib.sha256(checkpoint).hexdigest()[:16]}"
    folder.write(name, checkpoint)
    raise Stopped(
        f"the service now shows another tree of {size} entries than it did before",
        code=FOUND,
        advice=f"Both are kept: {folder.path}/checkpoints/{size} and {folder.path}/{name}. Signed, they prove a fork.",
    )


def cosign_anew(read: Read, folder: Folder, along: list[int], checkpoint: bytes) -> None:
    """Witnesses' signatures come later than a checkpoint: of the last that were kept before, those with fewer than
    others are asked for again."""
    before = [size for size in along if size <= size_here(folder)][-MOST_ASKED_AGAIN:]
    kept = {size: signatures(folder.read(f"checkpoints/{size}") or b"") for size in before}
    most = max([signatures(checkpoint), *kept.values()])
    for size in (size for size, count in kept.items() if count < most):
        shown = wanted(read, f"checkpoints/{size}")
        keep_apart_when_contradicting(folder, size, shown)
        write_richer(folder, f"checkpoints/{size}", shown)


def write_richer(folder: Folder, name: str, shown: bytes) -> None:
    """Write a checkpoint, unless one that says the same and bears as many signatures is there."""
    kept = folder.read(name)
    if kept is None or kept.split(b"\n")[:3] != shown.split(b"\n")[:3] or signatures(shown) > signatures(kept):
        folder.write(name, shown)


def signatures(note: bytes) -> int:
    """How many lines of signatures a note seems to have."""
    return note.count("\n— ".encode())


def published(read: Read, *, after: int) -> list[int]:
    """The sizes of all checkpoints ever published, as far as the service lists them."""
    sizes: list[int] = []
    while True:
        listed = read(f"checkpoints?after={sizes[-1] if sizes else after}")
        more = [] if listed is None else [int(line) for line in listed.split() if line.isdigit()]
        if not more or more[0] <= (sizes[-1] if sizes else after):
            return sizes
        sizes += more


def wanted(read: Read, name: str) -> bytes:
    """A file that must be there."""
    content = read(name)
    if content is None:
        raise Stopped(f"the service has no {name}; the copy stays incomplete")
    return content


def whole(name: str, content: bytes) -> bytes:
    """The content, if it is as long as its name says."""
    tile = tiles.parse_path(name)
    if tile is None:
        return content
    try:
        held = len(tiles.unbundle(content) if tile.level is None else tiles.hashes(content))
    except Refused as refused:
        raise Stopped(f"{name}: {refused.message}; the copy stays incomplete") from None
    if held != tile.width:
        raise Stopped(f"{name} holds {held}, not {tile.width}; the copy stays incomplete")
    return content


def fetch_data(read: Read, folder: Folder) -> int:
    """The agreement's data that the log's first statement names by its hash."""
    bundle = folder.read("tile/entries/000") or next(
        (folder.read(f"tile/entries/000.p/{n}") for n in range(255, 0, -1) if folder.has(f"tile/entries/000.p/{n}")),
        None,
    )
    named = {str(body.get("agreement")) for body in statement_bodies(bundle or b"")}
    missing = [sha for sha in sorted(named) if SHA256.fullmatch(sha) and not folder.has(f"data/{sha}")]
    found = {sha: read(f"data/{sha}") for sha in missing}
    for sha, content in found.items():
        if content is not None:
            folder.write(f"data/{sha}", content)
    return sum(content is not None for content in found.values())
