"""A founded log with three provinces that can act, for stories about acts.

Promise: nothing is faked: roots found the log, delegate keys that prove possession, and every act is signed.
Elsewhere: the database, `tests/conftest.py`; what must not change on a refusal, `tests.operations.digests`.
"""

import asyncio
import base64
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

from nacl.signing import SigningKey

import casework.agreements
from auth.principals import Principal
from casework.agreements import Agreement
from casework.categories import Category
from casework.conditions import Condition, Grade
from casework.fitness import Fitness
from casework.persons import Sex
from casework.risks import Risk
from casework.terms import Term
from casework.vulnerabilities import Vulnerability
from cli.audit import folders
from database import shelves
from database.engines import Databases
from database.wrapping import COMPARTMENT, Wrapper, Wrapping, Wrappings
from ledger import canonical, commitments, envelopes, keys, notes, quorums, statements, verifier
from ledger.commitments import Opening
from ledger.envelopes import Envelope
from ledger.statements import AgreementAdopted, Founder, KeyAdded, KeyRevoked, Statement
from ledger.verifier import Report
from operations import cases, fitness, governance, handovers, preparing, publishing, referrals, wrapping_keys
from operations.cases import PersonInput
from operations.desks import Desk
from operations.preparations import (
    FitnessCertifiedInput,
    HandoverReceivedInput,
    HandoverReleasedInput,
    Prepared,
    PreparedStatement,
    ReferralAcceptedInput,
    ReferralAcknowledgedInput,
    ReferralSentInput,
    SignerInput,
    StatementInput,
)
from operations.refusals import Rejected
from operations.results import Done
from operations.submissions import OpeningInput, SubmissionInput

JAKARTA, EAST_JAVA, WEST_JAVA = "ID-JK", "ID-JI", "ID-JB"
ORIGIN = "demo.estafet.invalid/stories"
GOOD = Condition(**dict.fromkeys(("consciousness", "mobility", "injury", "illness", "nutrition", "mental"), Grade.GOOD))
HURT = replace(GOOD, injury=Grade.POOR)
LONG_AGO = datetime(2025, 6, 17, tzinfo=UTC)


# The same in every process of a test.
WRAPPING = Wrapping(
    owners={
        owner: (Wrapper(name=f"{number:016x}", secret=bytes([number]) * 32),)
        for number, owner in enumerate((*wrapping_keys.shipped(), COMPARTMENT), 1)
    },
    fingerprints=bytes(32),
)


