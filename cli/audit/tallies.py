"""What a log is about, in numbers: parties, referrals, handovers and whether both sides agreed.

Promise: counts of what the bodies say, for people; nothing here is proof of anything.
Elsewhere: what is proof, `ledger.verifier`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cli.audit.bundles import statement_bodies
from cli.audit.folders import Folder
from ledger.rules import Refused
from ledger.tiles import of_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The numbers of a log."""

    parties: Mapping[str, int]
    referrals: int
    agree: int
    disagree: int
    refused: int


def tally(folder: Folder, size: int) -> Tally:
    """Count the statements of the first `size` entries, as far as they can be read."""
    parties: Counter[str] = Counter()
    said: Counter[tuple[str, object]] = Counter()
    for tile in of_size(size):
        if tile.level is not None:
            break  # bundles come first
        try:
            for body in statement_bodies(folder.read(tile.path()) or b""):
                parties[str(body.get("party"))] += 1
                said[str(body.get("kind")), body.get("agrees") is True] += 1
        except Refused:
            continue  # the verifier has said so
    return Tally(
        parties=dict(sorted(parties.items())),
        referrals=said["referral.sent", False],
        agree=said["handover.received", True],
        disagree=said["handover.received", False],
        refused=said["handover.refused", True] + said["handover.refused", False],
    )
