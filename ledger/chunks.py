"""Chunks: 256 entries at a time, examined by themselves, in any process (V10, V11, V14, V21, V22).

Promise: `examine` is a pure function of a chunk, so that all cores can work on a log at once; what depends on the
entries before is left to `ledger.walks`.
Rules: of leaves, tile and the hash above, the two that agree outvote the third, so that a changed byte is held against
the file that it is in; every leaf is put in the place that its hash, or else its index, gives it.
Elsewhere: reading the files, `ledger.verifier`; broken bundles, `ledger.cuts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger import admissions, cuts, entries, parcels, statements, tiles, trees
from ledger.admissions import Examined, Question
from ledger.cuts import Cut
from ledger.entries import Entry
from ledger.envelopes import Envelope
from ledger.findings import Findings
from ledger.rules import Code, Refused
from ledger.trees import Frontier


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The files of up to 256 entries, and what the rest of the tree says of them."""

    first: int
    count: int
    bundle: bytes | None
    tile: bytes | None
    before: Frontier | None  # a full chunk: none before; the last one: the tree in front of it, as far as it is known
    root: bytes | None  # which root `before` and these hashes must lead to
    claimed: Mapping[str, bytes]  # public keys by name, as claimed so far: not to be believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A leaf by itself."""

    digest: bytes
    anchor: str
    altered: bool  # its bytes are not those whose hash was published
    entry: Entry | None  # None: unreadable
    examined: Examined | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What a chunk says by itself. A place is None where its entry is missing."""

    first: int
    places: tuple[Leaf | None, ...]
    hashes: tuple[bytes, ...]  # of the entries in their places, as published where that is certain
    certain: bool
    findings: Findings


parcels.quicken(Leaf, Entry, Envelope, Examined, Question, statements.Seen, *statements.KINDS.values())


def examine(chunk: Chunk) -> Examination:
    """Look at a chunk: cut, hash, read, put in place, verify signatures (R4)."""
    findings = Findings()
    parts = _cut(chunk, findings)
    digests = tuple(trees.leaf_hash(part.leaf) for part in parts)
    published, certain = _published(chunk, digests, findings)
    places = _placed(chunk, parts, digests, published if certain else None, findings)
    hashes = tuple(
        published[number] if certain else trees.EMPTY if at is None else digests[at] for number, at in enumerate(places)
    )
    if not certain and published:
        _doubt(chunk, published, hashes, places, findings)
    read: list[Leaf | None] = []
    for number, at in enumerate(places):
        index = chunk.first + number
        read.append(None if at is None else _read(chunk, index, parts[at], hashes[number], findings))
    return Examination(first=chunk.first, places=tuple(read), hashes=hashes, certain=certain, findings=findings)


def _cut(chunk: Chunk, findings: Findings) -> tuple[Cut, ...]:
    if chunk.bundle is None:
        path = tiles.Tile(None, chunk.first // tiles.WIDTH, chunk.count).path()
        findings.add(chunk.first, Code.FILE_MISSING, f"{path} is missing, with {chunk.count} entries")
        return ()
    return cuts.cut(chunk.bundle)


def _published(chunk: Chunk, digests: tuple[bytes, ...], findings: Findings) -> tuple[tuple[bytes, ...], bool]:
    """The hashes that were published for this chunk, and whether that is certain (R5)."""
    tile = _tile(chunk, findings)
    whole = digests if len(digests) == chunk.count else None
    if tile is not None and _confirmed(chunk, tile):
        return tile, True
    if whole is not None and (tile == whole or _confirmed(chunk, whole)):
        _compare(chunk, tile or whole, whole, findings)
        return whole, True
    return tile or whole or (), False


def _tile(chunk: Chunk, findings: Findings) -> tuple[bytes, ...] | None:
    path = tiles.Tile(0, chunk.first // tiles.WIDTH, chunk.count).path()
    if chunk.tile is None:
        findings.add(chunk.first, Code.FILE_MISSING, f"{path} is missing")
        return None
    try:
        hashes = tiles.hashes(chunk.tile)
    except Refused as refused:
        findings.add(chunk.first, refused.code, f"{path}: {refused.message}")
        return None
    if len(hashes) != chunk.count:
        findings.add(chunk.first, Code.FILE_BROKEN, f"{path} holds {len(hashes)} hashes")
        return None
    return hashes


def _confirmed(chunk: Chunk, hashes: tuple[bytes, ...]) -> bool:
    return chunk.before is not None and chunk.before.extend(hashes).root() == chunk.root


def _compare(chunk: Chunk, tile: tuple[bytes, ...], whole: tuple[bytes, ...], findings: Findings) -> None:
    for number, (told, true) in enumerate(zip(tile, whole, strict=True)):
        if told != true:
            index, path = chunk.first + number, tiles.Tile(0, chunk.first // tiles.WIDTH, chunk.count).path()
            findings.add(index, Code.TILE_ALTERED, f"{path}: the hash of entry {index} is not the one published")


def _doubt(
    chunk: Chunk,
    tile: tuple[bytes, ...],
    hashes: tuple[bytes, ...],
    places: list[int | None],
    findings: Findings,
) -> None:
    """Nothing says which of the two is right: hold it against the entry, and say so."""
    for number, (told, found) in enumerate(zip(tile, hashes, strict=True)):
        if places[number] is not None and told != found:
            index = chunk.first + number
            findings.add(index, Code.ENTRY_ALTERED, f"entry {index} and its hash in the tile are not of each other")


def _placed(
    chunk: Chunk,
    parts: tuple[Cut, ...],
    digests: tuple[bytes, ...],
    published: tuple[bytes, ...] | None,
    findings: Findings,
) -> list[int | None]:
    """For each place, which of the leaves belongs there (R6)."""
    wanted = [_wanted(chunk, part, digest, published) for part, digest in zip(parts, digests, strict=True)]
    if len(parts) == chunk.count and all(place in (None, number) for number, place in enumerate(wanted)):
        return list(range(chunk.count))
    places: list[int | None] = [None] * chunk.count
    stray: list[int] = []
    latest = -1
    for at, place in enumerate(wanted):
        if place is None:
            stray.append(at)
        elif places[place] is not None:
            index = chunk.first + place
            findings.add(index, Code.INDEX_REPEATED, f"entry {index} stands in its bundle again, as number {at}")
        else:
            places[place] = at
            if place < latest:
                index = chunk.first + place
                findings.add(index, Code.INDEX_WRONG, f"entry {index} stands behind entry {chunk.first + latest}")
            latest = max(latest, place)
    _settle(chunk, stray, places, findings)
    _gaps(chunk, places, findings)
    return places


def _wanted(chunk: Chunk, part: Cut, digest: bytes, published: tuple[bytes, ...] | None) -> int | None:
    """The place that a leaf asks for: by its hash where hashes are certain, else by its index."""
    if published is not None:
        return published.index(digest) if digest in published else None
    try:
        place = entries.parse(part.leaf).index - chunk.first
    except Refused:
        return None
    return place if 0 <= place < chunk.count else None


def _settle(chunk: Chunk, stray: list[int], places: list[int | None], findings: Findings) -> None:
    """Put leaves that no hash and no index places into the gap that follows the leaf in front of them."""
    for at in stray:
        behind = next((place for place, other in enumerate(places) if other == at - 1), -1) + 1
        if behind < chunk.count and places[behind] is None:
            places[behind] = at
        else:
            index = chunk.first + behind
            findings.add(index, Code.INDEX_REPEATED, f"a leaf that is no entry of this log stands before entry {index}")


def _gaps(chunk: Chunk, places: list[int | None], findings: Findings) -> None:
    if chunk.bundle is None:
        return
    number = 0
    while number < chunk.count:
        start = number
        while number < chunk.count and places[number] is None:
            number += 1
        if number > start:
            first, last = chunk.first + start, chunk.first + number - 1
            missing = f"entry {first} is" if first == last else f"entries {first} to {last} are"
            findings.add(first, Code.INDEX_GAP, f"{missing} missing")
        number += 1


def _read(chunk: Chunk, index: int, part: Cut, published: bytes, findings: Findings) -> Leaf:
    digest = trees.leaf_hash(part.leaf)
    if not part.told:
        findings.add(index, Code.FILE_BROKEN, f"the length in front of entry {index} is not its own")
    if digest != published:
        findings.add(index, Code.ENTRY_ALTERED, f"the bytes of entry {index} are not those that were published")
    entry: Entry | None = None
    examined: Examined | None = None
    try:
        entry = entries.parse(part.leaf)
        examined = admissions.examine(entry.envelope, chunk.claimed)
    except Refused as refused:
        findings.add_refused(index, refused)
    return Leaf(
        digest=digest,
        anchor=entries.anchor(part.leaf) if index == 0 else "",
        altered=digest != published,
        entry=entry,
        examined=examined,
    )