def agreement() -> Agreement:
    return casework.agreements.parse((resources.files("casework") / "data" / "fkd-mpu-2025.json").read_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A party's client and the key it signs with."""

    by: Principal
    key: SigningKey
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    desk: Desk
    log: SigningKey
    roots: Mapping[str, SigningKey]
    hands: Mapping[str, Hand]
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    # -- signing ------------------------------------------------------------------------------------------------
    async def prepared(self, party: str, given: StatementInput, *, key_prev: str | None = None) -> PreparedStatement:
        hand = self.hands[party]
        signer = SignerInput(key=hand.name, key_prev=key_prev, seen=None)
        found = await preparing.prepare_statement(self.desk, hand.by, signer=signer, given=given)
        assert isinstance(found, Prepared), found
        return found.statement

    def signed(
        self, party: str, prepared: PreparedStatement, version: int, *, key: str | None = None
    ) -> SubmissionInput:
        body = base64.b64decode(prepared.payload)
        envelope = envelopes.seal(prepared.payload_type, body, [self.hands[party].key])
        return SubmissionInput(
            idempotency_key=key or f"key-{next(self.numbers)}",
            expected_version=version,
            envelope=envelopes.encode(envelope).decode(),
            openings=tuple(
                OpeningInput(name=each.name, value=each.value, salt=each.salt) for each in prepared.openings
            ),
        )

    def seal(self, party: str, statement: Statement) -> str:
        """An envelope around a body of the test's own making, signed by the party's key."""
        return sealed(statement, [self.hands[party].key])

    async def ready(self, party: str, given: StatementInput, version: int) -> SubmissionInput:
        return self.signed(party, await self.prepared(party, given), version)

    def retold(self, party: str, given: SubmissionInput, name: str, value: canonical.JSON) -> SubmissionInput:
        """The same, made over to tell another value: opening, commitment and signature."""
        statement: Any = statement_in(given)  # of a kind that seals
        salt = next(each.salt for each in given.openings if each.name == name)
        commitment = commitments.commit(Opening(name=name, value=value, salt=bytes.fromhex(salt)))
        sealed = {**statement.sealed, name: commitment}
        return reopened(replace(given, envelope=self.seal(party, replace(statement, sealed=sealed))), name, value)

    # -- the usual way -----------------------------------------------------------------------------------------
    async def opened_case(self, party: str = JAKARTA, **changes: object) -> UUID:
        given: dict[str, object] = {
            "idempotency_key": f"key-{next(self.numbers)}",
            "number": f"JKT/{next(self.numbers)}",
            "category": Category.GELANDANGAN,
            "vulnerabilities": [Vulnerability.ILL],
            "person": SITI,
            **changes,
        }
        done = await cases.open_case(self.desk, self.hands[party].by, **given)  # type: ignore[arg-type]  # any change of a story
        return UUID(_done(done).case_id)

    async def assessed_case(self, party: str = JAKARTA, risk: Risk = Risk.MEDIUM, **changes: object) -> UUID:
        case = await self.opened_case(party, **changes)
        done = await cases.assess_case(
            self.desk,
            self.hands[party].by,
            idempotency_key=f"key-{next(self.numbers)}",
            expected_version=1,
            case=case,
            risk=risk,
            category=None,
            vulnerabilities=None,
        )
        _done(done)
        return case

    async def sent(self, case: UUID | None = None, to: str = EAST_JAVA) -> UUID:
        case = case or await self.assessed_case()
        given = await self.ready(JAKARTA, ReferralSentInput(case=case, to=to), 2)
        return UUID(_done(await referrals.send(self.desk, self.hands[JAKARTA].by, given)).referral_id)

    async def acknowledged(self) -> UUID:
        referral = await self.sent()
        given = await self.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=referral), 1)
        _done(await referrals.acknowledge(self.desk, self.hands[EAST_JAVA].by, given))
        return referral

    async def accepted(self) -> UUID:
        referral = await self.sent()
        given = await self.ready(EAST_JAVA, ReferralAcceptedInput(referral=referral), 1)
        _done(await referrals.accept(self.desk, self.hands[EAST_JAVA].by, given))
        return referral

    async def certified(self) -> UUID:
        referral = await self.accepted()
        given = await self.ready(JAKARTA, certificate(referral), 2)
        _done(await fitness.certify(self.desk, self.hands[JAKARTA].by, given))
        return referral

    async def released(self) -> tuple[UUID, UUID]:
        referral = await self.certified()
        given = await self.ready(JAKARTA, release(referral), 3)
        done = _done(await handovers.release(self.desk, self.hands[JAKARTA].by, given))
        return referral, UUID(done.handover_id)

    async def received(self) -> tuple[UUID, UUID]:
        referral, handover = await self.released()
        given = await self.ready(EAST_JAVA, receipt(handover), 1)
        _done(await handovers.receive(self.desk, self.hands[EAST_JAVA].by, given))
        return referral, handover

    # -- evidence -----------------------------------------------------------------------------------------------
    async def audited(self, folder: Path) -> Report:
        """The log published into a folder, and what an auditor finds there."""
        shelf = shelves.Folder(root=folder)
        documents = [(self.desk.agreement.sha256, self.desk.agreement.document)]
        publishing.lay_out(shelf, log=self.log, origin=ORIGIN, documents=documents)
        await publishing.publish(self.desk.databases, shelf, log=self.log, origin=ORIGIN)
        return verifier.verify(folders.Folder(folder))

    # -- governance -----------------------------------------------------------------------------------------------
    async def with_another_key(self, party: str, until: datetime) -> "World":
        """The same world, in which the party signs with a new key from now on."""
        hand = await _delegated(self.desk, party, self.roots[party], until)
        return replace(self, hands={**self.hands, party: hand})

    async def revoke(self, party: str) -> None:
        statement = KeyRevoked(
            **governed(self.desk, party), name=self.hands[party].name, since_claimed=now() - timedelta(minutes=1)
        )
        done = await governance.revoke_key(self.desk, envelope_of(statement, [self.roots[party]]))
        assert not isinstance(done, Rejected), done


SITI = PersonInput(
    full_name="Siti Aminah",
    aliases=("Bu Siti",),
    nik="3578014505600001",
    birth_date=date(1960, 5, 5),
    birth_date_estimated=False,
    sex=Sex.FEMALE,
)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def certificate(referral: UUID, **changes: object) -> FitnessCertifiedInput:
    given = FitnessCertifiedInput(
        referral=referral,
        leg=1,
        fitness=Fitness.FIT,
        examined_at=now() - timedelta(hours=1),
        officer="dr. Ratna",
        place="Panti Kedoya",
    )
    return replace(given, **changes)  # type: ignore[arg-type]  # any change of a story


