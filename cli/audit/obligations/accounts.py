"""An account of obligations: the verdict on the log, and the rows that the same walk gathered, as of an instant.

Promise: no row is of a log that was not verified in the same walk; where anything was found, the account says that it
is not to be relied on.
Rules: without `--as-of` the account is as of the last entry audited. An instant behind the log's end is answered as if
nothing more had been entered up to then, and said to be so.
Elsewhere: the walk, `ledger.verifier`; the rows, `ledger.dockets`; the verdict, `cli.audit.verdicts`.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from casework import agreements
from casework.agreements import Agreement
from casework.obligations import State
from casework.risks import Risk
from casework.terms import Term
from cli.audit import verdicts
from cli.audit.folders import Folder
from cli.audit.receipts import Shown
from cli.audit.verdicts import Verdict
from ledger import entries, publications, tiles
from ledger.dockets import Docket, Outage, Row
from ledger.rules import Refused

DEMO: Final = "demo.estafet.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """An obligation at the risk that was sealed, beside what the log alone tells of it."""

    row: Row
    risk: Risk
    term: Term
    due_at: datetime
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is told, in whatever format."""

    verdict: Verdict
    agreement: Agreement | None  # as published with the log; None where it cannot be read
    as_of: datetime | None  # None: not one entry could be read
    ends_at: datetime | None  # the `at` of the last entry audited
    judged: Callable[[], Iterator[Row]]
    count: int  # of the rows
    outages: tuple[Outage, ...]  # told by the host up to then
    urgent: tuple[Urgent, ...] = ()  # of the referrals whose risk was opened to whoever audits

    @property
    def rows(self) -> Iterator[Row]:
        """The obligations in the order in which they were opened, anew each time."""
        return self.judged()

    @property
    def sound(self) -> bool:
        """Whether nothing was found against the log."""
        return not self.verdict.report.found and not self.verdict.contradictions

    @property
    def standing(self) -> str:
        """How far it may be relied on, in one word."""
        if not self.sound:
            return "unreliable"
        return "verified" if self.verdict.report.anchored else "unanchored"

    @property
    def behind_the_end(self) -> bool:
        """Whether it was asked of an instant of which the log does not tell yet."""
        return self.as_of is not None and (self.ends_at is None or self.as_of > self.ends_at)

    @property
    def demo(self) -> bool:
        """Whether the log is a demonstration."""
        return self.verdict.report.origin.split("/")[0] == DEMO

    def name(self, party: str) -> str:
        """A party's name in the agreement, or its code."""
        known = None if self.agreement is None else self.agreement.party(party)
        return party if known is None else known.name


def taken(folder: Folder, anchor: str | None, as_of: datetime | None, shown: Sequence[Shown] = ()) -> Account:
    """Verify a folder, and keep what the walk tells of obligations up to an instant."""
    docket = Docket(until=as_of)
    verdict = verdicts.audit(folder, anchor, docket, shown)
    ends_at = last(folder, verdict.report.size)
    at = ends_at if as_of is None else as_of
    return Account(
        verdict=verdict,
        agreement=agreement(folder, verdict.report.agreement),
        as_of=at,
        ends_at=ends_at,
        judged=lambda: iter(()) if at is None else docket.rows(at),
        count=len(docket),
        outages=tuple(docket.outages),
    )


def last(folder: Folder, size: int) -> datetime | None:
    """The time of the last entry that can be read at all."""
    for number in reversed(range(-(-size // tiles.WIDTH))):
        width = min(tiles.WIDTH, size - number * tiles.WIDTH)
        bundle = publications.held(folder.read, tiles.Tile(None, number, width).path())
        with suppress(Refused):
            for leaf in reversed(tiles.unbundle(bundle or b"")[:width]):
                with suppress(Refused):
                    return entries.parse(leaf).at
    return None


def agreement(folder: Folder, sha256: str | None) -> Agreement | None:
    """The agreement's data, if it is what the log adopts; the verdict says what is wrong with it if not."""
    data = None if sha256 is None else folder.read(f"data/{sha256}")
    if data is None or hashlib.sha256(data).hexdigest() != sha256:
        return None
    try:
        return agreements.parse(data)
    except ValueError:
        return None
