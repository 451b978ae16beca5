"""Logs to audit, and the two hands that spoil them.

Promise: a *keeper* changes files but has no key; a *host* has the log's key and publishes what it likes, and is found
out by what the provinces signed. Each helper spoils a copy and returns what the verifier says.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from casework.parties import HOST
from ledger import entries, receipts, statements, tiles, trees, verifier
from ledger.dockets import Row
from ledger.envelopes import Envelope
from ledger.rules import Code
from ledger.statements import HOST_KEY, ReferralExpired, Seen, Statement
from ledger.verifier import Report
from tests.ledger import golden
from tests.ledger.golden import Log, referral

LEGAL = golden.legal()
SIZE = len(LEGAL.leaves)
BUNDLE = f"tile/entries/000.p/{SIZE}"
TILE = f"tile/0/000.p/{SIZE}"
ANCHOR = entries.anchor(LEGAL.leaves[0])
LARGE_SIZE = 602


def grown() -> Log:
    """A log of more than two tiles."""
    log = golden.legal()
    number = 100
    while len(log.leaves) < LARGE_SIZE:
        log.send("ID-JK", "ID-JI", referral(number))
        log.decline("ID-JI", referral(number))
        number += 1
        if number % 60 == 0:
            log.publish()
    log.publish()
    return log


LARGE = grown()


def codes(report: Report) -> list[tuple[int | None, Code]]:
    return [(found.index, found.code) for found in report.findings]


def kept(change: Callable[[list[bytes]], list[bytes]], log: Log = LEGAL) -> Report:
    """What a keeper's change of the entries comes to, tiles and checkpoint untouched."""
    shelf = log.shelf.copy()
    for path in list(shelf.files):
        if path.startswith("tile/entries/") and tiles.parse_path(path) != tiles.Tile(None, 0, len(log.leaves)):
            del shelf.files[path]
    shelf.files[f"tile/entries/000.p/{len(log.leaves)}"] = tiles.bundle(change(list(log.leaves)))
    return verifier.verify(shelf)


def owner(path: str, offset: int) -> int | None:
    """Which entry a byte of a file is of."""
    if path.startswith("tile/entries/"):
        end = 0
        for number, leaf in enumerate(tiles.unbundle(LEGAL.shelf.files[path])):
            end += 2 + len(leaf)
            if offset < end:
                return number
    return offset // trees.HASH if path.startswith("tile/0/") else None


PLACES = [
    (path, offset)
    for path, content in sorted(LEGAL.shelf.files.items())
    for offset in random.Random(path).sample(range(len(content)), min(len(content), 12))  # noqa: S311  # a sample, the same each time
]


def published(write: Callable[[Log], object]) -> Report:
    """What a host is found out by, that enters this after the legal log, numbered, chained and signed as it should."""
    log = LEGAL.copy()
    write(log)
    log.publish()
    return verifier.verify(log.shelf)


def rewritten(leave_out: int) -> Report:
    """A host drops an entry, and renumbers, chains, hashes and signs everything behind it anew."""
    log = Log()
    for number, leaf in enumerate(LEGAL.leaves):
        if number != leave_out:
            entry = entries.parse(leaf)
            log.at = entry.at - timedelta(minutes=1)
            log.enter(entry.envelope)
    log.publish()
    return verifier.verify(log.shelf)


def made_anew(leaves: Sequence[bytes], leave_out: int) -> Log:
    """The log without this entry, as a host would write it that has all keys but the provinces'."""
    log = Log()
    for number, leaf in enumerate(leaves):
        entry = entries.parse(leaf)
        said, after = statements.parse(entry.envelope.payload), entry.at - log.at
        if number == leave_out:
            continue
        if said.party == HOST:
            log.say(_linked_anew(said, log), after=after)
            continue
        made = log.enter(entry.envelope, after=after)
        if isinstance(said, statements.AgreementAmended):  # a key of its own, which the host has
            log.replaced[HOST_KEY] = f"{HOST_KEY}, {number}"
        if isinstance(said, statements.Act | statements.ReferralSent):
            log.last_of_referral[said.referral] = made
    log.publish()
    return log


def _linked_anew(said: Statement, log: Log) -> Statement:
    """A notice of the host's own, with all its links to what is left."""
    seen = said.seen
    if seen is not None:
        size = min(seen.size, len(log.leaves))
        seen = Seen(size=size, root=trees.root([trees.leaf_hash(leaf) for leaf in log.leaves[:size]]).hex())
    said = replace(said, key_prev=log.last_of_key.get(HOST_KEY), seen=seen)
    if isinstance(said, ReferralExpired):
        return replace(said, referral_prev=log.last_of_referral.get(said.referral, said.referral_prev))
    return said


def receipt(log: Log, number: int) -> Envelope:
    """What the host gave for an entry."""
    return receipts.sign(log.receipt(number), log.host_of(number))


def told(row: Row) -> Row:
    """A row without what only numbering and signing anew have changed."""
    return replace(row, index=0, noted_by=None if row.noted_by is None else "noted")
