"""What one may follow: every change of a referral, a handover or an obligation, told to its two ends.

Promise: each event once, in the ledger's order; `cursor` is where to go on after an interruption.
Rules: an event names what has changed and is answered with the object as it is now, so that two events may tell the
same state. Without `after` only what happens from now on is told.
Elsewhere: the answers, `reading.changes`; how they are sent, `api`.
"""

import datetime
from collections.abc import AsyncGenerator, Sequence

import strawberry

from schema.declarations import AnsweredByReading
from schema.directives import Requires
from schema.handovers import Handover
from schema.obligations import Obligation
from schema.referrals import Referral


@strawberry.type
class ReferralEvent:
    cursor: str
    at: datetime.datetime
    referral: Referral


@strawberry.type
class HandoverEvent:
    cursor: str
    at: datetime.datetime
    handover: Handover


@strawberry.type
class ObligationEvent:
    cursor: str
    at: datetime.datetime
    obligation: Obligation


def _needs(*scopes: str) -> Sequence[object]:
    return [Requires(scope=scope) for scope in scopes]


# Strawberry's types take the generator, which stands for many events, for the type of one.
def _referral_changed(
    after: str | None = strawberry.UNSET, referral: strawberry.ID | None = strawberry.UNSET
) -> AsyncGenerator[ReferralEvent, None]:
    raise AnsweredByReading


def _handover_changed(
    after: str | None = strawberry.UNSET, referral: strawberry.ID | None = strawberry.UNSET
) -> AsyncGenerator[HandoverEvent, None]:
    raise AnsweredByReading


def _obligation_changed(
    after: str | None = strawberry.UNSET, referral: strawberry.ID | None = strawberry.UNSET
) -> AsyncGenerator[ObligationEvent, None]:
    raise AnsweredByReading


@strawberry.type
class Subscription:
    referral_changed: ReferralEvent = strawberry.subscription(  # type: ignore[assignment]  # see above
        resolver=_referral_changed, directives=_needs("events:read", "referrals:read")
    )
    handover_changed: HandoverEvent = strawberry.subscription(  # type: ignore[assignment]  # see above
        resolver=_handover_changed, directives=_needs("events:read", "referrals:read")
    )
    obligation_changed: ObligationEvent = strawberry.subscription(  # type: ignore[assignment]  # see above
        resolver=_obligation_changed, directives=_needs("events:read", "obligations:read")
    )
