"""The host's own statements: made by the host, about what time alone decides, and entered like everybody's.

Promise: a notice is signed by the host's key and judged by the same rules as any statement before it is entered.
Rules: by the worker. Each names the host's last one, so that the log tells if one of them was dropped.
Elsewhere: what there is to note, `operations.expiring`, `operations.breaches` and `operations.outages`.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import select

from casework import parties
from database import journal
from database.tables import ledger_entry
from database.transaction import Transaction
from ledger import admissions, envelopes, statements
from ledger.statements import HOST_KEY, BreachNoted, HostOutage, ReferralExpired
from operations import admitting
from operations.desks import Desk

Noted: TypeAlias = ReferralExpired | BreachNoted | HostOutage


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice that is signed and admitted, and not entered yet."""

    id: str
    entry: journal.Entry


async def common(tx: Transaction, desk: Desk) -> dict[str, Any]:
    """What every statement of the host begins with."""
    return {
        "log": desk.origin,
        "agreement": desk.agreement.sha256,
        "party": parties.HOST,
        "key": HOST_KEY,
        "key_prev": await _last(tx),
        "seen": None,
        "claimed_at": tx.at,
    }


async def signed(tx: Transaction, desk: Desk, statement: Noted, referral: UUID | None) -> Notice:
    """The statement, ready to be entered; raises `Refuse` where the ledger's rules refuse it."""
    payload_type = statements.payload_type(statement.KIND)
    envelope = envelopes.seal(payload_type, statements.encode(statement), [desk.host])
    question = admissions.ask(envelope)
    known = await admitting.facts(tx, question, log=desk.origin, agreement=desk.agreement.sha256)
    admitting.admit(envelope, known, tx.at)
    entry = journal.Entry(
        statement=question.statement,
        envelope=envelopes.encode(envelope).decode(),
        kind=statement.KIND,
        party=statement.party,
        other_party=None,  # what it is on has two other ends, or it concerns everybody: policies let them see it
        key=statement.key,
        seen_size=None,
        referral_id=referral,
    )
    return Notice(id=question.statement, entry=entry)


async def _last(tx: Transaction) -> str | None:
    asked = select(ledger_entry.c.statement).where(ledger_entry.c.key == HOST_KEY)
    return (await tx.connection.execute(asked.order_by(ledger_entry.c.index.desc()).limit(1))).scalar_one_or_none()
