"""A stage: a founded log whose clock the story sets, with four provinces that act on it by signed statements.

Promise: every act takes the service's own way (`operations.submitting`), is signed by its party's key and judged by the
database's clock, which stands at the second that the story says when the act begins.
Rules: time only goes on. Bodies are made here, apart from a referral's, which must tell what its case says; so a story
can say what a client never would. Versions are read anew before each act, for a story is never stale by accident.
Elsewhere: who founds the log, `tests.operations.worlds`; the second telling, `tests.operations.told_twice`.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.conditions import Condition, grades
from casework.duties import Kind
from casework.fitness import Fitness
from casework.reasons import DeclineReason, RefusalReason
from casework.risks import Risk
from casework.terms import Term
from database import addresses, engines, heartbeats
from database.engines import Databases, Limits
from database.tables import ledger_entry
from database.transaction import HOST, transaction
from ledger import canonical, commitments, entries, instants, statements
from ledger.canonical import JSON
from ledger.quorums import Policy
from ledger.statements import (
    BastRecorded,
    DiscrepancyAnswered,
    FitnessCertified,
    HandoverReceived,
    HandoverRefused,
    HandoverReleased,
    HostOutage,
    ObligationResumed,
    Owed,
    PauseAgreed,
    PauseOffered,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralStatement,
    ReferralWithdrawn,
    WaiverAgreed,
    WaiverOffered,
)
from operations import breaches, expiring, outages, referrals, submitting
from operations.host_keys import HostKeys
from operations.preparations import ReferralSentInput
from operations.refusals import Rejected, told
from operations.results import Done
from operations.submissions import OpeningInput, SubmissionInput
from tests.operations import worlds
from tests.operations.worlds import EAST_JAVA, GOOD, HURT, JAKARTA, World

BALI = "ID-BA"  # eight hours before UTC, the others seven
ONE = Limits(connections=1, reading=1)  # one session for each role, whose clock is set
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
REMARKS: Mapping[str, type[ReferralStatement]] = {
    "offer waiver": WaiverOffered,
    "agree waiver": WaiverAgreed,
    "offer pause": PauseOffered,
    "agree pause": PauseAgreed,
    "resume": ObligationResumed,
}

_entered = told(submitting.submit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A referral, and who its ends are."""

    id: UUID
    sender: str
    receiver: str


