"""GET /events: what has changed, by cursor, for software that asks from time to time.

Promise: each event of the asker's party once, in the ledger's order; `next` is always a cursor to go on from. Who comes
too late is told with 410, never given the rest as if it were all.
Rules: ids and nothing else; what an object is now, GraphQL tells. Without `after` the feed begins with the oldest event
that is still kept.
Elsewhere: events and cursors, `database.outbox`; following without asking again, `api.streams`.
"""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.ledger_files import Admit
from api.streams import asking
from auth.principals import Principal
from database import outbox
from database.outbox import Cursor, Topic
from ledger import instants
from operations.desks import Desk
from reading.ids import id_of
from reading.snapshots import snapshot

USUAL, MOST = 100, 1_000
PRIVATE = {"Cache-Control": "private, no-store"}
TYPES = {Topic.REFERRAL: "Referral", Topic.HANDOVER: "Handover", Topic.OBLIGATION: "Obligation"}
_LIMIT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
UNREADABLE = "`after` bukan kursor dari peristiwa Anda. / `after` is the cursor of no event of yours."
EXPIRED = (
    "Peristiwa sesudah `after` sudah dilupakan; baca ulang objeknya, lalu lanjutkan dari `next`. / "
    "Events after `after` have been forgotten: read the objects anew, then go on from `next`."
)


def routes(desk: Desk, admit: Admit) -> list[BaseRoute]:
    """The one route; needs `events:read`."""

    async def events(request: Request) -> Response:
        principal = await admit(request, "events:read")
        limit = request.query_params.get("limit", str(USUAL))
        if not _LIMIT.fullmatch(limit) or int(limit) > MOST:
            return told(400, "limit_unreadable", f"`limit`: 1 - {MOST}")
        return await page(desk, principal, request.query_params.get("after"), int(limit))

    return [Route("/events", events, methods=["GET"])]


async def page(desk: Desk, principal: Principal, after: str | None, limit: int) -> Response:
    """The events after this cursor."""
    async with snapshot(desk.databases.reading, asking(principal, desk)) as connection:
        oldest = await outbox.beginning(connection)
        try:
            cursor = oldest if after is None else await outbox.resume(connection, after)
            found = await outbox.after(connection, cursor, limit, tuple(Topic))
        except outbox.Unknown:
            return told(400, "cursor_unreadable", UNREADABLE)
        except outbox.Expired:
            return told(410, "cursor_expired", EXPIRED, next=oldest.spell())
    return JSONResponse(written(found.events, cursor), headers=PRIVATE)


def written(events: tuple[outbox.Told, ...], cursor: Cursor) -> dict[str, object]:
    """`next` is an event's own cursor, never the log's head: that would tell when others act."""
    listed = [
        {
            "cursor": event.cursor.spell(),
            "topic": event.topic.value,
            "id": id_of(TYPES[event.topic], event.object_id),
            "at": instants.spell(event.at),
        }
        for event in events
    ]
    return {"events": listed, "next": (events[-1].cursor if events else cursor).spell()}


def told(status: int, error: str, description: str, **more: str) -> Response:
    """A refusal."""
    return JSONResponse({"error": error, "error_description": description, **more}, status, PRIVATE)
