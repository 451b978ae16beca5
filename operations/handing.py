"""What happens on the way, as changes of rows: certificates, conditions, handovers, answers, papers.

Promise: each statement writes exactly the rows that tell it, and takes their times from its entry.
Rules: a handover's row is settled once and answered once, each as the next version of what was loaded.
Elsewhere: reading these rows, `operations.legs`; the referral's own, `operations.saving`.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import FromClause, Insert, Update, insert, update

from casework import facts, handovers
from casework.conditions import Condition
from casework.handovers import Handover
from database.journal import Change
from database.tables import condition_report, fitness_certificate, handover, handover_paper
from ledger.statements import (
    BastRecorded,
    DiscrepancyAnswered,
    FitnessCertified,
    HandoverReceived,
    HandoverRefused,
    HandoverReleased,
)
from operations import seals
from operations.moves import Moved, at

OnTheWay: TypeAlias = FitnessCertified | HandoverReleased | HandoverReceived | HandoverRefused | DiscrepancyAnswered


def changes(moved: Moved, statement: OnTheWay) -> Iterator[Change]:
    match statement:
        case FitnessCertified():
            yield _certified(moved)
        case HandoverReleased():
            yield _reported(moved)
            yield _released(moved)
        case HandoverReceived() | HandoverRefused():
            if moved.opened["condition"] is not None:
                yield _reported(moved)
            yield _settled(moved, statement.release)
        case DiscrepancyAnswered():
            yield _answered(moved, statement.receipt)
        case _:
            assert_never(statement)


def recorded(moved: Moved, statement: BastRecorded) -> Change:
    """One end's paper of a release or of its answer."""
    told = handovers.told_by(moved.after.handovers, statement.handover)
    if told is None:
        raise ValueError("a paper is recorded of a handover that is there")

    def change(e: FromClause) -> Insert:
        return insert(handover_paper).values(
            statement=moved.id,
            handover_id=told.id,
            party=statement.party,
            sha256=statement.sha256,
            of="RELEASE" if statement.handover == told.release else "RECEIPT",
            recorded_at=at(e),
        )

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
            certified_at=at(e),
            statement=moved.id,
        )

    return change


def _reported(moved: Moved) -> Change:
    told = facts.condition(moved.opened)
    if not isinstance(told, Condition):
        raise ValueError("a condition is told that can be read")

    def change(_: FromClause) -> Insert:
        return insert(condition_report).values(
            id=UUID(moved.id[:32]),
            case_id=moved.case_id,
            party=moved.statement.party,
            statement=moved.id,
            person_id=moved.person_id,
            sealed=seals.condition(moved.sealing, moved.id, told),
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
            released_at=at(e),
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
            settled_at=at(e),
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


def _answered(moved: Moved, receipt: str) -> Change:
    answered = handovers.settled_by(moved.after.handovers, receipt)
    if answered is None:
        raise ValueError("what is answered was settled")

    def change(e: FromClause) -> Update:
        changed = update(handover).values(
            answered_at=at(e), answer_statement=moved.id, version=moved.handover_version + 1
        )
        return changed.where(handover.c.id == answered.id, handover.c.version == moved.handover_version)

    return change
