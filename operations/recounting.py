"""The rows of referrals, handovers and of what is owed, held against what the log alone tells of them.

Promise: a status, a due date, an ending, a paper that somebody changed behind the service's back is named, as it stands
now and as it stood at any instant: every version that was ever kept is held against the entry that made it.
Rules: asked only of a log in which nothing else was found. The walk tells each version once; of several in one second
only the last was ever true at an instant, and only that one is kept. What the log does not tell is a row too many.
Elsewhere: the walk and what it finds, `operations.comparing`; how the rows are written, `operations.owing`.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from casework.agreements import Agreement
from casework.handovers import Handover
from casework.obligations import Obligation
from casework.referrals import Referral
from database.tables import handover, handover_paper, obligation, obligation_past, referral
from ledger.dockets import Docket
from ledger.standings import Standings
from operations import owing

AT_ONCE = 500  # rows in one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An obligation as an entry has made it."""

    index: int
    at: datetime
    number: int
    obligation: Obligation


@dataclass(slots=True)
class Recount(Docket):
    """Hears the walk: which versions there must be. Emptied by whoever looks for their rows."""

    told: list[Version] = field(default_factory=list)
    numbers: dict[UUID, int] = field(default_factory=dict)
    found: int = 0  # versions that the database holds

    def tell(self, index: int, before: Referral | None, after: Referral, at: datetime) -> None:
        known = () if before is None else before.obligations
        for each in owing.changed(known, after.obligations):
            self.numbers[each.id] = number = self.numbers.get(each.id, 0) + 1
            self.told.append(Version(index=index, at=at, number=number, obligation=each))


Found = tuple[int | None, str]


async def versions(connection: AsyncConnection, recount: Recount, agreement: Agreement) -> AsyncIterator[Found]:
    """What is wrong with the rows of the versions told of since the last look."""
    told, recount.told = recount.told, []
    for start in range(0, len(told), AT_ONCE):
        some = told[start : start + AT_ONCE]
        ids = [each.obligation.id for each in some]
        kept: dict[tuple[UUID, int], Row[Any]] = {}
        entered: set[tuple[UUID, datetime]] = set()
        for table in (obligation_past, obligation):
            for row in await connection.execute(select(table).where(table.c.id.in_(ids))):
                kept[row.id, row.version] = row
                entered.add((row.id, row.valid_from))
        for each in some:
            owed = each.obligation
            row_of_it = kept.get((owed.id, each.number))
            if row_of_it is not None:
                recount.found += 1
                differs = sorted(_differing(row_of_it, each, agreement))
            else:  # superseded in the same second: then a later version stands there
                differs = [] if (owed.id, each.at) in entered else ["it is missing"]
            if differs:
                named = f"{owed.kind} on referral {owed.referral}, version {each.number}"
                yield each.index, f"{named}: {', '.join(differs)}"


def _differing(row: Row[Any], told: Version, agreement: Agreement) -> Iterator[str]:
    expected = {**owing.fixed(told.obligation, agreement), **owing.moving(told.obligation), "valid_from": told.at}
    for name, value in expected.items():
        if getattr(row, name) != value:
            yield f"{name} is {getattr(row, name)}, by the log {value}"


async def rest(connection: AsyncConnection, recount: Recount, states: Standings, sent: int) -> AsyncIterator[Found]:
    """Rows too many, times that do not follow each other, referrals and handovers that stand otherwise."""
    standing, versions, referrals = [
        (await connection.execute(select(func.count()).select_from(table))).scalar_one()
        for table in (obligation, obligation_past, referral)
    ]
    for what, by_log, kept in (
        ("obligations", len(recount.numbers), standing),
        ("versions of them", recount.found, standing + versions),
        ("referrals", sent, referrals),
    ):
        if by_log != kept:
            yield None, f"the log tells of {by_log} {what}, the database of {kept}"
    async for found in _past(connection):
        yield found
    for row in await connection.execute(_COUNTED):
        yield (
            None,
            f"what {row.debtor} has ended of {row.clause} for {row.creditor} is counted otherwise than it stands",
        )
    async for rows in _referrals(connection):
        handed = await _handovers(connection, [row.id for row in rows])
        for row in rows:
            state = states.get(row.id.hex)
            if state is None or _told(row) != _of_state(state) or handed.get(row.id, ()) != _plain(state.handovers):
                yield None, f"referral {row.id.hex} or a handover of it does not stand as the log tells"


