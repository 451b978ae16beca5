"""The one path of every statement act: from a signed envelope to an entry with everything that follows from it.

Promise: act, evidence, openings, what is owed after it and the remembered answer become true together, or nothing does.
Rules, in this order: the statement is looked up (already entered: its answer again), then the idempotency key; the rows
are locked, their version compared; the ledger's rules judge the statement, the openings their commitments, the field's
rules the move. What stands in the log was judged by the time that stands there: if the clock moved on before the head
was locked, it is judged once more; a refusal undoes everything, and what is owed is as the second judgement has it.
Elsewhere: one function per act, `operations.referrals` and its neighbours; loading and judging, `operations.judging`;
what follows from an entry, `operations.following`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import FromClause, Insert, select
from sqlalchemy.exc import IntegrityError

from auth.principals import Principal
from casework.referrals import Referral
from database import journal
from database.journal import Appended
from database.sealed import DataKey
from database.tables import ledger_entry
from database.transaction import Transaction, transaction
from ledger import commitments, envelopes, instants
from ledger.canonical import JSON
from ledger.commitments import Mismatch
from ledger.rules import Code, Refused
from ledger.statements import BastRecorded, DiscrepancyAnswered, ReferralStatement
from operations import admitting, following, idempotency, judging, loading, refusals, saving, seals, vouching
from operations.desks import Desk, asker
from operations.following import Step
from operations.idempotency import Request
from operations.judging import Judged, Loaded
from operations.moves import Moved
from operations.refusals import Refuse, StatementRefused
from operations.results import Done, of_statement
from operations.seals import Opener
from operations.submissions import Submission, SubmissionInput, read

VALID_FOR = timedelta(hours=72)  # an envelope signed on a request older than this is made anew


async def submit(
    desk: Desk, by: Principal, given: SubmissionInput, *, kind: type[ReferralStatement], mutation: str
) -> Done:
    """Enter the statement of this kind; raises `Refuse`, signed where the statement was (`operations.vouching`)."""
    try:
        done = await _submit(desk, by, given, kind, mutation)
    except Refuse as refuse:
        raise await vouching.signed(desk, by, given.envelope, refuse) from refuse
    desk.databases.bell.ring()
    return done


async def _submit(
    desk: Desk, by: Principal, given: SubmissionInput, kind: type[ReferralStatement], mutation: str
) -> Done:
    submission = read(given, kind, by.party)
    asked = idempotency.request(by, mutation, given.idempotency_key, submission.content)
    async with transaction(desk.databases.app, asker(by)) as tx:
        await idempotency.hold(tx, (idempotency.lock_name(asked), f"statement\n{submission.id}"))
        return await _answered_before(tx, asked, submission) or await _enter(tx, desk, asked, submission)


async def _answered_before(tx: Transaction, asked: Request, submission: Submission) -> Done | None:
    entered = select(ledger_entry.c.index).where(
        ledger_entry.c.statement == submission.id, ledger_entry.c.party == asked.by.party
    )
    if (await tx.connection.execute(entered)).first() is not None:
        return await _done(tx, submission)
    return await idempotency.remembered(tx, asked)


async def _done(tx: Transaction, submission: Submission) -> Done:
    match submission.statement:
        case DiscrepancyAnswered(receipt=named) | BastRecorded(handover=named):
            handover = await loading.handover_told_by(tx, named)
        case _:
            handover = None
    return of_statement(submission.statement, submission.id, handover)


async def _enter(tx: Transaction, desk: Desk, asked: Request, submission: Submission) -> Done:
    opened = _opened(submission)
    opener = seals.opener(desk, asked.by, submission.id)
    loaded = await judging.load(tx, asked.by.party, submission, opened, opener)
    await admitting.lock_key(tx, submission.question.key)
    known = await admitting.facts(tx, submission.question, log=desk.origin, agreement=desk.agreement.sha256)
    admitting.admit(submission.envelope, known, tx.at)
    _require_fresh(submission.statement, tx.at)
    judged = await judging.judge(tx, desk, loaded, submission, opened, tx.at)
    done = await _done(tx, submission)
    key = await _key(opener, loaded)
    appended = await _append(tx, asked, submission, _moved(submission, loaded, judged, opened, key), done)
    if appended.at != tx.at:
        admitting.admit(submission.envelope, known, appended.at)
        judged = await judging.judge(tx, desk, loaded, submission, opened, appended.at)
    risk = None if loaded.case is None else loaded.case[0].case.risk  # what the opened one was compared with
    await following.follow(tx, desk, appended, Step.of(loaded.referral, judged.after, loaded.case_id, risk))
    return done


async def _key(opener: Opener, loaded: Loaded) -> DataKey:
    """Under which everything that the statement tells of the person is sealed."""
    found = await opener.key(loaded.person_id)
    if found is None:
        raise refusals.erased("envelope", "referral")
    return found


def _moved(submission: Submission, loaded: Loaded, judged: Judged, opened: Mapping[str, JSON], key: DataKey) -> Moved:
    row = loaded.referral
    return Moved(
        statement=submission.statement,
        id=submission.id,
        case_id=loaded.case_id,
        person_id=loaded.person_id,
        key=key,
        before=None if row is None else row.referral,
        after=judged.after,
        version=0 if row is None else row.version,
        handover_version=loaded.handover_version,
        opened=opened,
        openings=submission.openings,
        preview=judged.preview,
        opens_case=loaded.opens_case,
    )


async def _append(tx: Transaction, asked: Request, submission: Submission, moved: Moved, done: Done) -> Appended:
    def remembered(_: FromClause) -> Insert:
        return idempotency.remember(asked, done, tx.at)

    try:
        entry = entry_of(submission, moved.after)
        return await journal.append(tx.connection, entry, *saving.changes(moved), remembered)
    except IntegrityError as found:
        raise _sent_by_others(found) from found


def _sent_by_others(found: IntegrityError) -> Exception:
    """The sender chooses the id: one that stands for a referral which the asker does not see is refused as known."""
    if 'constraint "referral_pkey"' in str(found.orig):
        return refusals.refused(Refused(Code.REFERRAL_EXISTS, "this referral was sent before"))
    return found


def entry_of(submission: Submission, after: Referral) -> journal.Entry:
    statement = submission.statement
    return journal.Entry(
        statement=submission.id,
        envelope=envelopes.encode(submission.envelope).decode(),
        kind=statement.KIND,
        party=statement.party,
        other_party=after.receiver if statement.party == after.sender else after.sender,
        key=statement.key,
        seen_size=None if statement.seen is None else statement.seen.size,
        referral_id=UUID(after.id),
    )


def _opened(submission: Submission) -> dict[str, JSON]:
    sealed: Mapping[str, str] = getattr(submission.statement, "sealed", {})
    try:
        return commitments.open_all(sealed, submission.openings)
    except Mismatch as found:
        raise refusals.mismatch(found) from found


def _require_fresh(statement: ReferralStatement, at: datetime) -> None:
    """See docs/decisions/0005; one from the future, which would never grow old, is refused by the ledger (V26)."""
    if at - statement.claimed_at > VALID_FOR:
        claimed = instants.spell(statement.claimed_at)
        message = (
            f"Disiapkan {claimed}, lebih dari 72 jam yang lalu; siapkan lagi. / "
            f"Prepared {claimed}, more than 72 hours ago; prepare it anew."
        )
        raise Refuse(StatementRefused(message=message, rule="STATEMENT_EXPIRED"))
