"""A submitted statement judged: the rows that it speaks of, locked and read, and the referral as it leaves it.

Promise: whoever judges by another time judges the same rows; nothing here writes.
Rules: `expectedVersion` is that of what the act changes: the case's for a new referral, the handover's for its answer,
the obligation's for what is said on one, otherwise the referral's. What a referral tells is what its case says.
Elsewhere: entering what was judged, `operations.submitting`; the one function of all moves, `ledger.replays`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from casework import drafts, handovers, obligations
from casework.drafts import Draft, Preview
from casework.persons import Person
from casework.referrals import Referral
from database.transaction import Transaction
from ledger import replays
from ledger.canonical import JSON
from ledger.statements import (
    BastRecorded,
    BreachNoted,
    DiscrepancyAnswered,
    FitnessCertified,
    HandoverReceived,
    HandoverRefused,
    HandoverReleased,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralExpired,
    ReferralSent,
    ReferralWithdrawn,
    Remark,
)
from operations import loading, refusals
from operations.desks import Desk
from operations.loading import CaseRow, ReferralRow
from operations.refusals import Refuse, StaleVersion, illegal
from operations.seals import Opener
from operations.submissions import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    case_id: UUID
    person_id: UUID
    case: tuple[CaseRow, Person] | None = None  # of referral.sent: the case, and whom it is about
    referral: ReferralRow | None = None  # of every other act
    handover_version: int = 0
    opens_case: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    after: Referral
    preview: Preview | None = None


async def load(
    tx: Transaction, party: str, submission: Submission, opened: Mapping[str, JSON], opener: Opener
) -> Loaded:
    statement = submission.statement
    match statement:
        case ReferralSent():
            return await _load_case(tx, opener, party, submission, opened)
        case HandoverReceived() | HandoverRefused():
            return await _load_handover(tx, opener, submission, statement.referral, "release", statement.release)
        case DiscrepancyAnswered():
            return await _load_handover(tx, opener, submission, statement.referral, "receipt", statement.receipt)
        case BastRecorded():
            return await _load_handover(tx, opener, submission, statement.referral, "handover", statement.handover)
        case Remark():
            return await _load_owed(tx, opener, submission, statement)
        case ReferralAccepted():
            loaded = await _load_referral(tx, opener, submission, statement.referral)
            open_already = await loading.has_access(tx, loaded.case_id, party)
            return replace(loaded, opens_case=not open_already)
        case (
            ReferralAcknowledged()
            | ReferralDeclined()
            | ReferralWithdrawn()
            | FitnessCertified()
            | HandoverReleased()
            | ReferralExpired()
            | BreachNoted()
        ):
            return await _load_referral(tx, opener, submission, statement.referral)
    assert_never(statement)


async def _load_case(
    tx: Transaction, opener: Opener, party: str, submission: Submission, opened: Mapping[str, JSON]
) -> Loaded:
    named = opened["case"]
    readable = isinstance(named, str) and re.fullmatch("[0-9a-f]{32}", named) is not None
    row = await loading.own_case(tx, UUID(str(named)) if readable else None, party)
    if row is None:
        raise refusals.not_found("openings", "case")
    _require_version(submission, row.version)
    person = await loading.person_of(tx, row.case, opener)
    if person is None:
        raise refusals.erased("openings", "case")
    return Loaded(case_id=UUID(row.case.id), person_id=UUID(person.id), case=(row, person))


async def _load_referral(tx: Transaction, opener: Opener, submission: Submission, id: str) -> Loaded:
    row = await _located(tx, opener, id)
    _require_version(submission, row.version)
    return Loaded(case_id=row.case_id, person_id=row.person_id, referral=row)


async def _load_handover(
    tx: Transaction, opener: Opener, submission: Submission, id: str, field: str, named: str
) -> Loaded:
    """The handover that the statement `named` released or settled; `field`: where it is named."""
    row = await _located(tx, opener, id)
    found = handovers.told_by(row.referral.handovers, named)
    if found is None:
        raise refusals.not_found("envelope", field)
    version = row.handover_versions[found.release]
    _require_version(submission, version)
    return Loaded(case_id=row.case_id, person_id=row.person_id, referral=row, handover_version=version)


async def _load_owed(tx: Transaction, opener: Opener, submission: Submission, statement: Remark) -> Loaded:
    row, named = await _located(tx, opener, statement.referral), statement.obligation
    owes = obligations.id_of(named.kind, named.opened_by, named.referral)
    owed = next((each for each in row.owed if each.obligation.id == owes), None)
    if owed is None:
        raise refusals.not_found("envelope", "obligation")
    _require_version(submission, owed.version)
    return Loaded(case_id=row.case_id, person_id=row.person_id, referral=row)


async def _located(tx: Transaction, opener: Opener, id: str) -> ReferralRow:
    row = await loading.referral_of(tx, UUID(id), opener)
    if row is None:
        raise refusals.not_found("envelope", "referral")
    return row


def _require_version(submission: Submission, version: int) -> None:
    if submission.expected_version != version:
        raise Refuse(StaleVersion(current_version=version))


async def judge(
    tx: Transaction, desk: Desk, loaded: Loaded, submission: Submission, opened: Mapping[str, JSON], at: datetime
) -> Judged:
    """The referral as this statement leaves it at that time; raises `Refuse`."""
    before = None if loaded.referral is None else loaded.referral.referral
    preview = None
    if loaded.case is not None and isinstance(submission.statement, ReferralSent):
        preview = await _require_as_the_case_says(tx, desk, *loaded.case, submission.statement, opened, at)
    after = replays.move(before, submission.statement, id=submission.id, at=at, agreement=desk.agreement, opened=opened)
    if not isinstance(after, Referral):
        raise illegal(after, "envelope")
    return Judged(after=after, preview=preview)


async def _require_as_the_case_says(
    tx: Transaction,
    desk: Desk,
    row: CaseRow,
    person: Person,
    statement: ReferralSent,
    opened: Mapping[str, JSON],
    at: datetime,
) -> Preview:
    """What a referral tells is what its case says; raises `Refuse` otherwise."""
    case = row.case
    targets = await loading.open_targets(tx, case, apart_from=statement.referral)
    drafted = drafts.draft(
        case,
        person,
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