@dataclass(slots=True, kw_only=True)
class Stage:
    world: World
    superuser: Any
    now: datetime
    refused: list[Rejected] = field(default_factory=list)
    claims: int = 0  # statements so far: no two are the same, though nothing else differs

    # -- the clock --------------------------------------------------------------------------------------------------
    async def at(self, instant: datetime) -> None:
        """It is this second now; the clock runs on from its beginning."""
        await set_clock(self.world.desk.databases, instant)
        self.now = instant

    async def later(self, **by: float) -> None:
        await self.at(self.now + timedelta(**by))

    # -- what the host does ------------------------------------------------------------------------------------------
    async def beat(self) -> bool:
        return await outages.beat(self.world.desk, QUARTER)

    async def down(self, **by: float) -> tuple[datetime, datetime]:
        """The host beats, is down for so long, and starts again: when it was down, as its notice says."""
        await self.beat()
        await self.later(**by)
        assert await self.beat()
        noted = select(ledger_entry.c.leaf).where(ledger_entry.c.kind == HostOutage.KIND)
        async with transaction(self.world.desk.databases.worker, HOST) as tx:
            newest = (await tx.connection.execute(noted.order_by(ledger_entry.c.index.desc()).limit(1))).scalar_one()
        said = statements.parse(entries.parse(bytes(newest)).envelope.payload)
        assert isinstance(said, HostOutage)
        return said.from_, said.until

    async def alive(self) -> None:
        """The host has been beating all the while."""
        async with transaction(self.world.desk.databases.worker, HOST) as tx:
            await heartbeats.beat(tx.connection, tx.at)

    async def note(self) -> int:
        return await breaches.note_breaches(self.world.desk)

    async def expire(self) -> int:
        return await expiring.expire_referrals(self.world.desk)

    # -- what provinces do -------------------------------------------------------------------------------------------
    async def send(self, sender: str = JAKARTA, receiver: str = EAST_JAVA, risk: Risk = Risk.MEDIUM) -> Way:
        case = await self.world.assessed_case(sender, risk)
        given = await self.world.ready(sender, ReferralSentInput(case=case, to=receiver), 2)
        done = await referrals.send(self.world.desk, self.world.hands[sender].by, given)
        assert isinstance(done, Done), done
        return Way(id=UUID(done.referral_id), sender=sender, receiver=receiver)

    async def acknowledge(self, way: Way) -> str | None:
        return await self.answer(way, ReferralAcknowledged)

    async def accept(self, way: Way) -> str | None:
        return await self.answer(way, ReferralAccepted)

    async def answer(
        self, way: Way, kind: type[ReferralStatement], by: str | None = None, values: Mapping[str, JSON] | None = None
    ) -> str | None:
        """Acknowledge, accept, decline or withdraw."""
        usual = {"reason": DeclineReason.NO_CAPACITY if kind is ReferralDeclined else None}
        if kind is ReferralWithdrawn:
            party, usual = by or way.sender, {}
        else:
            party = by or way.receiver
        return await self.enter(
            kind, party, await self.version("referral", way.id), usual if values is None else values,
            **await self._chained(way),
        )  # fmt: skip

    async def certify(self, way: Way, leg: int = 1) -> str | None:
        values = {
            "examined_at": instants.spell(self.now - timedelta(hours=1)),
            "fitness": Fitness.FIT,
            "officer": "dr. Ratna",
            "place": "Panti Kedoya",
        }
        version = await self.version("referral", way.id)
        return await self.enter(FitnessCertified, way.sender, version, values, **await self._chained(way), leg=leg)

    async def release(self, way: Way, leg: int = 1, term: Term = Term.PT24H, paper: str | None = None) -> str | None:
        values = {
            **self._met(GOOD, paper, self.now),
            "carrier": "Bus 12",
            "planned_arrival": instants.spell(self.now + timedelta(hours=12)),
        }
        version = await self.version("referral", way.id)
        return await self.enter(
            HandoverReleased, way.sender, version, values, **await self._chained(way), leg=leg, to=way.receiver,
            term=term,
        )  # fmt: skip

    async def receive(
        self, way: Way, *, agrees: bool = True, paper: str | None = None, happened_at: datetime | None = None,
        refusing: bool = False,
    ) -> str | None:  # fmt: skip
        """Receive, or refuse, the newest handover."""
        released = await self.handover(way)
        values = self._met(GOOD if agrees else HURT, paper, happened_at or self.now)
        if refusing:
            values["reason"] = RefusalReason.NEEDS_HOSPITAL
        return await self.enter(
            HandoverRefused if refusing else HandoverReceived,
            way.receiver,
            released["version"],
            values,
            **await self._chained(way),
            leg=released["leg"],
            release=released["release_statement"],
            agrees=agrees,
        )

    async def explain(self, way: Way) -> str | None:
        """Answer the discrepancy of the newest handover."""
        settled = await self.handover(way)
        values = {"answer": "Jatuh di terminal.", "officer": "Budi"}
        return await self.enter(
            DiscrepancyAnswered, way.sender, settled["version"], values, **await self._chained(way),
            leg=settled["leg"], receipt=settled["receipt_statement"] or settled["release_statement"],
        )  # fmt: skip

    async def record(self, way: Way, party: str, sha256: str, happened_at: datetime, of: str = "receipt") -> str | None:
        """One end records the paper of the newest handover's receipt, or of its release."""
        told = await self.handover(way)
        values = {"happened_at": instants.spell(happened_at)}
        return await self.enter(
            BastRecorded, party, told["version"], values, referral=way.id.hex,
            handover=told[f"{of}_statement"] or told["release_statement"], sha256=sha256,
        )  # fmt: skip

    async def remark(self, what: str, owed: Mapping[str, Any], party: str, offer: str | None = None) -> str | None:
        """`what` is one of `REMARKS`; the offer named is the one that waits."""
        kind = REMARKS[what]
        named = Owed(kind=owed["kind"], opened_by=owed["opened_by"], referral=owed["referral_id"].hex)
        waits = owed["waiver_offer" if "waiver" in what else "pause_offer"]
        offers = {} if what.startswith("offer") else {"offer": offer or waits or "0" * 64}
        version = await self.version("obligation", owed["id"])
        return await self.enter(kind, party, version, None, obligation=named, **offers)

    # -- the one way in ------------------------------------------------------------------------------------------------
    async def enter(
        self, kind: type[ReferralStatement], party: str, version: int, values: Mapping[str, JSON] | None, **fields: Any
    ) -> str | None:
        """Sign and submit; the statement's id, or None where it was refused."""
        given = self.given(kind, party, version, values, **fields)
        done = await _entered(self.world.desk, self.world.hands[party].by, given, kind=kind, mutation=kind.KIND)
        if isinstance(done, Rejected):
            self.refused.append(done)
            return None
        return done.entry_id

    def given(
        self, kind: type[ReferralStatement], party: str, version: int, values: Mapping[str, JSON] | None, **fields: Any
    ) -> SubmissionInput:
        """A statement of this kind, signed by the party's key, as it is handed in."""
        world, hand = self.world, self.world.hands[party]
        sealed, openings = commitments.seal(values or {}, lambda: secrets.token_bytes(32))
        body: Any = kind  # its fields differ from kind to kind
        self.claims += 1
        claimed_at = self.now - timedelta(seconds=self.claims % 3_600)
        common = {**worlds.governed(world.desk, party), "key": hand.name, "claimed_at": claimed_at}
        statement = body(**common, **fields, **({} if values is None or not values else {"sealed": sealed}))
        return SubmissionInput(
            idempotency_key=secrets.token_hex(16),
            expected_version=version,
            envelope=worlds.sealed(statement, [hand.key]),
            openings=tuple(
                OpeningInput(name=o.name, value=canonical.encode(o.value).decode(), salt=o.salt.hex()) for o in openings
            ),
        )

    # -- what there is -------------------------------------------------------------------------------------------------
    async def owed(self, way: Way, kind: Kind) -> Any:
        """The newest obligation of this kind, as its row is now."""
        return await self.superuser.fetchrow(
            "select o.*, obligation_state("
            "  ending, ended_at, due_at, entered_late, paused_since, greatest($3, valid_from)) as state"
            " from obligation o join ledger_entry e on e.statement = o.opened_by"
            " where o.referral_id = $1 and o.kind = $2 order by e.index desc limit 1",
            way.id, kind, self.now,
        )  # fmt: skip

    async def state(self, way: Way, kind: Kind) -> str:
        return str((await self.owed(way, kind))["state"])

    async def handover(self, way: Way) -> Any:
        return await self.superuser.fetchrow(
            "select h.* from handover h join ledger_entry e on e.statement = h.release_statement"
            " where h.referral_id = $1 order by e.index desc limit 1",
            way.id,
        )

    async def version(self, table: str, id: UUID) -> int:
        return int(await self.superuser.fetchval(f"select version from {table} where id = $1", id))  # noqa: S608  # our own names

    async def entered(self, statement: str | None) -> datetime:
        found: datetime = await self.superuser.fetchval("select at from ledger_entry where statement = $1", statement)
        return found

    async def _chained(self, way: Way) -> dict[str, Any]:
        last = await self.superuser.fetchval("select last_statement from referral where id = $1", way.id)
        return {"referral": way.id.hex, "referral_prev": last}

    def _met(self, condition: Condition, paper: str | None, happened_at: datetime) -> dict[str, JSON]:
        return {
            "condition": {item: str(grade) for item, grade in grades(condition).items()},
            "happened_at": instants.spell(happened_at),
            "officer": "Wati",
            "paper": paper,
            "place": "Terminal Purabaya",
        }


