"""Obligations as the operations write them, without their judgement: an entry, then the row, as one party.

What is refused here is refused by PostgreSQL alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import Range

from database import journal, tables
from database.engines import Databases
from database.journal import NothingChanged
from database.transaction import transaction
from tests.database import acts
from tests.database.acts import JI, JK

ENTRIES, OWED = tables.ledger_entry, tables.obligation
OPENING = {
    "referral.acknowledge": "referral.sent",
    "referral.decide": "referral.sent",
    "handover.receipt": "handover.released",
    "discrepancy.answer": "handover.received",
}
CLAUSES = {"handover.receipt": "repatriation", "discrepancy.answer": "good_condition"}
Told = Callable[[str, datetime], Mapping[str, object]]  # of the new statement, and when it was entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    id: UUID
    referral: UUID
    opened_at: datetime
    due_at: datetime


def id_of(kind: str, opened_by: str, referral: UUID) -> UUID:
    return UUID(sha256(f"{kind}\n{opened_by}\n{referral.hex}".encode()).hexdigest()[:32])


async def owe(
    databases: Databases, referral: UUID, case: acts.Case, kind: str = "referral.decide", *,
    debtor: str = JI, creditor: str = JK, by: str | None = None, due: timedelta = timedelta(days=1), **more: object,
) -> Owed:  # fmt: skip
    """What the newest entry of the opening kind opens on this referral."""
    newest = select(ENTRIES.c.statement, ENTRIES.c.at).order_by(ENTRIES.c.index.desc()).limit(1)
    said = newest.where(ENTRIES.c.referral_id == referral, ENTRIES.c.kind == OPENING[kind])
    async with transaction(databases.app, acts.asker(by or creditor)) as tx:
        opened_by, at = (await tx.connection.execute(said)).one()
        row: dict[str, object] = {
            "id": id_of(kind, opened_by, referral), "kind": kind, "clause": CLAUSES.get(kind, "coordination"),
            "basis": "proposed", "referral_id": referral, "case_id": case.id, "debtor": debtor, "creditor": creditor,
            "term": "PT24H", "opened_by": opened_by, "opened_at": at, "due_at": at + due, "stops": [],
            "opened_month": (at.astimezone(UTC) + timedelta(hours=7)).date().replace(day=1), "entered_late": False,
            "contested": False, "papers": [], "valid_from": at, "version": 1,
        }  # fmt: skip
        await tx.connection.execute(insert(OWED).values(**{**row, **more}))
    return Owed(id=id_of(kind, opened_by, referral), referral=referral, opened_at=at, due_at=at + due)


async def change(
    databases: Databases, party: str, owed: Owed, kind: str, told: Told, *, back: int | None = None
) -> datetime:
    """The next version, at the time of an entry of this kind by this party, `back` days ago."""
    said = acts.statement()
    async with transaction(databases.worker if party == "HOST" else databases.app, acts.asker(party)) as tx:
        if back is not None:
            await tx.connection.execute(
                select(func.set_config("app.clock_shift", f"-{back} days", True))
            )  # SQL's own order
        entered = await journal.append(tx.connection, acts.entry(party, kind, said, referral=owed.referral))
        changed = update(OWED).where(OWED.c.id == owed.id)
        told_now = {"valid_from": entered.at, **told(said, entered.at)}
        done = await tx.connection.execute(changed.values(**told_now, version=OWED.c.version + 1))
        if done.rowcount == 0:
            raise NothingChanged(kind)
    return entered.at


def ending(how: str, kind: str, **more: object) -> Told:
    return lambda said, at: {"ending": how, "ended_at": at, "ended_by": said, "ended_kind": kind, **more}


async def settle(
    databases: Databases, owed: Owed, kind: str = "referral.accepted", party: str = JI, *, back: int | None = None,
    **more: object,
) -> datetime:  # fmt: skip
    return await change(databases, party, owed, kind, ending("SETTLED", kind, **more), back=back)


async def take_back(databases: Databases, owed: Owed, party: str = JK, *, back: int | None = None) -> datetime:
    kind = "referral.withdrawn"
    return await change(databases, party, owed, kind, ending("RELEASED", kind), back=back)


async def offer(
    databases: Databases, owed: Owed, what: str = "waiver", party: str = JI, *, back: int | None = None
) -> datetime:
    kind = f"obligation.{what}_offered"
    return await change(databases, party, owed, kind, lambda said, _: {f"{what}_offer": said}, back=back)


async def waive(databases: Databases, owed: Owed, party: str = JK, *, back: int | None = None) -> datetime:
    kind = "obligation.waiver_agreed"
    return await change(databases, party, owed, kind, ending("WAIVED", kind), back=back)


async def pause(databases: Databases, owed: Owed, party: str = JK, *, back: int | None = None) -> datetime:
    kind = "obligation.pause_agreed"
    return await change(databases, party, owed, kind, lambda _, at: {"paused_since": at}, back=back)


async def resume(
    databases: Databases, owed: Owed, since: datetime, party: str = JI, *, back: int | None = None, **more: object
) -> datetime:
    def told(_: str, at: datetime) -> Mapping[str, object]:
        stood = [] if at == since else [Range(since, at, bounds="[)")]
        moved = {"due_at": owed.due_at + (at - since), "stops": stood, "paused_since": None, "pause_offer": None}
        return {**moved, **more}

    return await change(databases, party, owed, "obligation.resumed", told, back=back)


async def record(databases: Databases, owed: Owed, party: str, papers: list[Any], **more: object) -> datetime:
    return await change(databases, party, owed, "bast.recorded", lambda _, __: {"papers": papers, **more})


async def note(databases: Databases, owed: Owed, party: str = "HOST", *, back: int | None = None) -> datetime:
    kind = "obligation.breach_noted"
    return await change(databases, party, owed, kind, lambda said, at: {"noted_by": said, "noted_at": at}, back=back)


# -- whole situations -------------------------------------------------------------------------------------------------
Try = Callable[[Databases, Owed], Awaitable[object]]


async def owed_since_long(early: Databases, **more: Any) -> Owed:
    case = await acts.open_case(early)
    return await owe(early, await acts.send(early, case), case, **{"due": timedelta(days=60), **more})


async def received(early: Databases, *, due: timedelta) -> Owed:
    """A receipt owed since thirty days ago, the handover settled without looking at it."""
    case = await acts.open_case(early)
    referral = await acts.send(early, case)
    await acts.accept(early, referral, case)
    handover = await acts.release(early, referral, case)
    owed = await owe(early, referral, case, "handover.receipt", due=due)
    await acts.settle(early, handover, referral, case)
    return owed


def telling(**told: object) -> Try:
    return lambda databases, owed: change(databases, JI, owed, "obligation.waiver_offered", lambda _, __: told)


def by_host(told: Mapping[str, object]) -> Try:
    return lambda databases, owed: change(databases, "HOST", owed, "host.outage", lambda _, __: told)
