"""Notices of the host on itself and on time: outages that are told, breaches that are not (V17).

Promise: a false outage is named and stops no clock; so is a breach that the host has passed over in silence.
Rules: an outage ends before its notice, and outages are told in the order of time. No entry lies inside one: a host
that could enter something could be reached. Where the genesis names a quorum of witnesses it counts only once
cosignatures prove it; as long as none are read, it does not. A breach is passed over once it is a day old by the clock
that outages stop.
Elsewhere: the notice of one breach, `casework.waivers`; what an outage does to obligations, `casework.obligations`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from casework.clocks import Span
from casework.obligations import Obligation
from ledger.histories import History
from ledger.statements import HostOutage

NOTED_WITHIN = timedelta(hours=24)


def outage(statement: HostOutage, history: History, at: datetime) -> Span | str:
    """The span of a true notice; what is wrong with another."""
    span = Span(from_=statement.from_, until=statement.until)
    if not span.from_ < span.until <= at:
        return "it does not end after it began and before its notice"
    if history.outages and span.from_ < history.outages[-1].until:
        return "an outage was told before that ended later"
    entered = history.last_before(span.until)
    if entered is not None and entered > span.from_:
        return f"an entry was made in it, at {entered.isoformat()}"
    return span


def passed_over(history: History) -> Iterator[Obligation]:
    """Obligations whose breach the host should have noted by the last entry."""
    if history.at is None:
        return
    for referral in history.states.running():
        for owed in referral.obligations:
            waits = owed.is_ended or owed.paused_since is not None or owed.noted_by is not None
            if not waits and _latest(owed.due, history.outages) < history.at:
                yield owed


def _latest(due: datetime, outages: list[Span]) -> datetime:
    latest = due + NOTED_WITHIN
    for span in outages:
        if span.until > due and span.from_ <= latest:
            latest += span.until - max(span.from_, due)
    return latest