def release(referral: UUID, **changes: object) -> HandoverReleasedInput:
    given = HandoverReleasedInput(
        referral=referral,
        leg=1,
        term=Term.PT24H,
        condition=GOOD,
        carrier="Bus 12",
        happened_at=now() - timedelta(minutes=5),
        officer="Budi",
        paper=None,
        place="Terminal Pulo Gebang",
        planned_arrival=now() + timedelta(hours=12),
    )
    return replace(given, **changes)  # type: ignore[arg-type]  # any change of a story


def receipt(handover: UUID, **changes: object) -> HandoverReceivedInput:
    given = HandoverReceivedInput(
        handover=handover,
        agrees=False,
        condition=HURT,
        happened_at=now() - timedelta(minutes=1),
        officer="Wati",
        paper=None,
        place="Terminal Purabaya",
    )
    return replace(given, **changes)  # type: ignore[arg-type]  # any change of a story


def sealed(statement: Statement, signers: list[SigningKey]) -> str:
    return envelopes.encode(envelope_of(statement, signers)).decode()


def envelope_of(statement: Statement, signers: list[SigningKey]) -> Envelope:
    return envelopes.seal(statements.payload_type(statement.KIND), statements.encode(statement), signers)


def statement_in(given: SubmissionInput) -> Statement:
    """What a signed submission says, for making another one of it."""
    return statements.parse(envelopes.decode(given.envelope.encode()).payload)


def reopened(given: SubmissionInput, name: str, value: canonical.JSON) -> SubmissionInput:
    """The same with one opening telling another value."""
    told = canonical.encode(value).decode()
    openings = tuple(replace(each, value=told) if each.name == name else each for each in given.openings)
    return replace(given, openings=openings)


def _done(done: Done | Rejected) -> Done:
    assert isinstance(done, Done), done
    return done


def governed(desk: Desk, party: str) -> dict[str, Any]:
    return {
        "log": desk.origin,
        "agreement": desk.agreement.sha256,
        "party": party,
        "key": f"{party}/root",
        "key_prev": None,
        "seen": None,
        "claimed_at": now(),
    }


async def waiting(superuser: Any, sessions: int) -> None:
    """Until so many sessions of this database wait for a lock."""
    asked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with asyncio.timeout(4):
        while await superuser.fetchval(asked) < sessions:
            # Inside a transaction the view is read once and kept.
            await superuser.execute("select pg_stat_clear_snapshot(), pg_sleep(0.02)")


async def found(
    databases: Databases,
    *,
    host: SigningKey | None = None,
    log: SigningKey | None = None,
    wrapping: Wrappings = lambda: WRAPPING,
    parties: tuple[str, ...] = (JAKARTA, EAST_JAVA, WEST_JAVA),
    policy: quorums.Policy | None = None,
) -> World:
    """Adopt the agreement, and give each of these provinces a key to act with."""
    watched = policy or quorums.Policy()
    agreed = agreement()
    desk = Desk(
        databases=databases, agreement=agreed, origin=ORIGIN, host=host or SigningKey.generate(), wrapping=wrapping
    )
    roots = {party.code: SigningKey.generate() for party in agreed.parties}
    log = log or SigningKey.generate()
    genesis = AgreementAdopted(
        **{**governed(desk, "FORUM"), "key": None},
        log_vkey=notes.key_of(ORIGIN, log).spell(),
        host_key=keys.public_of(desk.host),
        parties=tuple(Founder(party=code, root_key=keys.public_of(roots[code])) for code in sorted(roots)),
        witnesses=tuple(key.spell() for key in watched.witnesses),
        quorum=watched.quorum,
    )
    done = await governance.adopt_agreement(desk, envelope_of(genesis, [roots[code] for code in sorted(roots)]))
    assert not isinstance(done, Rejected), done
    hands = {party: await _delegated(desk, party, roots[party]) for party in parties}
    return World(desk=desk, log=log, roots=roots, hands=hands)


async def _delegated(desk: Desk, party: str, root: SigningKey, until: datetime | None = None) -> Hand:
    key, name = SigningKey.generate(), f"{party}/k{secrets.token_hex(16)}"
    added = KeyAdded(
        **{**governed(desk, party), "claimed_at": LONG_AGO},  # whatever hour the story has come to
        name=name,
        public=keys.public_of(key),
        use="system",
        from_=LONG_AGO,
        until=until,
        holder=None,
    )
    done = await governance.add_key(desk, envelope_of(added, [root, key]))
    assert not isinstance(done, Rejected), done
    client = f"client-{party}"
    by = Principal(
        subject=client, party=party, client_id=client, scopes=frozenset({"cases:read"}), purpose="case-management"
    )
    return Hand(by=by, key=key, name=name)
