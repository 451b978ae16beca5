"""What was published about the entries: checkpoints, higher tiles, and earlier, partial files (V18 to V22).

Promise: every file that a checkpoint vouches for is compared with the entries themselves.
Rules: a checkpoint that does not verify is a finding, and the newest that does is audited instead; earlier partial
files may be gone (tlog-tiles lets a log drop them), but those that are there must be true.
Elsewhere: bundles and tiles of level 0 at today's size, `ledger.chunks`.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from ledger import checkpoints, cuts, notes, tiles, trees
from ledger.checkpoints import Checkpoint
from ledger.findings import Findings
from ledger.histories import History
from ledger.notes import Unreadable, VerifierKey
from ledger.rules import Code
from ledger.tiles import Tile

CHECKPOINT = "checkpoint"
CHECKPOINTS = "checkpoints"
VKEY = "vkey"


class Files(Protocol):
    """Where a log's files are: paths as under /ledger/ (F20)."""

    def read(self, name: str) -> bytes | None:
        """A file's bytes, or None where there is none."""
        ...

    def numbers(self, name: str) -> Sequence[int]:
        """The names of a folder's files that are numbers, ascending."""
        ...


def held(read: Callable[[str], bytes | None], name: str) -> bytes | None:
    """A file; where it is a partial one that is gone, the beginning of the full one will do (tlog-tiles; R2)."""
    found = read(name)
    tile = None if found is not None else tiles.parse_path(name)
    if tile is None or tile.width == tiles.WIDTH:
        return found
    full = read(Tile(tile.level, tile.number).path())
    if full is None:
        return None
    if tile.level is not None:
        return full[: tile.width * trees.HASH]
    return tiles.bundle(part.leaf for part in cuts.cut(full)[: tile.width])


class Unusable(Exception):
    """There is nothing to audit: no checkpoint that could be read."""


def newest(files: Files, key: VerifierKey | None, findings: Findings) -> Checkpoint:
    """The checkpoint to audit by: the current one, or else the newest that verifies (R1)."""
    note = files.read(CHECKPOINT)
    if note is None:
        findings.add(None, Code.FILE_MISSING, f"{CHECKPOINT} is missing")
    elif key is not None:
        try:
            return checkpoints.verify(note, key)
        except Unreadable as error:
            findings.add(None, Code.CHECKPOINT_INVALID, f"{CHECKPOINT}: {error}")
    for size in reversed(files.numbers(CHECKPOINTS)):
        found = _earlier(files, size, key)
        if isinstance(found, Checkpoint):
            return found
    raise Unusable("no checkpoint can be read and verified: there is nothing to audit by")


def sizes(files: Files) -> list[int]:
    """Sizes that may be audited by, the newest first; told by files that are not verified yet."""
    found = list(reversed(files.numbers(CHECKPOINTS)))
    try:
        return [checkpoints.parse(notes.parse(files.read(CHECKPOINT) or b"").text).size, *found]
    except Unreadable:
        return found


def check_vkey(files: Files, key: VerifierKey, findings: Findings) -> None:
    """The key file, which is there for those who have no entries, is the key of the genesis."""
    told = files.read(VKEY)
    if told is not None and told != f"{key.spell()}\n".encode():
        findings.add(None, Code.CHECKPOINT_INVALID, f"{VKEY} is not the log key that entry 0 names")


def check_earlier(files: Files, key: VerifierKey | None, history: History, findings: Findings) -> int:
    """Every earlier checkpoint; how many were true."""
    true = 0
    for size in files.numbers(CHECKPOINTS):
        found = _earlier(files, size, key)
        if isinstance(found, str):
            findings.add(None, Code.EARLIER_CHECKPOINT_INVALID, f"{CHECKPOINTS}/{size}: {found}")
        elif not 0 < size <= history.size:
            findings.add(None, Code.EARLIER_ROOT_DIFFERS, f"{CHECKPOINTS}/{size}: there are {history.size} entries")
        elif found.root != history.root(size):
            findings.add(None, Code.EARLIER_ROOT_DIFFERS, f"{CHECKPOINTS}/{size} is the root of other entries")
        else:
            true += 1
    return true


def _earlier(files: Files, size: int, key: VerifierKey | None) -> Checkpoint | str:
    note = files.read(f"{CHECKPOINTS}/{size}")
    if note is None or key is None:
        return "cannot be read" if note is None else "no key to verify it by"
    try:
        found = checkpoints.verify(note, key)
    except Unreadable as error:
        return str(error)
    return found if found.size == size else f"is of size {found.size}"


def check_tiles(files: Files, history: History, findings: Findings) -> None:
    """Every tile above level 0 at today's size, and every partial file of an earlier published size (R10)."""
    for tile in tiles.of_size(history.size):
        if tile.level:
            _check(files, tile, history.prefixes.row(tile.level), findings, demanded=True)
    for size in files.numbers(CHECKPOINTS):
        if not 0 < size < history.size:
            continue
        for tile in tiles.of_size(size):
            if tile.width < tiles.WIDTH:
                _check(files, tile, history.prefixes.row(tile.level or 0), findings, demanded=False)


def _check(files: Files, tile: Tile, row: bytearray, findings: Findings, *, demanded: bool) -> None:
    content = files.read(tile.path())
    start = tile.number * tiles.WIDTH
    true = bytes(row[start * trees.HASH : (start + tile.width) * trees.HASH])
    span = tiles.WIDTH ** (tile.level or 0)
    if content is None:
        if demanded:
            findings.add(start * span, Code.FILE_MISSING, f"{tile.path()} is missing")
        return
    told = content if tile.level is not None else _hashes_of(content)
    if told == true:
        return
    number = next((at for at in range(tile.width) if _at(told, at) != _at(true, at)), tile.width - 1)
    index, code = (start + number) * span, Code.TILE_ALTERED if tile.level is not None else Code.BUNDLE_ALTERED
    findings.add(index, code, f"{tile.path()} is not of the entries: the first difference is at entry {index}")


def _hashes_of(bundle: bytes) -> bytes:
    return b"".join(trees.leaf_hash(part.leaf) if part.told else bytes(trees.HASH) for part in cuts.cut(bundle))


def _at(row: bytes, number: int) -> bytes:
    return row[number * trees.HASH : (number + 1) * trees.HASH]