async def set_clock(databases: Databases, instant: datetime) -> None:
    """The database's clock, for the sessions of both roles that enter statements."""
    for engine in (databases.app, databases.worker):
        await set_clock_of(engine, instant)


async def set_clock_of(engine: AsyncEngine, instant: datetime) -> None:
    async with transaction(engine, HOST) as tx:
        await tx.connection.execute(
            text("select set_config('app.clock_shift', (cast(:at as timestamptz) - clock_timestamp())::text, false)"),
            {"at": instant},
        )


@asynccontextmanager
async def opened(
    address: addresses.Address,
    superuser: Any,
    began: datetime,
    keys: HostKeys | None = None,
    policy: Policy | None = None,
) -> AsyncIterator[Stage]:
    """A stage whose log begins at an instant."""
    databases = await engines.open_databases(address, ONE)
    try:
        await set_clock(databases, began)
        own: dict[str, Any] = {}
        if keys is not None:
            own = {"host": keys.host, "log": keys.log, "wrapping": keys.wrapping}
        parties = (JAKARTA, EAST_JAVA, worlds.WEST_JAVA, BALI)
        world = await worlds.found(databases, parties=parties, policy=policy, **own)
        yield Stage(world=world, superuser=superuser, now=began)
    finally:
        await databases.close()
