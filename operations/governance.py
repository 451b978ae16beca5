"""The forum's and the provinces' own acts: the agreement adopted, keys added and revoked.

Promise: the log begins with the agreement that its rules come from, and the register of keys says what the log says.
Rules: done by the host on signed statements, never on anybody's word; what the log's rules refuse is not entered.
Elsewhere: the genesis, `ledger.geneses`; who runs these, `cli`.
"""

from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import FromClause, Insert, ScalarSelect, Update, insert, select, update

from database import agreements, journal, tables
from database.journal import Appended, Change
from database.transaction import HOST, Transaction, transaction
from ledger import admissions, envelopes, geneses, registers
from ledger.envelopes import Envelope
from ledger.registers import KeyRecord, Use
from ledger.rules import Code, Refused
from ledger.statements import (
    HOST_KEY,
    AgreementAdopted,
    AgreementAmended,
    GovernanceStatement,
    KeyAdded,
    KeyRevoked,
    RootReplaced,
)
from operations import admitting, refusals
from operations.desks import Desk
from operations.refusals import invalid, told

OFFICER_DAYS: Final = 90
"""An officer's key is a browser's: whoever left, and whatever device was lost, must stop signing by itself."""

Kind = TypeVar("Kind", KeyAdded, KeyRevoked, AgreementAmended, RootReplaced)


@told
async def adopt_agreement(desk: Desk, envelope: Envelope) -> Appended:
    """The founders adopt the agreement: entry 0, the agreement's own rows, and the keys of all roots and the host."""
    try:
        genesis = geneses.judge(envelope, desk.origin, desk.agreement.sha256)
    except Refused as found:
        raise refusals.refused(found) from found
    if {founder.party for founder in genesis.parties} - {party.code for party in desk.agreement.parties}:
        raise invalid("envelope", id="Ada pendiri yang bukan pihak perjanjian.", en="A founder is not a party to it.")
    async with transaction(desk.databases.app, HOST) as tx:
        begun = (await tx.connection.execute(select(tables.ledger_head.c.size))).first()
        if begun is not None:
            raise invalid("envelope", id="Buku besar ini sudah dimulai.", en="This log has begun already.")
        await agreements.write(tx.connection, desk.agreement)
        founded = (_founded(record) for record in registers.records(genesis, index=0, at=tx.at))
        return await journal.begin(tx.connection, desk.origin, _entry(genesis, envelope), *founded)


@told
async def add_key(desk: Desk, envelope: Envelope) -> Appended:
    """A province's root delegates to a key, which proves that it is held."""
    async with transaction(desk.databases.app, HOST) as tx:
        statement = await _admitted(tx, desk, envelope, KeyAdded)
        _require_short(statement)

        def added(e: FromClause) -> Insert:
            return insert(tables.register_key).values(
                name=statement.name,
                party=statement.party,
                public=statement.public,
                use=statement.use,
                valid_from=statement.from_,
                valid_until=statement.until,
                added_index=_index(e),
            )

        return await _append(tx, envelope, statement, added)


@told
async def revoke_key(desk: Desk, envelope: Envelope) -> Appended:
    """A province's root revokes a key: nothing that it signs is entered any more."""
    async with transaction(desk.databases.app, HOST) as tx:
        statement = await _admitted(tx, desk, envelope, KeyRevoked)

        def revoked(e: FromClause) -> Update:
            kept = tables.register_key
            changed = update(kept).values(revoked_index=_index(e), since_claimed=statement.since_claimed)
            return changed.where(kept.c.name == statement.name, kept.c.revoked_index.is_(None))

        return await _append(tx, envelope, statement, revoked)


@told
async def replace_root(desk: Desk, envelope: Envelope) -> Appended:
    """The forum gives a party another root: the old one is void from now on, and so is what it signs."""
    async with transaction(desk.databases.app, HOST) as tx:
        statement = await _admitted(tx, desk, envelope, RootReplaced)
        return await _replace(tx, envelope, statement, f"{statement.replaced}/root")


