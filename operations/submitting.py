"""The one path of every statement act: from a signed envelope to an entry with everything that follows from it.

Promise: act, evidence, openings and the remembered answer become true together, or nothing does.
Rules, in this order: the statement is looked up (already entered: its answer again), then the idempotency key; the rows
are locked, their version compared; the ledger's rules judge the statement, the openings their commitments, the field's
rules the move. What stands in the log was judged by the time that stands there: if the clock moved on before the head
was locked, it is judged once more, and a refusal undoes everything.
Elsewhere: one function per act, `operations.referrals`, `operations.fitness`, `operations.handovers`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from sqlalchemy import FromClause, Insert, select
from sqlalchemy.exc import IntegrityError

from auth.principals import Principal
from casework import drafts
from casework.drafts import Draft, Preview
from casework.referrals import Referral
from database import journal, outbox
from database.tables import ledger_entry
from database.transaction import Transaction, transaction
from ledger import commitments, envelopes, instants, receipts, replays
from ledger.canonical import JSON
from ledger.commitments import Mismatch
from ledger.receipts import Refusal
from ledger.rules import Code, Refused
from ledger.statements import (
    FitnessCertified,
    HandoverReceived,
    HandoverRefused,
    HandoverReleased,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralExpired,
    ReferralSent,
    ReferralStatement,
    ReferralWithdrawn,
)
from operations import admitting, events, idempotency, loading, refusals, saving
from operations.desks import Desk, asker
from operations.idempotency import Request
from operations.loading import CaseRow, ReferralRow
from operations.refusals import Refuse, StaleVersion, StatementRefused, illegal
from operations.results import Done, of_statement
from operations.submissions import Submission, SubmissionInput, read

AHEAD = timedelta(minutes=5)  # as far as two clocks may differ
VALID_FOR = timedelta(hours=72)  # an envelope signed on a request older than this is made anew


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    case_id: UUID
    case: CaseRow | None = None  # of referral.sent
    referral: ReferralRow | None = None  # of every other act
    handover_version: int = 0
    opens_case: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    after: Referral
    preview: Preview | None = None


async def submit(
    desk: Desk, by: Principal, given: SubmissionInput, *, kind: type[ReferralStatement], mutation: str
) -> Done:
    """Enter the statement of this kind; raises `Refuse`."""
    submission = read(given, kind, by.party)
    asked = idempotency.request(by, mutation, given.idempotency_key, submission.content)
    async with transaction(desk.databases.app, asker(by)) as tx:
        await idempotency.hold(tx, (idempotency.lock_name(asked), f"statement\n{submission.id}"))
        before = await _answered_before(tx, asked, submission)
        try:
            done = before or await _enter(tx, desk, asked, submission)
        except Refuse as refuse:
            raise refusals.signed(refuse, lambda rule: _refusal(desk, submission, rule, tx.at)) from refuse
    desk.databases.bell.ring()
    return done


def _refusal(desk: Desk, submission: Submission, rule: str, at: datetime) -> str:
    """The host's signed refusal of this statement: with it, the province can show that it was not idle."""
    said = Refusal(log=desk.origin, statement=submission.id, rule=rule, at=at)
    return envelopes.encode(receipts.sign_refusal(said, desk.host)).decode()


async def _answered_before(tx: Transaction, asked: Request, submission: Submission) -> Done | None:
    entered = select(ledger_entry.c.index).where(
        ledger_entry.c.statement == submission.id, ledger_entry.c.party == asked.by.party
    )
    if (await tx.connection.execute(entered)).first() is not None:
        return of_statement(submission.statement, submission.id)
    return await idempotency.remembered(tx, asked)


async def _enter(tx: Transaction, desk: Desk, asked: Request, submission: Submission) -> Done:
    opened = _opened(submission)
    loaded = await _load(tx, asked.by.party, submission, opened)
    await admitting.lock_key(tx, submission.question.key)
    known = await admitting.facts(tx, submission.question, log=desk.origin, agreement=desk.agreement.sha256)
    admitting.admit(submission.envelope, known, tx.at)
    _require_fresh(submission.statement, tx.at)
    judged = await _judge(tx, desk, loaded, submission, opened, tx.at)
    moved = saving.Moved(
        statement=submission.statement,
        id=submission.id,
        case_id=loaded.case_id,
        before=None if loaded.referral is None else loaded.referral.referral,
        after=judged.after,
        version=0 if loaded.referral is None else loaded.referral.version,
        handover_version=loaded.handover_version,
        opened=opened,
        openings=submission.openings,
        preview=judged.preview,
        opens_case=loaded.opens_case,
    )
    done = of_statement(submission.statement, submission.id)

    def remembered(_: FromClause) -> Insert:
        return idempotency.remember(asked, done, tx.at)

    try:
        appended = await journal.append(
            tx.connection, entry_of(submission, judged.after), *saving.changes(moved), remembered
        )
    except IntegrityError as found:
        raise _sent_by_others(found) from found
    told = events.of(moved.before, judged.after)
    await outbox.put(tx.connection, appended.index, appended.at, told)
    if appended.at != tx.at:
        admitting.admit(submission.envelope, known, appended.at)
        await _judge(tx, desk, loaded, submission, opened, appended.at)
    return done


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
    """See docs/decisions/0005: an envelope from the future would never grow old."""
    claimed = instants.spell(statement.claimed_at)
    if statement.claimed_at - at > AHEAD:
        message = (
            f"Mengaku disiapkan {claimed}, di masa depan; periksa jam. / "
            f"Claims to be prepared {claimed}, in the future; check the clock."
        )
        raise Refuse(StatementRefused(message=message, rule="STATEMENT_EXPIRED"))
    if at - statement.claimed_at > VALID_FOR:
        message = (
            f"Disiapkan {claimed}, lebih dari 72 jam yang lalu; siapkan lagi. / "
            f"Prepared {claimed}, more than 72 hours ago; prepare it anew."
        )
        raise Refuse(StatementRefused(message=message, rule="STATEMENT_EXPIRED"))


