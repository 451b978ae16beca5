"""States that have moved, as the changes of rows that are made together with the entry.

Promise: one statement's changes are complete: what the rules moved, what was opened, who may now see what.
Rules: times are the entry's own (`e.at`), so that rows, evidence and audit tell the same time. A preview goes with the
decision; an accepted case opens to the receiver and closes again when the referral is withdrawn.
Elsewhere: making these changes and the entry in one round trip, `database.journal`; what happens on the way,
`operations.handing`; the rows of what is owed, `operations.owing`.
"""

from collections.abc import Iterator
from typing import assert_never
from uuid import UUID

from sqlalchemy import Delete, FromClause, Insert, Update, delete, insert, update

from casework.referrals import Status
from database.journal import Change
from database.tables import case_access, opening, referral, referral_preview
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
from operations import handing, seals
from operations.moves import Moved, at


def changes(moved: Moved) -> tuple[Change, ...]:
    return (*_acts(moved), *_openings(moved))


def _acts(moved: Moved) -> Iterator[Change]:
    statement = moved.statement
    if isinstance(statement, ReferralSent):
        yield _sent(moved)
        yield _previewed(moved)
        return
    if isinstance(statement, BastRecorded):
        yield handing.recorded(moved, statement)
        return
    if isinstance(statement, Remark | BreachNoted):
        return  # it moves one obligation, whose row is written when the entry's time is known
    yield _moved_on(moved)
    match statement:
        case ReferralAcknowledged():
            pass
        case ReferralAccepted():
            yield _preview_gone(moved)
            if moved.opens_case:
                yield _case_opened(moved)
        case ReferralDeclined() | ReferralExpired() | ReferralWithdrawn():
            yield _preview_gone(moved)
            if isinstance(statement, ReferralWithdrawn):
                yield _case_shut(moved)
        case FitnessCertified() | HandoverReleased() | HandoverReceived() | HandoverRefused() | DiscrepancyAnswered():
            yield from handing.changes(moved, statement)
        case _:
            assert_never(statement)


def _sent(moved: Moved) -> Change:
    after = moved.after

    def change(e: FromClause) -> Insert:
        return insert(referral).values(
            id=UUID(after.id),
            case_id=moved.case_id,
            person_id=moved.person_id,
            from_party=after.sender,
            to_party=after.receiver,
            status=after.status,
            term_acknowledge=after.term_acknowledge,
            term_decide=after.term_decide,
            sent_at=at(e),
            last_statement=moved.id,
            version=1,
        )

    return change


def _moved_on(moved: Moved) -> Change:
    before, after = moved.before, moved.after

    def change(e: FromClause) -> Update:
        told: dict[str, object] = {
            "status": after.status,
            "last_statement": moved.id,
            "version": moved.version + 1,
        }
        for name in ("acknowledged_at", "decided_at", "completed_at"):
            if getattr(after, name) != getattr(before, name):
                told[name] = at(e)
        if after.status is Status.DECLINED:
            told["reason"] = after.reason
        changed = update(referral).values(**told)
        return changed.where(referral.c.id == UUID(after.id), referral.c.version == moved.version)

    return change


def _previewed(moved: Moved) -> Change:
    preview, after = moved.preview, moved.after
    if preview is None:
        raise ValueError("a referral is sent with its preview")

    def change(_: FromClause) -> Insert:
        return insert(referral_preview).values(
            referral_id=UUID(after.id),
            from_party=after.sender,
            to_party=after.receiver,
            age_band=preview.age_band,
            sex=preview.sex,
            category=preview.category,
            protection=preview.protection,
        )

    return change


def _preview_gone(moved: Moved) -> Change:
    def change(_: FromClause) -> Delete:
        return delete(referral_preview).where(referral_preview.c.referral_id == UUID(moved.after.id))

    return change


def _case_opened(moved: Moved) -> Change:
    after = moved.after

    def change(_: FromClause) -> Insert:
        return insert(case_access).values(
            case_id=moved.case_id, party=after.receiver, granted_by=after.sender, referral_id=UUID(after.id)
        )

    return change


def _case_shut(moved: Moved) -> Change:
    def change(_: FromClause) -> Delete:
        return delete(case_access).where(case_access.c.referral_id == UUID(moved.after.id))

    return change


def _openings(moved: Moved) -> Iterator[Change]:
    if not moved.openings:
        return

    def change(_: FromClause) -> Insert:
        return insert(opening).values(
            [
                {
                    "statement": moved.id,
                    "name": each.name,
                    "case_id": moved.case_id,
                    "party": moved.statement.party,
                    "person_id": moved.person_id,
                    "sealed": seals.opening(moved.sealing, moved.id, each),
                }
                for each in moved.openings
            ]
        )

    yield change
