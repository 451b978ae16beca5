"""The verifier: a whole log from its files alone, trusting nobody who keeps them (V1 to V28).

Promise: a changed, missing, repeated, exchanged or forged byte is found and named by entry; what is found is proof.
Rules: entries are read in order, 256 at a time, and not kept; the work that needs no past can be done by other
processes (`examining`); no clock is read and no file but through `files`.
Elsewhere: the rules' texts, `ledger.rules`; a chunk by itself, `ledger.chunks`; in order, `ledger.walks`; checkpoints
and the other files, `ledger.publications`; witnesses, `ledger.sightings`; receipts, `ledger.pledges`; exit codes and
words for people, `cli.audit`.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from casework import agreements
from casework.agreements import Agreement
from ledger import (
    admissions,
    chunks,
    cuts,
    entries,
    geneses,
    notes,
    pledges,
    publications,
    quorums,
    sightings,
    tiles,
    trees,
)
from ledger.checkpoints import Checkpoint
from ledger.chunks import Chunk, Examination
from ledger.dockets import Docket
from ledger.envelopes import Envelope
from ledger.findings import Finding, Findings
from ledger.histories import Signed
from ledger.notes import VerifierKey
from ledger.pledges import Outcome, Pledge
from ledger.publications import Files, Unusable
from ledger.quorums import Policy
from ledger.registers import Register
from ledger.rules import Code, Refused
from ledger.sightings import Sightings
from ledger.statements import AgreementAdopted, AgreementAmended, KeyAdded, RootReplaced
from ledger.trees import Frontier
from ledger.walks import Disputed, Walk

__all__ = ["Examining", "Files", "Report", "Unusable", "verify"]

Examining: TypeAlias = Callable[[Iterable[Chunk]], Iterable[Examination]]
"""Maps `chunks.examine` over chunks, in order; with processes, draw no more chunks ahead than fit in memory."""

_KEY_FAMILIES = tuple(b"application/vnd.estafet.%s.v1+json" % family for family in (b"key", b"agreement", b"root"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit came to."""

    origin: str
    agreement: str | None
    size: int
    root: str  # hex, of the checkpoint audited by
    anchor: str | None  # of entry 0 as found; None: it cannot be read
    anchored: bool  # whether an anchor was given and is this one
    findings: tuple[Finding, ...]
    found: int  # how many in all: more than are kept where one cause spoiled a large log
    disputed: tuple[Disputed, ...]
    kinds: Mapping[str, int]  # sound statements by kind
    signed: Mapping[str, Signed]  # by key; without entry 0, which every root signs
    earlier_checkpoints: int  # true ones
    pledges: tuple[Pledge, ...]  # what became of the receipts that were shown, in their order
    sightings: Sightings  # what the witnesses saw
    register: Register = field(default_factory=Register)  # the keys, as of the last entry
    host_key: str | None = None  # of entry 0, if it is sound
    unjudged: int  # statements that could not be verified, for a loss that is itself a finding

    @property
    def clean(self) -> bool:
        """Whether nothing was found. Whose log it is only the anchor tells."""
        return not self.found

    @property
    def receipts(self) -> int:
        """How many of the receipts that were shown are kept."""
        return sum(pledge.outcome is Outcome.KEPT for pledge in self.pledges)


def verify(
    files: Files,
    *,
    anchor: str | None = None,
    shown: Iterable[Envelope] = (),
    examining: Examining | None = None,
    progress: Callable[[int, int], None] | None = None,
    docket: Docket | None = None,
) -> Report:
    """Audit a log. `shown`: receipts to hold to it; `progress` hears of entries done and in all; `docket` is filled."""
    findings = Findings()
    genesis = _genesis(files)
    key = _log_key(files, genesis, findings)
    checkpoint = publications.newest(files, key, findings)
    if not checkpoint.size:
        raise Unusable("a log is never empty")
    seen = sightings.of_log(files, key, Policy() if genesis is None else quorums.of_genesis(genesis))
    agreement = _agreement(files, genesis, findings)
    walk = Walk(agreement=agreement, anchor=anchor, sightings=seen, findings=findings, docket=docket)
    _walk(walk, (examining or _here)(_chunks(files, checkpoint)), checkpoint.size, progress)
    if walk.history.root(checkpoint.size) != checkpoint.root:
        findings.add(None, Code.ROOT_DIFFERS, f"the checkpoint of size {checkpoint.size} is the root of other entries")
    earlier = publications.check_earlier(files, key, walk.history, findings)
    publications.check_tiles(files, walk.history, findings)
    sightings.hold(seen, walk.history, findings)
    held = pledges.hold(shown, walk.history, findings)
    return _report(walk, checkpoint, genesis, anchored=anchor is not None, earlier=earlier, held=held)


def _report(
    walk: Walk,
    checkpoint: Checkpoint,
    genesis: AgreementAdopted | None,
    *,
    anchored: bool,
    earlier: int,
    held: tuple[Pledge, ...],
) -> Report:
    return Report(
        origin=checkpoint.origin,
        agreement=None if genesis is None else genesis.agreement,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        anchor=walk.first_anchor,
        anchored=anchored and walk.anchor == walk.first_anchor,
        findings=walk.findings.ordered(),
        found=walk.findings.count,
        disputed=tuple(walk.disputed),
        kinds=dict(walk.kinds),
        signed=walk.history.signed(),
        earlier_checkpoints=earlier,
        pledges=held,
        sightings=walk.sightings,
        register=walk.history.register,
        host_key=None if genesis is None else genesis.host_key,
        unjudged=walk.unjudged,
    )


