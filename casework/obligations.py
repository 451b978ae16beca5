"""An obligation: what one province owes another under the agreement, by when, and what has become of it.

Promise: an obligation has exactly one debtor and one creditor from its first second to its last; what has become of it
at an instant follows from the entries up to that instant and from nothing else.
Rules: `due` is the last second in time, every stop of the clock counted in. What the debtor did in time is met; what it
did later is met late, unless both ends have recorded the same paper of it: then it is met, and shown as entered late.
What the creditor takes back in time was not owed any more; taken back too late it stays breached, for nobody did it.
What is waived ends; what is paused waits. `breached` needs no entry: it is past due, and nothing settles it.
Elsewhere: which statement opens and settles which, `casework.duties`; what is owed after an act, `casework.counts`; who
may waive and pause, `casework.waivers`; how a due moves, `casework.clocks`.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from casework import clocks
from casework.agreements import Agreement
from casework.clocks import Span
from casework.duties import BY_KIND, Kind
from casework.terms import Term


class State(StrEnum):
    OPEN = "OPEN"
    MET = "MET"
    MET_LATE = "MET_LATE"
    BREACHED = "BREACHED"
    WAIVED = "WAIVED"
    PAUSED = "PAUSED"


class Ending(StrEnum):
    SETTLED = "SETTLED"  # an act of the debtor
    RELEASED = "RELEASED"  # the creditor took back what it had asked for
    WAIVED = "WAIVED"  # the debtor asked, the creditor agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The digest of a signed paper of the handover, as one end recorded it."""

    party: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    kind: Kind
    opened_by: str  # id of the statement
    referral: str
    debtor: str
    creditor: str
    term: Term
    opened_at: datetime
    due: datetime  # the last second in time, with every stop so far
    stops: tuple[Span, ...] = ()  # pauses that have ended and outages, in order, apart from each other
    paused_since: datetime | None = None
    ending: Ending | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None  # id of the statement
    ended_kind: str | None = None  # and its kind
    papers: tuple[Paper, ...] = ()  # of what ended it, in the order of the ledger
    waiver_offer: str | None = None  # id of the statement; never agreed to: it stays
    pause_offer: str | None = None  # id of the statement; while paused, of the one agreed to
    noted_by: str | None = None  # id of the host's notice of the breach
    noted_at: datetime | None = None

    @property
    def id(self) -> UUID:
        return id_of(self.kind, self.opened_by, self.referral)

    @property
    def is_ended(self) -> bool:
        return self.ending is not None

    @property
    def is_late(self) -> bool:
        """Whether its end, where it has one, is entered after its due."""
        return self.ended_at is not None and self.ended_at > self.due

    @property
    def entered_late(self) -> bool:
        """Done late by the ledger, in time by the one paper that both ends have recorded."""
        return self._told_by_paper and self._agreed_on_paper

    @property
    def contested(self) -> bool:
        """Done late by the ledger, and the paper of it is one side's word."""
        return self._told_by_paper and bool(self.papers) and not self._agreed_on_paper

    @property
    def _told_by_paper(self) -> bool:
        return BY_KIND[self.kind].by_paper and self.ending is Ending.SETTLED and self.is_late

    @property
    def _agreed_on_paper(self) -> bool:
        told = {party: {paper.sha256 for paper in self.papers if paper.party == party} for party in self._ends}
        return bool(told[self.debtor] & told[self.creditor])

    @property
    def _ends(self) -> tuple[str, str]:
        return self.debtor, self.creditor


def id_of(kind: str, opened_by: str, referral: str) -> UUID:
    """An obligation's id, from what names it."""
    named = f"{kind}\n{opened_by}\n{referral}"
    return UUID(hashlib.sha256(named.encode()).hexdigest()[:32])


def state(obligation: Obligation, at: datetime) -> State:
    """What has become of it at an instant not before its last entry (O10)."""
    match obligation.ending:
        case None:
            if obligation.paused_since is not None:
                return State.PAUSED
            return State.BREACHED if at > obligation.due else State.OPEN
        case Ending.SETTLED:
            return State.MET_LATE if obligation.is_late and not obligation.entered_late else State.MET
        case Ending.RELEASED:
            return State.BREACHED if obligation.is_late else State.MET
        case Ending.WAIVED:
            return State.WAIVED
    assert_never(obligation.ending)


def ended(
    obligation: Obligation, ending: Ending, *, at: datetime, by: str, kind: str, agreement: Agreement
) -> Obligation:
    """The obligation after the statement `by` of this kind has ended it; a running pause ends with it."""
    running = resumed(obligation, at=at, agreement=agreement)
    return replace(running, ending=ending, ended_at=at, ended_by=by, ended_kind=kind)


def paused(obligation: Obligation, *, at: datetime) -> Obligation:
    return replace(obligation, paused_since=at)


def resumed(obligation: Obligation, *, at: datetime, agreement: Agreement) -> Obligation:
    """The clock runs on, and the due has moved by as long as it stood; one that runs is left alone."""
    since = obligation.paused_since
    if since is None:
        return obligation
    return _stopped(replace(obligation, paused_since=None, pause_offer=None), Span(from_=since, until=at), agreement)


def stopped(obligation: Obligation, span: Span, *, agreement: Agreement) -> Obligation:
    """The obligation with an outage counted in, in which nothing was entered; unchanged if its clock did not run."""
    runs = not obligation.is_ended and obligation.paused_since is None and span.from_ <= obligation.due
    return _stopped(obligation, span, agreement) if runs else obligation


def _stopped(obligation: Obligation, span: Span, agreement: Agreement) -> Obligation:
    stops = clocks.added(obligation.stops, span)
    due = clocks.due(obligation.term, obligation.opened_at, stops, owed_by=obligation.debtor, agreement=agreement)
    return replace(obligation, stops=stops, due=max(due, obligation.due + span.length))


def find(obligations: tuple[Obligation, ...], kind: str, opened_by: str) -> Obligation | None:
    """The one that a statement names."""
    return next((each for each in obligations if (each.kind, each.opened_by) == (kind, opened_by)), None)


def replaced(obligations: tuple[Obligation, ...], changed: Obligation) -> tuple[Obligation, ...]:
    """All of them, with this one as it is now."""
    named = changed.kind, changed.opened_by
    return tuple(changed if (each.kind, each.opened_by) == named else each for each in obligations)
