"""Logs to audit, and the two hands that spoil them.

Promise: a *keeper* changes files but has no key; a *host* has the log's key and publishes what it likes, and is found
out by what the provinces signed. Each helper spoils a copy and returns what the verifier says.
"""

import random
from collections.abc import Callable
from datetime import timedelta

from ledger import entries, tiles, trees, verifier
from ledger.rules import Code
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
