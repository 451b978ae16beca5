"""States that have moved, as the changes of rows that are made together with the entry.

Promise: one statement's changes are complete: what the rules moved, what was opened, who may now see what.
Rules: times are the entry's own (`e.at`), so that rows, evidence and audit tell the same time. A preview goes with the
decision; an accepted case opens to the receiver and closes again when the referral is withdrawn.
Elsewhere: making these changes and the entry in one round trip, `database.journal`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import Delete, FromClause, Insert, ScalarSelect, Update, delete, insert, select, update

from casework import facts
from casework.conditions import ITEMS
from casework.drafts import Preview
from casework.handovers import Handover
from casework.referrals import Referral, Status
from database.journal import Change
from database.tables import (
    case_access,
    condition_report,
    fitness_certificate,
    handover,
    opening,
    referral,
    referral_preview,
)
from ledger.canonical import JSON
from ledger.commitments import Opening
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One statement and what it has done to one referral."""

    statement: ReferralStatement
    id: str
    case_id: UUID
    before: Referral | None
    after: Referral
    version: int  # of the referral before; 0 before it was sent
    handover_version: int = 0  # of the handover that is settled
    opened: Mapping[str, JSON] = field(default_factory=dict)
    openings: tuple[Opening, ...] = ()
    preview: Preview | None = None  # of referral.sent
    opens_case: bool = False


def changes(moved: Moved) -> tuple[Change, ...]:
    return (*_acts(moved), *_openings(moved))


def _acts(moved: Moved) -> Iterator[Change]:
    statement = moved.statement
    if isinstance(statement, ReferralSent):
        yield _sent(moved)
        yield _previewed(moved)
        return
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
        case FitnessCertified():
            yield _certified(moved)
        case HandoverReleased():
            yield _reported(moved)
            yield _released(moved)
        case HandoverReceived() | HandoverRefused():
            if moved.opened["condition"] is not None:
                yield _reported(moved)
            yield _settled(moved, statement.release)
        case _:
            assert_never(statement)


def _at(e: FromClause) -> ScalarSelect[Any]:
    return select(e.c.at).scalar_subquery()


def _sent(moved: Moved) -> Change:
    after = moved.after

    def change(e: FromClause) -> Insert:
        return insert(referral).values(
            id=UUID(after.id),
            case_id=moved.case_id,
            from_party=after.sender,
            to_party=after.receiver,
            status=after.status,
            term_acknowledge=after.term_acknowledge,
            term_decide=after.term_decide,
            sent_at=_at(e),
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
                told[name] = _at(e)
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


def _certified(moved: Moved) -> Change:
    certificate = moved.after.fitness[-1]

    def change(e: FromClause) -> Insert:
        return insert(fitness_certificate).values(
            id=UUID(moved.id[:32]),
            referral_id=UUID(moved.after.id),
            case_id=moved.case_id,
            leg=certificate.leg,
            party=certificate.party,
            fitness=certificate.fitness,
            certified_at=_at(e),
            statement=moved.id,
        )

    return change


def _reported(moved: Moved) -> Change:
    told = facts.condition(moved.opened)

    def change(_: FromClause) -> Insert:
        return insert(condition_report).values(
            id=UUID(moved.id[:32]),
            case_id=moved.case_id,
            party=moved.statement.party,
            statement=moved.id,
            **{item: getattr(told, item) for item in ITEMS},
        )

    return change


def _released(moved: Moved) -> Change:
    released = moved.after.handovers[-1]

    def change(e: FromClause) -> Insert:
        return insert(handover).values(
            id=released.id,
            referral_id=UUID(moved.after.id),
            case_id=moved.case_id,
            leg=released.leg,
            from_party=released.sender,
            to_party=released.receiver,
            status=released.status,
            term=released.term,
            released_at=_at(e),
            release_statement=moved.id,
            release_condition_id=UUID(moved.id[:32]),
            version=1,
        )

    return change


def _settled(moved: Moved, release: str) -> Change:
    settled = _one(moved.after.handovers, release)

    def change(e: FromClause) -> Update:
        changed = update(handover).values(
            status=settled.status,
            settled_at=_at(e),
            agrees=settled.agrees,
            reason=settled.reason,
            receipt_statement=moved.id,
            receipt_condition_id=None if settled.condition_at_receipt is None else UUID(moved.id[:32]),
            version=moved.handover_version + 1,
        )
        return changed.where(handover.c.id == settled.id, handover.c.version == moved.handover_version)

    return change


def _one(handovers: Iterable[Handover], release: str) -> Handover:
    return next(each for each in handovers if each.release == release)


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
                    "value": each.value,
                    "salt": each.salt,
                }
                for each in moved.openings
            ]
        )

    yield change
