"""Entries of the ledger and the newest checkpoint, as the interface shows them.

Promise: what an entry says in clear, its proof of being taken in (`receipt`), and how far it has come (`state`).
Rules: a list of entries across cases needs `ledger:read`, because entries in number tell more than one alone. One entry
is for whoever may act or read referrals, too: whoever signs gets its receipt. Row security leaves a party its own.
Elsewhere: the log's own files are served next to GraphQL; formats and checks, `ledger`.
"""

import datetime

import strawberry

from schema.declarations import Node, PageInfo
from schema.directives import Cost, Requires
from schema.enums import EntryState

READERS = "ledger:read|referrals:read|referrals:write|handovers:release|handovers:receive|obligations:write"


@strawberry.type(directives=[Requires(scope=READERS)])
class LedgerEntry(Node):
    index: int
    kind: str
    party: str
    at: datetime.datetime
    leaf: str
    prev: str
    statement: str
    state: EntryState
    receipt: str = strawberry.field(directives=[Cost(weight=2)])
    envelope: str


@strawberry.type
class LedgerEntryEdge:
    cursor: str
    node: LedgerEntry


@strawberry.type
class LedgerEntryConnection:
    edges: list[LedgerEntryEdge]
    page_info: PageInfo
    total_count: int = strawberry.field(directives=[Cost(weight=10)])


@strawberry.input
class LedgerEntryFilter:
    kind: str | None = strawberry.UNSET
    party: str | None = strawberry.UNSET
    referral: strawberry.ID | None = strawberry.UNSET


@strawberry.type
class Checkpoint(Node):
    size: int
    root: str
    note: str
    published_at: datetime.datetime
