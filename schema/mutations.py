"""The acts, each a root field with one `input`.

Promise: a resolver calls exactly one operation and hands over which objects the payload speaks of; it reads nothing.
Rules: an act that enters a signed statement is one row of `Mutation`: its operation, its payload and its scopes.
Elsewhere: what happens, `operations`; how the payload is read, `reading`; how the root fields run, `schema.execution`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import strawberry

import operations.cases
import operations.fitness
import operations.handovers
import operations.obligations
import operations.preparing
import operations.referrals
from auth.principals import Principal
from operations.desks import Desk
from operations.refusals import Rejected
from operations.results import Done
from operations.submissions import SubmissionInput
from schema import translations
from schema.directives import Cost, Requires
from schema.handing import Info, Payload, hand, key_of
from schema.inputs import AssessCaseInput, CloseCaseInput, OpenCaseInput, StatementInput
from schema.payloads import (
    CasePayload,
    FitnessPayload,
    HandoverPayload,
    ObligationPayload,
    PreparedStatementPayload,
    ReferralPayload,
)
from schema.preparations import PrepareStatementInput


def _needs(*scopes: str) -> Sequence[object]:
    return [*(Requires(scope=scope) for scope in scopes), Cost(weight=10)]


async def _open_case(info: Info, input: OpenCaseInput) -> CasePayload:
    done = await operations.cases.open_case(
        info.context.desk,
        info.context.by,
        idempotency_key=input.idempotency_key,
        number=input.number,
        category=input.category,
        vulnerabilities=input.vulnerabilities,
        person=translations.person(input.person),
    )
    return hand(info, done, CasePayload)


async def _assess_case(info: Info, input: AssessCaseInput) -> CasePayload:
    done = await operations.cases.assess_case(
        info.context.desk,
        info.context.by,
        idempotency_key=input.idempotency_key,
        expected_version=input.expected_version,
        case=key_of("Case", input.case),
        risk=input.risk,
        category=input.category,
        vulnerabilities=input.vulnerabilities,
    )
    return hand(info, done, CasePayload)


async def _close_case(info: Info, input: CloseCaseInput) -> CasePayload:
    done = await operations.cases.close_case(
        info.context.desk,
        info.context.by,
        idempotency_key=input.idempotency_key,
        expected_version=input.expected_version,
        case=key_of("Case", input.case),
        outcome=input.outcome,
    )
    return hand(info, done, CasePayload)


async def _prepare_statement(info: Info, input: PrepareStatementInput) -> PreparedStatementPayload:
    member = translations.member(input)
    if input.referral_sent:  # its openings tell the case's own facts
        info.context.by.require("cases:read")
    if isinstance(member, translations.Remark):  # its body tells which offer stands
        info.context.by.require("obligations:read")
    prepared = await operations.preparing.prepare_statement(
        info.context.desk,
        info.context.by,
        signer=translations.signer(member.signer),
        given=translations.statement(member),
    )
    return hand(info, prepared, PreparedStatementPayload)


Enter: TypeAlias = Callable[[Desk, Principal, SubmissionInput], Awaitable[Done | Rejected]]


def _statement(enter: Enter, payload: type[Payload], *scopes: str) -> Payload:
    """The field of an act that takes a signed envelope; which kind of statement it enters, its operation knows."""

    async def entered(info: Info, input: StatementInput) -> Payload:
        given = translations.submission(input)
        return hand(info, await enter(info.context.desk, info.context.by, given), payload)

    return strawberry.mutation(resolver=entered, directives=_needs(*scopes), graphql_type=payload)


@strawberry.type
class Mutation:
    open_case: CasePayload = strawberry.mutation(
        resolver=_open_case, directives=_needs("cases:write", "identity:write")
    )
    assess_case: CasePayload = strawberry.mutation(resolver=_assess_case, directives=_needs("cases:write"))
    close_case: CasePayload = strawberry.mutation(resolver=_close_case, directives=_needs("cases:write"))
    prepare_statement: PreparedStatementPayload = strawberry.mutation(
        resolver=_prepare_statement, directives=_needs("referrals:read")
    )
    send_referral = _statement(operations.referrals.send, ReferralPayload, "referrals:write")
    acknowledge_referral = _statement(operations.referrals.acknowledge, ReferralPayload, "referrals:write")
    accept_referral = _statement(operations.referrals.accept, ReferralPayload, "referrals:write")
    decline_referral = _statement(operations.referrals.decline, ReferralPayload, "referrals:write")
    withdraw_referral = _statement(operations.referrals.withdraw, ReferralPayload, "referrals:write")
    certify_fitness = _statement(operations.fitness.certify, FitnessPayload, "handovers:release")
    release_handover = _statement(operations.handovers.release, HandoverPayload, "handovers:release")
    receive_handover = _statement(operations.handovers.receive, HandoverPayload, "handovers:receive")
    refuse_handover = _statement(operations.handovers.refuse, HandoverPayload, "handovers:receive")
    offer_waiver = _statement(operations.obligations.offer_waiver, ObligationPayload, "obligations:write")
    agree_waiver = _statement(operations.obligations.agree_waiver, ObligationPayload, "obligations:write")
    offer_pause = _statement(operations.obligations.offer_pause, ObligationPayload, "obligations:write")
    agree_pause = _statement(operations.obligations.agree_pause, ObligationPayload, "obligations:write")
    resume_obligation = _statement(operations.obligations.resume, ObligationPayload, "obligations:write")
    answer_discrepancy = _statement(operations.handovers.answer_discrepancy, HandoverPayload, "handovers:release")
    record_bast = _statement(
        operations.handovers.record_bast, HandoverPayload, "obligations:write|handovers:receive|handovers:release"
    )
