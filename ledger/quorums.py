"""Quorums: which witnesses a log is watched by, how many of them are enough, and when they were.

Promise: the quorum time of a checkpoint is one that fewer than a quorum of witnesses cannot put earlier.
Rules: witnesses and quorum are data of the genesis; the host's own key never counts, for entry 0 may not name it among
them (V16). A quorum of none is none: nobody is asked.
Elsewhere: the lines themselves, `ledger.cosignatures`; what a log's quorum times prove, `ledger.sightings`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger import geneses
from ledger.notes import VerifierKey
from ledger.statements import AgreementAdopted


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who watches a log."""

    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    @property
    def colluding(self) -> int:
        """How many witnesses must sign two histories before both have a quorum: two quorums share that many."""
        return max(0, 2 * self.quorum - len(self.witnesses))

    def time(self, times: Iterable[int]) -> int | None:
        """The quorum time of a checkpoint: its quorum-th smallest cosignature time; None below quorum."""
        ordered = sorted(times)
        return ordered[self.quorum - 1] if 0 < self.quorum <= len(ordered) else None


def of_genesis(genesis: AgreementAdopted) -> Policy:
    """The policy that a log was founded with."""
    return Policy(witnesses=geneses.witnesses(genesis), quorum=genesis.quorum)