@told
async def amend_agreement(desk: Desk, envelope: Envelope) -> Appended:
    """All parties give the host another key: notices and receipts of later entries are signed by it alone."""
    async with transaction(desk.databases.app, HOST) as tx:
        statement = await _admitted(tx, desk, envelope, AgreementAmended)
        return await _replace(tx, envelope, statement, HOST_KEY)


async def _replace(
    tx: Transaction, envelope: Envelope, statement: AgreementAmended | RootReplaced, name: str
) -> Appended:
    kept = tables.register_key

    def ended(e: FromClause) -> Update:
        changed = update(kept).values(replaced_index=_index(e))
        return changed.where(kept.c.name == name, kept.c.replaced_index.is_(None))

    (record,) = registers.records(statement, index=0, at=tx.at)
    return await _append(tx, envelope, statement, ended, _founded(record))


def _require_short(statement: KeyAdded) -> None:
    """The host's rule and not the log's: an officer's key ends by itself."""
    most = timedelta(days=OFFICER_DAYS)
    if statement.use != Use.OFFICER or (statement.until is not None and statement.until - statement.from_ <= most):
        return
    raise invalid(
        "envelope",
        id=f"Kunci petugas berlaku paling lama {OFFICER_DAYS} hari.",
        en=f"An officer's key is for {OFFICER_DAYS} days at most.",
    )


async def _admitted(tx: Transaction, desk: Desk, envelope: Envelope, kind: type[Kind]) -> Kind:
    try:
        question = admissions.ask(envelope)
    except Refused as found:
        raise refusals.refused(found) from found
    # Root and subject, in byte order of their names: two such acts of one party never wait for each other in a circle,
    # and an act that the revoked key signs is entered before the revocation or not at all.
    names = {question.key or "", question.subject or ""}
    if question.kind in (AgreementAmended.KIND, RootReplaced.KIND):
        names = await _first_keys(tx)  # what is said by roots, or of one: none of them signs meanwhile
    for name in sorted(names):
        await admitting.lock_key(tx, name)
    known = await admitting.facts(tx, question, log=desk.origin, agreement=desk.agreement.sha256)
    statement = admitting.admit(envelope, known, tx.at)
    if not isinstance(statement, kind):
        raise invalid("envelope", id=f"Bukan {kind.KIND}.", en=f"Not {kind.KIND}.")
    return statement


async def _first_keys(tx: Transaction) -> set[str]:
    """The names of all roots and of the host's key."""
    key = tables.register_key.c
    return set((await tx.connection.execute(select(key.name).where(key.use.in_([Use.ROOT, Use.HOST])))).scalars())


async def _append(tx: Transaction, envelope: Envelope, statement: GovernanceStatement, *changes: Change) -> Appended:
    try:
        return await journal.append(tx.connection, _entry(statement, envelope), *changes)
    except journal.AlreadyEntered as found:
        raise refusals.refused(Refused(Code.STATEMENT_KNOWN, "entered a moment ago")) from found


def _entry(statement: GovernanceStatement, envelope: Envelope) -> journal.Entry:
    return journal.Entry(
        statement=envelopes.statement_id(envelope.payload_type, envelope.payload),
        envelope=envelopes.encode(envelope).decode(),
        kind=statement.KIND,
        party=statement.party,
        other_party=None,
        key=None if isinstance(statement, AgreementAdopted) else statement.key,
        seen_size=None if statement.seen is None else statement.seen.size,
        referral_id=None,
    )


def _founded(record: KeyRecord) -> Change:
    def change(e: FromClause) -> Insert:
        return insert(tables.register_key).values(
            name=record.name,
            party=record.party,
            public=record.public.hex(),
            use=record.use,
            valid_from=select(e.c.at).scalar_subquery(),  # as an auditor counts it: from the entry's own time
            added_index=_index(e),
        )

    return change


def _index(e: FromClause) -> ScalarSelect[int]:
    return select(e.c.index).scalar_subquery()
