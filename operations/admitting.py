"""What the log knows that bears on one statement, looked up for the judge of `ledger.admissions`.

Promise: the same judge as the auditor's, fed from rows; one SQL statement fetches all it must know.
Rules: the signing key's row is locked first and then read: two statements of one key are entered one after the other
(`seen` never falls), and none is entered after the key's revocation. Row security leaves out what the asker may not
see: a link to somebody else's statement is a link to nothing.
Elsewhere: the rules V1 to V8, `ledger.admissions`; whether the act is legal, `ledger.replays`.
"""

from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, literal, select

from database.tables import checkpoint, ledger_entry, ledger_head, register_key
from database.transaction import Transaction
from ledger import admissions, statements
from ledger.admissions import Examined, Facts, Question
from ledger.envelopes import Envelope
from ledger.registers import KeyRecord, Use
from ledger.rules import Refused
from ledger.statements import AgreementAmended, RootReplaced, Statement, Unchained
from operations import refusals

_BESIDE = tuple(kind.KIND for kind in get_args(Unchained))  # said on a referral, and not in its chain

_FORUMS = (AgreementAmended.KIND, RootReplaced.KIND)
IN_FORCE = register_key.c.replaced_index.is_(None)


async def lock_key(tx: Transaction, name: str | None) -> None:
    """Keep everybody else from signing with, or revoking, this key of the asker's own until the transaction ends."""
    asked = select(register_key.c.name).where(register_key.c.name == name, IN_FORCE).with_for_update()
    await tx.connection.execute(asked)


async def facts(tx: Transaction, question: Question, *, log: str, agreement: str) -> Facts:
    row = (await tx.connection.execute(_look_up(question))).one()
    return Facts(
        log=log,
        agreement=agreement,
        size=row.size,
        known=row.known,
        key=await record(tx, question.key),
        subject=await record(tx, question.subject),
        public_taken=row.public_taken,
        key_prev_signer=row.key_prev_signer,
        seen_root=row.seen_root,
        seen_highest=row.seen_highest or 0,
        referral_last=row.referral_last,
        roots=await _roots(tx) if question.kind in _FORUMS else {},
    )


def _look_up(question: Question) -> Select[Any]:
    entry, key = ledger_entry, register_key
    last = select(entry.c.statement).where(entry.c.referral_id == _referral(question), entry.c.kind.not_in(_BESIDE))
    answers = {
        "size": select(ledger_head.c.size),
        "key_prev_signer": select(entry.c.key).where(entry.c.statement == literal(question.key_prev)),
        "seen_root": select(checkpoint.c.root).where(checkpoint.c.size == literal(question.seen_size)),
        "seen_highest": select(func.max(entry.c.seen_size)).where(entry.c.key == literal(question.key)),
        "referral_last": last.order_by(entry.c.index.desc()).limit(1),
    }
    known = exists(select(entry.c.index).where(entry.c.statement == question.statement))
    taken = exists(select(key.c.name).where(key.c.public == literal(question.public)))
    return select(
        *(answer.scalar_subquery().label(name) for name, answer in answers.items()),
        known.label("known"),
        taken.label("public_taken"),
    )


def admit(envelope: Envelope, known: Facts, at: datetime) -> Statement:
    try:
        return admissions.admit(envelope, known, at)
    except Refused as found:
        raise refusals.refused(found) from found


def admissible(statement: Statement, body: bytes, question: Question, known: Facts, at: datetime) -> None:
    """Whether this statement would be admitted if the key that it names had signed it; raises `Refuse` otherwise."""
    unsigned = Envelope(payload_type=statements.payload_type(statement.KIND), payload=body, signatures=())
    # `signers` says by which keys the signatures were made: nobody has signed yet, so we say for the judge's sake that
    # the right one did. Nothing that is judged here is ever entered.
    signers = (None if known.key is None else known.key.public,)
    try:
        admissions.judge(Examined(envelope=unsigned, question=question, read=statement, signers=signers), known, at)
    except Refused as found:
        raise refusals.refused(found, "signer") from found


def question_of(body: bytes, kind: str) -> Question:
    return admissions.ask(Envelope(payload_type=statements.payload_type(kind), payload=body, signatures=()))


def _referral(question: Question) -> UUID | None:
    """Whatever the body calls so: nothing has been verified when this is looked up."""
    text = question.referral or ""
    return UUID(text) if len(text) == 32 and set(text) <= set("0123456789abcdef") else None


async def _roots(tx: Transaction) -> dict[str, bytes]:
    roots = select(register_key.c.party, register_key.c.public).where(register_key.c.use == Use.ROOT, IN_FORCE)
    return {row.party: bytes.fromhex(row.public) for row in await tx.connection.execute(roots)}


async def record(tx: Transaction, name: str | None) -> KeyRecord | None:
    """What the register has under this name."""
    if name is None:
        return None
    row = (await tx.connection.execute(select(register_key).where(register_key.c.name == name, IN_FORCE))).one_or_none()
    return None if row is None else _key(row)


def _key(row: Row[tuple[Any, ...]]) -> KeyRecord:
    return KeyRecord(
        name=row.name,
        party=row.party,
        public=bytes.fromhex(row.public),
        use=Use(row.use),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        added_index=row.added_index,
        revoked_index=row.revoked_index,
        since_claimed=row.since_claimed,
    )
