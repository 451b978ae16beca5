"""The host's signed word on a refusal: with it, a province can show that it was not idle, and what it was told.

Promise: every refused act whose statement was really signed, by a key that the register has for the asker's own party,
comes back with a refusal under the host's signature; nothing else does.
Rules: looked at only once the act is undone, on a connection of its own: a refusal costs one look at the register and
one verification more than an act, and has been paid for out of the same budget of cost. A revoked key is a key: what it
signs is refused, and signed as refused. A statement that stands in the log is never told to be refused, whatever was
wrong with the request around it. A text that is too long to be read is not read here either.
Elsewhere: what a refusal says, `ledger.receipts`; by which words, `ledger.rules`; who asks, `operations.submitting`.
"""

from datetime import datetime

from sqlalchemy import select

from auth.principals import Principal
from database.tables import ledger_entry
from database.transaction import Transaction, transaction
from ledger import admissions, envelopes, receipts
from ledger.admissions import Question
from ledger.envelopes import Envelope
from ledger.receipts import Refusal
from ledger.rules import Refused
from operations import admitting, refusals
from operations.desks import Desk, asker
from operations.refusals import Refuse
from operations.submissions import LONGEST_ENVELOPE


async def signed(desk: Desk, by: Principal, envelope: str, refuse: Refuse) -> Refuse:
    """The same refusal, signed by the host where its statement was signed by the asker's party."""
    read = _read(envelope)
    if read is None:
        return refuse
    async with transaction(desk.databases.app, asker(by)) as tx:
        if not await _vouched(tx, by, *read):
            return refuse
    statement = read[1].statement
    return refusals.signed(refuse, lambda rule: _refusal(desk, statement, rule, tx.at))


def _read(text: str) -> tuple[Envelope, Question] | None:
    if len(text) > LONGEST_ENVELOPE:
        return None
    try:
        envelope = envelopes.decode(text.encode("utf-8", "surrogatepass"))
        return envelope, admissions.ask(envelope)
    except Refused:
        return None


async def _vouched(tx: Transaction, by: Principal, envelope: Envelope, question: Question) -> bool:
    key = await admitting.record(tx, question.key)
    if key is None or key.party != by.party:
        return False
    try:
        envelopes.verify(envelope, [key.public])
    except Refused:
        return False
    stands = select(ledger_entry.c.index).where(ledger_entry.c.statement == question.statement)
    return (await tx.connection.execute(stands)).first() is None


def _refusal(desk: Desk, statement: str, rule: str, at: datetime) -> str:
    said = Refusal(log=desk.origin, statement=statement, rule=rule, at=at)
    return envelopes.encode(receipts.sign_refusal(said, desk.host)).decode()