_COUNTED = text("""
with counted as (
    select debtor, creditor, clause, opened_month, met, met_late, breached, waived, entered_late, contested
    from obligation_tally
), standing as (
    select debtor, creditor, clause, opened_month, count(*) filter (where state = 'MET')::integer,
        count(*) filter (where state = 'MET_LATE')::integer, count(*) filter (where state = 'BREACHED')::integer,
        count(*) filter (where state = 'WAIVED')::integer, count(*) filter (where entered_late)::integer,
        count(*) filter (where contested)::integer
    from obligation_told where ending is not null group by debtor, creditor, clause, opened_month
)
select distinct debtor, creditor, clause
from ((table counted except table standing) union all (table standing except table counted)) differing
""")


async def _past(connection: AsyncConnection) -> AsyncIterator[Found]:
    """Each version that was ends when another begins."""
    past, later = obligation_past.c, obligation_past.alias("later").c
    follows = or_(
        select(later.id).where(later.id == past.id, later.valid_from == past.valid_until).exists(),
        select(obligation.c.id).where(obligation.c.id == past.id, obligation.c.valid_from == past.valid_until).exists(),
    )
    for row in await connection.execute(select(past.id, past.version).where(~follows)):
        yield None, f"obligation {row.id.hex}: nothing follows its version {row.version}"


async def _referrals(connection: AsyncConnection) -> AsyncIterator[Sequence[Row[Any]]]:
    last = UUID(int=0)
    while rows := (
        await connection.execute(select(referral).where(referral.c.id > last).order_by(referral.c.id).limit(AT_ONCE))
    ).all():
        yield rows
        last = rows[-1].id


def _told(row: Row[Any]) -> tuple[object, ...]:
    return (
        row.from_party,
        row.to_party,
        row.status,
        row.sent_at,
        row.acknowledged_at,
        row.decided_at,
        row.completed_at,
        row.last_statement,
    )


def _of_state(state: Referral) -> tuple[object, ...]:
    return (
        state.sender,
        state.receiver,
        state.status,
        state.sent_at,
        state.acknowledged_at,
        state.decided_at,
        state.completed_at,
        state.last,
    )


Plain = tuple[object, ...]


def _plain(handovers: tuple[Handover, ...]) -> tuple[Plain, ...]:
    return tuple(sorted((_of_handover(each) for each in handovers), key=repr))


def _of_handover(told: Handover) -> Plain:
    papers = frozenset((each.party, each.of, each.sha256) for each in told.papers)
    settled = told.receipt, told.settled_at, told.agrees, told.answer, told.answered_at
    return (told.release, told.leg, told.term, told.status, told.released_at, *settled, papers)


async def _handovers(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, tuple[Plain, ...]]:
    rows = (await connection.execute(select(handover).where(handover.c.referral_id.in_(ids)))).all()
    asked = select(handover_paper).where(handover_paper.c.handover_id.in_([row.id for row in rows]))
    papers: dict[UUID, set[tuple[str, str, str]]] = {}
    signed = {(row.id, "RELEASE"): row.release_statement for row in rows}
    signed |= {(row.id, "RECEIPT"): row.receipt_statement for row in rows}
    for row in await connection.execute(asked):
        of = str(signed[row.handover_id, row.of])
        papers.setdefault(row.handover_id, set()).add((row.party, of, row.sha256))
    found: dict[UUID, list[Plain]] = {}
    for row in rows:
        settled = row.receipt_statement, row.settled_at, row.agrees, row.answer_statement, row.answered_at
        told = (row.release_statement, row.leg, row.term, row.status, row.released_at, *settled)
        found.setdefault(row.referral_id, []).append((*told, frozenset(papers.get(row.id, ()))))
    return {referral_id: tuple(sorted(each, key=repr)) for referral_id, each in found.items()}