def _walk(
    walk: Walk, examinations: Iterable[Examination], size: int, progress: Callable[[int, int], None] | None
) -> None:
    for examination in examinations:
        walk.walk(examination)
        if progress is not None:
            progress(walk.history.size, size)
    walk.end()


def _here(several: Iterable[Chunk]) -> Iterator[Examination]:
    return map(chunks.examine, several)


def _genesis(files: Files) -> AgreementAdopted | None:
    """What entry 0 says, if it is sound: looked at ahead of the walk, for the log's key stands in it."""
    data = files.read(tiles.Tile(None, 0).path())
    for size in publications.sizes(files):
        data = data or files.read(tiles.Tile(None, 0, size).path())
    found = cuts.cut(data or b"")
    try:
        return geneses.judge(entries.parse(found[0].leaf).envelope) if found else None
    except Refused:
        return None  # the walk says what is wrong with it


def _log_key(files: Files, genesis: AgreementAdopted | None, findings: Findings) -> VerifierKey | None:
    if genesis is not None:
        key = geneses.log_key(genesis)
        publications.check_vkey(files, key, findings)
        return key
    try:  # The key file proves nothing, but lets an audit go on whose first finding will be that entry 0 is broken.
        return notes.read_key((files.read(publications.VKEY) or b"").decode("utf-8", "replace").removesuffix("\n"))
    except notes.Unreadable:
        return None


def _agreement(files: Files, genesis: AgreementAdopted | None, findings: Findings) -> Agreement | None:
    if genesis is None:
        return None
    data = files.read(f"data/{genesis.agreement}")
    if data is None or hashlib.sha256(data).hexdigest() != genesis.agreement:
        state = "missing" if data is None else "not the file that entry 0 adopts"
        findings.add(None, Code.AGREEMENT_FILE, f"data/{genesis.agreement} is {state}: no act can be judged by it")
        return None
    try:
        return agreements.parse(data)
    except ValueError as error:
        findings.add(None, Code.AGREEMENT_FILE, f"data/{genesis.agreement} cannot be read: {error}")
        return None


def _chunks(files: Files, checkpoint: Checkpoint) -> Iterator[Chunk]:
    claimed: dict[str, bytes] = {}
    above = _above(files, checkpoint.size)
    for first in range(0, checkpoint.size, tiles.WIDTH):
        number, count = first // tiles.WIDTH, min(tiles.WIDTH, checkpoint.size - first)
        bundle = publications.held(files.read, tiles.Tile(None, number, count).path())
        _claim(claimed, bundle or b"", first)
        if count == tiles.WIDTH:
            before, root = (Frontier(), above[number]) if number < len(above) else (None, None)
        else:
            before, root = _in_front(above, first), checkpoint.root
        yield Chunk(
            first=first,
            count=count,
            bundle=bundle,
            tile=publications.held(files.read, tiles.Tile(0, number, count).path()),
            before=before,
            root=root,
            claimed=dict(claimed),
        )


def _above(files: Files, size: int) -> list[bytes]:
    """The hashes of level 1 as told, up to the first that is missing."""
    told: list[bytes] = []
    for tile in tiles.of_size(size):
        if tile.level == 1:
            content = publications.held(files.read, tile.path())
            if content is None or len(content) != tile.width * trees.HASH:
                break
            told.extend(tiles.hashes(content))
    return told


def _in_front(above: list[bytes], first: int) -> Frontier | None:
    """The tree in front of the last, partial chunk."""
    if len(above) != first // tiles.WIDTH:
        return None
    return Frontier(first, Frontier().extend(above).nodes)


def _claim(claimed: dict[str, bytes], bundle: bytes, first: int) -> None:
    """Note the names and public keys that a bundle's entries claim to add. They are believed by nobody: a walk takes
    the key from its register, and a wrong claim costs it a second verification."""
    if first and not any(family in bundle for family in _KEY_FAMILIES):
        return
    for number, part in enumerate(cuts.cut(bundle)):
        if number + first and not any(family in part.leaf for family in _KEY_FAMILIES):
            continue
        try:
            read = admissions.examine(entries.parse(part.leaf).envelope, {}).read
        except Refused:
            continue
        match read:
            case KeyAdded(name=name, public=public):
                claimed[name] = bytes.fromhex(public)
            case AgreementAdopted(parties=parties, host_key=host):
                claimed |= {f"{founder.party}/root": bytes.fromhex(founder.root_key) for founder in parties}
                claimed["HOST/host"] = bytes.fromhex(host)
            case AgreementAmended(host_key=host):
                claimed["HOST/host"] = bytes.fromhex(host)
            case RootReplaced(replaced=party, root_key=root):
                claimed[f"{party}/root"] = bytes.fromhex(root)
            case _:
                pass
