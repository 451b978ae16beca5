"""One event of a subscription: from the outbox's ids to the bytes that are sent.

Promise: the object is read anew, as whoever follows sees it now; where row security hides it there is no answer at all.
Rules: `change` must be asked within a snapshot of the asker's party, so that a page of events is one transaction.
Elsewhere: which events there are, `database.outbox`; when and to whom they are sent, `api`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from uuid import UUID

from . import ids, rows
from .answers import body, opener, told
from .asking import Asking
from .levels import Followed, Given
from .plans import Question
from .refusals import Code, refused
from .snapshots import Connection
from .words import there


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """what an event's payload is made of"""

    cursor: str
    at: datetime.datetime
    object_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """what a subscription asks for"""

    topic: str
    after: str | None
    referral: UUID | None  # only events about this one


def following(question: Question) -> Following | None:
    """None where the question is none that is followed; refuses an id that is no referral's"""
    followed = question.plan.followed
    if followed is None:
        return None
    arguments = question.arguments[followed.site]
    return Following(
        topic=followed.topic, after=arguments.get("after"), referral=_referral(arguments.get("referral"))
    )  # fmt: skip


def _referral(text: str | None) -> UUID | None:
    """never matched, an unreadable id would look like a referral of which nothing is heard"""
    if text is None:
        return None
    named = ids.opened(text)
    key = ids.typed(named.key, UUID) if named is not None and named.kind == "Referral" else None
    if not isinstance(key, UUID):
        raise refused(Code.BAD_REQUEST, "`referral`: bukan pengenal rujukan / not the id of a referral")
    return key


async def answer(question: Question, asking: Asking, connection: Connection, change: Change) -> bytes | None:
    """the response that tells of this event; None where its object may not be seen any more"""
    followed: Followed = there(question.plan.followed)
    given = Given(asking, question.arguments, {followed.key: change}, question.digest)
    found = await rows.of(question.plan.levels, given, lambda sql, values: connection.fetch(sql, *values))
    if not found.flat[followed.level]:
        return None
    return body(*told(question, asking, found, await opener(question, asking, found)))
