"""Notices of the host on itself and on time: outages that are told, breaches and expiries that are not (V17).

Promise: a false outage is named and stops no clock; a breach or an expiry that the host has passed over in silence is
named, too. So a host gains nothing by leaving out its own notices, of which nobody else holds a receipt.
Rules: an outage is told first of all after it, so that nothing that was entered is judged anew; it lasts a quarter of
an hour at least and ends just before its notice. No entry lies inside one: a host that could enter something could be
reached. Where the genesis names a quorum of witnesses it stops clocks only if what they saw of the log leaves room
for it. What should have been noted is passed over once it is a day old by the clock that outages stop.
Elsewhere: what the witnesses saw, `ledger.sightings`; the notice of one breach, `casework.waivers`, and of an expiry,
`casework.referrals`; what an outage does to obligations, `casework.obligations`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from casework.agreements import Agreement
from casework.clocks import Span
from casework.obligations import Obligation
from casework.referrals import UNDECIDED, Referral
from ledger.histories import History
from ledger.sightings import Sightings
from ledger.statements import AgreementAdopted, HostOutage

NOTED_WITHIN = timedelta(hours=24)
SHORTEST = timedelta(minutes=15)
TOLD_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What the host should have noted, and the statement that it came of."""

    of: str
    message: str


def counts(genesis: AgreementAdopted, sightings: Sightings, span: Span) -> bool:
    """Whether a true outage stops clocks: this log asks no witnesses, or they saw nothing of it then."""
    return genesis.quorum == 0 or sightings.leave_room(span)


def outage(statement: HostOutage, history: History, at: datetime) -> Span | str:
    """The span of a true notice (O7); what is wrong with another."""
    span = Span(from_=statement.from_, until=statement.until)
    if span.length < SHORTEST:
        return f"it lasted less than {SHORTEST}"
    if not span.until <= at <= span.until + TOLD_WITHIN:
        return f"it did not end in the {TOLD_WITHIN} before its notice"
    entered = history.time_of_last()
    if entered > span.from_:
        return f"an entry was made since it began, at {entered.isoformat()}"
    return span


def passed_over(history: History, agreement: Agreement) -> Iterator[Silence]:
    """What the host should have noted by the last entry, and has not (O8)."""
    at = history.at
    if at is None or history.genesis is None:
        return

    def is_old(since: datetime) -> bool:
        return history.later(since, NOTED_WITHIN) < at

    for referral in history.states.running():
        closed = referral.sent_at + agreement.referral_window
        if referral.status in UNDECIDED and is_old(closed):
            yield _unexpired(referral, closed)
        for owed in referral.obligations:
            waits = owed.is_ended or owed.paused_since is not None or owed.noted_by is not None
            if not waits and is_old(owed.due):
                yield _unnoted(owed)


def _unexpired(referral: Referral, closed: datetime) -> Silence:
    sending = referral.obligations[0].opened_by  # every referral is owed an answer from its first entry
    since = closed.isoformat()
    return Silence(of=sending, message=f"referral {referral.id} is undecided since {since} and not expired")


def _unnoted(owed: Obligation) -> Silence:
    since = owed.due.isoformat()
    return Silence(
        of=owed.opened_by, message=f"{owed.kind} on referral {owed.referral} is breached since {since} and not noted"
    )
