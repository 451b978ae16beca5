"""Reliances: what of an obligation rests on the host's word alone, and what it would be without that word (O12).

Promise: how long a clock stood by what both provinces signed and how long by what the host told is never one number;
a result that only the host's outages have made is known as such, to whoever holds the log.
Rules: without the host's word an obligation is counted by the same functions and from the same pauses, and no outage
stops its clock. A pause, and a waiver, that came when it would have been breached by then, is passed over.
Elsewhere: which outages are true, `ledger.notices`; what a stop does, `casework.obligations`; who keeps the pauses,
`ledger.dockets`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casework import clocks, obligations
from casework.agreements import Agreement
from casework.clocks import Span
from casework.obligations import Ending, Obligation, State, state


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """For how long a clock stood, and by whose word."""

    by_pauses: timedelta
    by_host: timedelta
    due: datetime | None  # without the host's word; None: it told no outage that stopped this clock
    state: State | None  # without the host's word; None: the same


NOTHING = Reliance(by_pauses=timedelta(0), by_host=timedelta(0), due=None, state=None)


def of(told: Obligation, pauses: tuple[Span, ...], at: datetime, agreement: Agreement) -> Reliance:
    """What an obligation rests on at an instant; `pauses` are all that have ended, in order."""
    if not told.stops:
        return NOTHING
    by_pauses = _length(pauses)
    by_host = _length(told.stops) - by_pauses
    if not by_host:
        return replace(NOTHING, by_pauses=by_pauses)
    alone = without_host(told, pauses, agreement)
    became = state(alone, at)
    return Reliance(
        by_pauses=by_pauses, by_host=by_host, due=alone.due, state=None if became is state(told, at) else became
    )


def without_host(told: Obligation, pauses: tuple[Span, ...], agreement: Agreement) -> Obligation:
    """The obligation as it would be if no outage had stopped its clock."""
    first = clocks.due(told.term, told.opened_at, (), owed_by=told.debtor, agreement=agreement)
    alone = replace(told, due=first, stops=(), paused_since=None, ending=None, ended_at=None)
    for pause in pauses:
        alone = obligations.resumed(_paused(alone, pause.from_), at=pause.until, agreement=agreement)
    if told.paused_since is not None:
        alone = _paused(alone, told.paused_since)
    ended_at = told.ended_at
    if ended_at is None or (told.ending is Ending.WAIVED and state(alone, ended_at) is State.BREACHED):
        return alone
    return replace(alone, ending=told.ending, ended_at=ended_at)


def _paused(alone: Obligation, at: datetime) -> Obligation:
    return obligations.paused(alone, at=at) if state(alone, at) is State.OPEN else alone


def _length(spans: Iterable[Span]) -> timedelta:
    return sum((span.length for span in spans), timedelta(0))