async def _load(tx: Transaction, party: str, submission: Submission, opened: Mapping[str, JSON]) -> _Loaded:
    statement = submission.statement
    match statement:
        case ReferralSent():
            return await _load_case(tx, party, submission, opened)
        case HandoverReceived() | HandoverRefused():
            return await _load_handover(tx, submission, statement.referral, statement.release)
        case ReferralAccepted():
            loaded = await _load_referral(tx, submission, statement.referral)
            open_already = await loading.has_access(tx, loaded.case_id, party)
            return _Loaded(case_id=loaded.case_id, referral=loaded.referral, opens_case=not open_already)
        case (
            ReferralAcknowledged()
            | ReferralDeclined()
            | ReferralWithdrawn()
            | FitnessCertified()
            | HandoverReleased()
            | ReferralExpired()
        ):
            return await _load_referral(tx, submission, statement.referral)
    assert_never(statement)


async def _load_case(tx: Transaction, party: str, submission: Submission, opened: Mapping[str, JSON]) -> _Loaded:
    named = opened["case"]
    readable = isinstance(named, str) and re.fullmatch("[0-9a-f]{32}", named) is not None
    row = await loading.own_case(tx, UUID(str(named)) if readable else None, party)
    if row is None:
        raise refusals.not_found("openings", "case")
    _require_version(submission, row.version)
    return _Loaded(case_id=UUID(row.case.id), case=row)


async def _load_referral(tx: Transaction, submission: Submission, id: str) -> _Loaded:
    row = await loading.referral_of(tx, UUID(id))
    if row is None:
        raise refusals.not_found("envelope", "referral")
    _require_version(submission, row.version)
    return _Loaded(case_id=row.case_id, referral=row)


async def _load_handover(tx: Transaction, submission: Submission, id: str, release: str) -> _Loaded:
    row = await loading.referral_of(tx, UUID(id))
    if row is None:
        raise refusals.not_found("envelope", "referral")
    version = row.handover_versions.get(release)
    if version is None:
        raise refusals.not_found("envelope", "release")
    _require_version(submission, version)
    return _Loaded(case_id=row.case_id, referral=row, handover_version=version)


def _require_version(submission: Submission, version: int) -> None:
    if submission.expected_version != version:
        raise Refuse(StaleVersion(current_version=version))


async def _judge(
    tx: Transaction, desk: Desk, loaded: _Loaded, submission: Submission, opened: Mapping[str, JSON], at: datetime
) -> _Judged:
    """The referral as this statement leaves it at that time; raises `Refuse`."""
    before = None if loaded.referral is None else loaded.referral.referral
    preview = None
    if loaded.case is not None and isinstance(submission.statement, ReferralSent):
        preview = await _require_as_the_case_says(tx, desk, loaded.case, submission.statement, opened, at)
    after = replays.move(before, submission.statement, id=submission.id, at=at, agreement=desk.agreement, opened=opened)
    if not isinstance(after, Referral):
        raise illegal(after, "envelope")
    return _Judged(after=after, preview=preview)


async def _require_as_the_case_says(
    tx: Transaction, desk: Desk, row: CaseRow, statement: ReferralSent, opened: Mapping[str, JSON], at: datetime
) -> Preview:
    """What a referral tells is what its case says; raises `Refuse` otherwise."""
    case = row.case
    targets = await loading.open_targets(tx, case, apart_from=statement.referral)
    drafted = drafts.draft(
        case,
        await loading.person_of(tx, case),
        id=statement.referral,
        to=statement.to,
        by=statement.party,
        at=at,
        agreement=desk.agreement,
        open_targets=targets,
    )
    if not isinstance(drafted, Draft):
        raise illegal(drafted, "envelope")
    said = replays.drafted(statement, opened)
    if not isinstance(said, Draft):
        raise illegal(said, "openings")
    differs = drafts.differs(drafted, said)
    if differs is not None:
        raise illegal(differs, "openings")
    preview = drafts.preview(said.facts)
    if not isinstance(preview, Preview):
        raise illegal(preview, "openings")
    return preview
