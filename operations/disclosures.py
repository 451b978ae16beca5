"""What was sealed, shown to whom it concerns: the openings of one statement, behind a row that says to whom and why.

Promise: nothing is shown that the asker may not see, and nothing before its row is written, in the same transaction.
Rules: the signer sees what it sealed; the other end of the statement sees it as far as the referral has opened the case
to it, and not after that has ended; an auditor one statement at a time, for a reason from the list. What is hidden
and what is not there are alike. `openings` is the one place that reads a value with its salt.
Elsewhere: the policies, which say the same, `database/migrations`; the route, `api.disclosures`; what an opening opens,
`ledger.commitments`.
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import func, insert, or_, select

from auth.principals import Principal
from casework.parties import Kind, kind_of
from database.owed import disclosure
from database.tables import ledger_entry, opening
from database.transaction import Transaction, transaction
from ledger.commitments import Opening
from operations import seals
from operations.desks import Desk, asker
from operations.seals import Opener


class Reason(StrEnum):
    """Why an auditor asks; a code, for free words could name somebody."""

    BREACH = "BREACH"  # whether an obligation was kept at the sealed risk
    COMPLAINT = "COMPLAINT"
    COURT = "COURT"
    DATA_SUBJECT = "DATA_SUBJECT"
    SUPERVISION = "SUPERVISION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What was shown."""

    statement: str
    index: int
    openings: tuple[Opening, ...]


async def disclose(
    desk: Desk, by: Principal, *, index: int, reason: Reason | None, names: frozenset[str] | None = None
) -> Disclosure | None:
    """The openings of the statement in this entry, all or those named; None where there are none for this asker."""
    entry = ledger_entry.c
    asked = select(entry.statement).where(entry.index == index)
    if kind_of(by.party) is not Kind.AUDITOR:  # row security shows a party no more; who asks is told so here, too
        asked = asked.where(or_(entry.party == by.party, entry.other_party == by.party))
    with suppress(_Nothing):
        async with transaction(desk.databases.app, asker(by)) as tx:
            statement = (await tx.connection.execute(asked)).scalar_one_or_none()
            if statement is None:
                raise _Nothing
            await _note(tx, by, statement, reason, names)
            found = await openings(tx, seals.opener(desk, by, statement), statement, names)
            if not found:
                raise _Nothing
        return Disclosure(statement=statement, index=index, openings=found)
    return None


class _Nothing(Exception):
    """Nothing was shown, so no row is to say that anything was: the transaction is undone."""


async def openings(
    tx: Transaction, opener: Opener, statement: str, names: frozenset[str] | None
) -> tuple[Opening, ...]:
    """Every opening of this statement that the asker may see, or those of these names; none of who was erased."""
    asked = select(opening).where(opening.c.statement == statement).order_by(opening.c.name)
    if names is not None:
        asked = asked.where(opening.c.name.in_(names))
    rows = (await tx.connection.execute(asked)).all()
    if not rows:
        return ()
    persons = {row.person_id for row in rows}
    opened = await opener.open(tx, persons, "OPENED", *(f"opening.{row.name}" for row in rows))
    found = (seals.opening_of(opened, row.person_id, statement, row.name, row.sealed) for row in rows)
    return tuple(each for each in found if each is not None)


async def _note(
    tx: Transaction, by: Principal, statement: str, reason: Reason | None, names: frozenset[str] | None
) -> None:
    told = {"party": by.party, "subject": by.subject, "purpose": by.purpose, "reason": reason}
    which = None if names is None else sorted(names)
    row = insert(disclosure).values(id=uuid4(), statement=statement, at=func.now(), names=which, **told)
    await tx.connection.execute(row)
