"""Prepare a statement: what would be signed, judged as if it were, and nothing written.

Promise: what is refused here would be refused when sent; what is prepared can be sent for 72 hours if nothing changes.
Rules: same loading, same judges as `operations.submitting`; the row locks of loading end with this transaction.
Elsewhere: the body, `operations.bodies` and `operations.remarks`; what comes back, `operations.preparations`.
"""

import base64
import secrets
from datetime import datetime
from typing import assert_never
from uuid import UUID

from auth.principals import Principal
from casework import drafts
from casework.drafts import Draft
from casework.handovers import Handover
from casework.obligations import Obligation
from casework.referrals import Referral
from database import trails
from database.transaction import Transaction, transaction
from ledger import canonical, envelopes, replays, sentences, statements
from ledger.commitments import Opening
from ledger.rules import Refused
from ledger.statements import Seen
from operations import admitting, bodies, loading, owing, refusals, remarks, seals
from operations.bodies import Built, Common
from operations.desks import Desk, asker
from operations.preparations import (
    AnswerInput,
    BastRecordedInput,
    DiscrepancyAnsweredInput,
    FitnessCertifiedInput,
    HandoverReceivedInput,
    HandoverRefusedInput,
    HandoverReleasedInput,
    ObligationResumedInput,
    PauseAgreedInput,
    PauseOfferedInput,
    Prepared,
    PreparedOpening,
    PreparedStatement,
    ReferralAcceptedInput,
    ReferralAcknowledgedInput,
    ReferralDeclinedInput,
    ReferralSentInput,
    ReferralWithdrawnInput,
    SignerInput,
    StatementInput,
    WaiverAgreedInput,
    WaiverOfferedInput,
)
from operations.refusals import illegal, not_found, told
from operations.seals import Opener
from operations.submitting import VALID_FOR


@told
async def prepare_statement(desk: Desk, by: Principal, *, signer: SignerInput, given: StatementInput) -> Prepared:
    """A province prepares one statement for its key to sign."""
    async with transaction(desk.databases.app, asker(by)) as tx:
        common = _common(desk, by, signer, tx.at)
        opener = seals.opener(desk, by, trails.digest(f"prepareStatement\n{type(given).__name__}"))
        state, built = await _build(tx, desk, opener, common, given)
        return await _judged(tx, desk, state, built)


def _common(desk: Desk, by: Principal, signer: SignerInput, at: datetime) -> Common:
    return Common(
        log=desk.origin,
        agreement=desk.agreement.sha256,
        party=by.party,
        key=signer.key,
        key_prev=signer.key_prev,
        seen=None if signer.seen is None else Seen(size=signer.seen.size, root=signer.seen.root),
        claimed_at=at,
    )


async def _build(
    tx: Transaction, desk: Desk, opener: Opener, common: Common, given: StatementInput
) -> tuple[Referral | None, Built]:
    match given:
        case ReferralSentInput():
            return None, bodies.sent(common, await _drafted(tx, desk, opener, given))
        case ReferralAcknowledgedInput() | ReferralAcceptedInput() | ReferralDeclinedInput() | ReferralWithdrawnInput():
            return await _answer(tx, opener, common, given)
        case FitnessCertifiedInput() | HandoverReleasedInput():
            state = await _referral(tx, opener, given.referral)
            return state, bodies.of_leg(common, given, state, None)
        case HandoverReceivedInput() | HandoverRefusedInput():
            state, handover = await _handover(tx, opener, given.handover)
            return state, bodies.of_leg(common, given, state, handover)
        case (
            WaiverOfferedInput()
            | WaiverAgreedInput()
            | PauseOfferedInput()
            | PauseAgreedInput()
            | ObligationResumedInput()
        ):
            state, owed = await _owed(tx, opener, given.obligation)
            return state, remarks.remarked(common, given, owed)
        case DiscrepancyAnsweredInput():
            state, handover = await _handover(tx, opener, given.handover)
            return state, remarks.answered(common, given, state, handover)
        case BastRecordedInput():
            state, handover = await _handover(tx, opener, given.handover)
            return state, remarks.recorded(common, given, state, handover)
    assert_never(given)


async def _answer(tx: Transaction, opener: Opener, common: Common, given: AnswerInput) -> tuple[Referral, Built]:
    state = await _referral(tx, opener, given.referral)
    return state, bodies.answered(common, given, state)


async def _drafted(tx: Transaction, desk: Desk, opener: Opener, given: ReferralSentInput) -> Draft:
    row = await loading.own_case(tx, given.case, opener.by.party)
    if row is None:
        raise not_found("case")
    person = await loading.person_of(tx, row.case, opener)
    if person is None:
        raise refusals.erased("case")
    drafted = drafts.draft(
        row.case,
        person,
        id=secrets.token_hex(16),
        to=given.to,
        by=opener.by.party,
        at=tx.at,
        agreement=desk.agreement,
        open_targets=await loading.open_targets(tx, row.case),
    )
    if not isinstance(drafted, Draft):
        raise illegal(drafted)
    return drafted


async def _referral(tx: Transaction, opener: Opener, id: UUID | None) -> Referral:
    row = await loading.referral_of(tx, id, opener)
    if row is None:
        raise not_found("referral")
    return row.referral


async def _handover(tx: Transaction, opener: Opener, id: UUID | None) -> tuple[Referral, Handover]:
    row = await loading.referral_of(tx, await loading.referral_of_handover(tx, id), opener)
    if row is None:
        raise not_found("handover")
    return row.referral, next(each for each in row.referral.handovers if each.id == id)


async def _owed(tx: Transaction, opener: Opener, id: UUID | None) -> tuple[Referral, Obligation]:
    row = await loading.referral_of(tx, await owing.located(tx, id), opener)
    if row is None:
        raise not_found("obligation")
    return row.referral, next(each for each in row.referral.obligations if each.id == id)


async def _judged(tx: Transaction, desk: Desk, state: Referral | None, built: Built) -> Prepared:
    statement = built.statement
    try:
        body = statements.encode(statement)
    except (
        Refused,
        ValueError,
        canonical.NotCanonical,
    ) as found:  # a key name, a link or a checkpoint of the signer's that has no such form
        raise refusals.invalid("signer", id=f"Tidak terbaca: {found}", en=f"Not readable: {found}") from found
    question = admitting.question_of(body, statement.KIND)
    known = await admitting.facts(tx, question, log=desk.origin, agreement=desk.agreement.sha256)
    admitting.admissible(statement, body, question, known, tx.at)
    moved = replays.move(
        state, statement, id=question.statement, at=tx.at, agreement=desk.agreement, opened=built.opened
    )
    if not isinstance(moved, Referral):
        raise illegal(moved)
    payload_type = statements.payload_type(statement.KIND)
    said = sentences.sentence(statement)
    return Prepared(
        statement=PreparedStatement(
            payload_type=payload_type,
            payload=base64.b64encode(body).decode(),
            bytes_to_sign=base64.b64encode(envelopes.pae(payload_type, body)).decode(),
            statement_id=question.statement,
            expires_at=statement.claimed_at + VALID_FOR,
            openings=tuple(_opening(each) for each in built.openings),
            sentence=f"{said.id} / {said.en}",
        )
    )


def _opening(opening: Opening) -> PreparedOpening:
    value = canonical.encode(opening.value).decode()
    return PreparedOpening(name=opening.name, value=value, salt=opening.salt.hex())
