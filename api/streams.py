"""Following: a subscription becomes the answers to its events, for as long as whoever follows still may.

Promise: each event after the cursor once, in order; none that happened after the token was revoked, its client disabled
or its scopes taken away; and nothing is kept for the slow. There is no queue: the next page is pulled from the outbox
by cursor when the one before has been taken, so that a slow reader only reads later.
Rules: a page is read in one snapshot, and the token judged after it: what was read before a revocation may still be
sent, for a second at most; what is older than that is read anew, as it is then. Pulls share a few connections, so that
questions are answered first. At the token's end its holder comes back with a new one and the last cursor.
Elsewhere: the protocols, `api.sockets` and `api.server_events`; events and cursors, `database.outbox`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from api import receipts
from api.budgets import Budgets
from auth import moments, resources
from auth.gates import Gate
from auth.principals import Principal
from auth.tokens import Token
from database import outbox
from database.outbox import Cursor, Topic
from operations.desks import Desk
from reading import answers, changes, limits
from reading.asking import Asking
from reading.changes import Change, Following
from reading.plans import Plans, Question
from reading.refusals import Code, Refused, refused
from reading.snapshots import Connection, snapshot

MOST_CONNECTIONS = 64  # of one client, at this process
MOST_OPERATIONS = 16  # of one websocket
MOST_COST = 1_000  # of the answer to one event
PAGE = 20  # events in one snapshot
PAGE_BYTES = 256_000
FRESH = 1.0  # seconds for which a page that was read may be sent


class Full(Exception):
    """This client has as many connections as it may."""


@dataclass(slots=True, kw_only=True)
class Streams:
    """What following takes."""

    gate: Gate
    desk: Desk
    plans: Plans
    pulls: asyncio.Semaphore
    budgets: Budgets
    leaving: asyncio.Event = field(default_factory=asyncio.Event)  # the service is about to end
    _taken: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """A connection's place among its client's; raises `Full`."""
        if self._taken[client] >= MOST_CONNECTIONS:
            raise Full(client)
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]

    def remaining(self, token: Token) -> float:
        """Seconds until the token ends."""
        return moments.instant(token.expires_at).timestamp() - self.gate.now().timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One event, as it is sent."""

    cursor: Cursor
    content: bytes  # a GraphQL response


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    sent: tuple[Sent, ...]
    until: Cursor
    more: bool


def asking(principal: Principal, desk: Desk) -> Asking:
    """Who asks, as `reading` wants to know it."""
    return Asking(
        party=principal.party,
        subject=principal.subject,
        purpose=principal.purpose,
        scopes=principal.scopes,
        client=principal.client_id,
        derive=receipts.derivations(desk),
        keys=desk.vault.keys,
    )


def required(question: Question) -> Following:
    """What this question follows; a refusal in clear words where it is none that is followed."""
    following = changes.following(question)
    if following is None:
        message = (
            "Di sini hanya langganan; kirim pertanyaan dan tindakan dengan POST /graphql / "
            "Only subscriptions are served here: send queries and mutations with POST /graphql"
        )
        raise refused(Code.BAD_REQUEST, message)
    if question.cost > MOST_COST:
        raise limits.exceeded("cost", MOST_COST)
    return following


async def follow(question: Question, token: Token, streams: Streams) -> AsyncIterator[Sent]:
    """The events; raises `Refused`, or `Unauthorized` when the token stands no longer. It never ends by itself."""
    following = required(question)
    principal = await _standing(question, token, streams)
    bell, clock = streams.desk.databases.bell, asyncio.get_running_loop().time
    place = await _begin(following, principal, streams)
    while True:
        heard = bell.rings  # before looking: a ring in between is not missed
        page = await _pull(question, following, place, principal, streams)
        if page.sent:
            principal = await _standing(question, token, streams)
        judged = clock()
        for sent in page.sent:
            if clock() - judged > FRESH:
                break
            yield sent
            place = sent.cursor
        else:
            place = page.until
            if not page.more:
                await bell.rung(heard)


async def _standing(question: Question, token: Token, streams: Streams) -> Principal:
    principal = await resources.standing(token, streams.gate)
    answers.admit(question, principal.scopes)
    return principal


async def _begin(following: Following, principal: Principal, streams: Streams) -> Cursor:
    pool = streams.desk.databases.reading
    async with streams.pulls, snapshot(pool, asking(principal, streams.desk)) as connection:
        if following.after is None:
            return await outbox.now(connection)
        try:
            return await outbox.resume(connection, following.after)
        except (outbox.Expired, outbox.Unknown) as fault:
            raise expired(fault) from fault


def expired(fault: outbox.Expired | outbox.Unknown) -> Refused:
    """A cursor from which nobody can go on, as a refusal."""
    if isinstance(fault, outbox.Expired):
        message = (
            "`after`: peristiwa sesudah kursor ini sudah dilupakan; baca ulang objeknya, lalu ikuti dari sekarang / "
            "events after this cursor have been forgotten: read the objects anew, then follow from now on"
        )
    else:
        message = (
            "`after`: bukan kursor dari salah satu peristiwa Anda / is the cursor of no event of yours"
        )  # fmt: skip
    return refused(Code.CURSOR_EXPIRED, message)


async def _pull(
    question: Question, following: Following, place: Cursor, principal: Principal, streams: Streams
) -> _Page:  # fmt: skip
    by, pool = asking(principal, streams.desk), streams.desk.databases.reading
    topics = (Topic(following.topic),)
    async with streams.pulls, snapshot(pool, by, trailed=bool(question.plan.sealed)) as connection:
        try:
            found = await outbox.after(connection, place, PAGE, topics, following.referral)
        except outbox.Expired as fault:
            raise expired(fault) from fault
        sent, until = await _answered(question, by, connection, found)
    return _Page(sent=tuple(sent), until=until, more=found.more or until != found.until)


async def _answered(
    question: Question, by: Asking, connection: Connection, found: outbox.Page
) -> tuple[list[Sent], Cursor]:
    """The answers, up to so many bytes, and how far they go."""
    sent: list[Sent] = []
    size = 0
    for event in found.events:
        change = Change(cursor=event.cursor.spell(), at=event.at, object_id=event.object_id)
        content = await changes.answer(question, by, connection, change)
        if content is not None:
            sent.append(Sent(cursor=event.cursor, content=content))
            size += len(content)
            if size > PAGE_BYTES:
                return sent, event.cursor
    return sent, found.until
