"""The acts, each a root field with one `input`.

Promise: a resolver calls exactly one operation and hands over which objects the payload speaks of; it reads nothing.
Elsewhere: what happens, `operations`; how the payload is read, `reading`; how the root fields run, `schema.execution`.
"""

from collections.abc import Sequence

import strawberry

import operations.cases
import operations.fitness
import operations.handovers
import operations.obligations
import operations.preparing
import operations.referrals
from schema import translations
from schema.directives import Cost, Requires
from schema.handing import Info, hand, key_of
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


async def _send_referral(info: Info, input: StatementInput) -> ReferralPayload:
    given = translations.submission(input)
    return hand(info, await operations.referrals.send(info.context.desk, info.context.by, given), ReferralPayload)


async def _acknowledge_referral(info: Info, input: StatementInput) -> ReferralPayload:
    given = translations.submission(input)
    return hand(
        info, await operations.referrals.acknowledge(info.context.desk, info.context.by, given), ReferralPayload
    )


async def _accept_referral(info: Info, input: StatementInput) -> ReferralPayload:
    given = translations.submission(input)
    return hand(info, await operations.referrals.accept(info.context.desk, info.context.by, given), ReferralPayload)


async def _decline_referral(info: Info, input: StatementInput) -> ReferralPayload:
    given = translations.submission(input)
    return hand(info, await operations.referrals.decline(info.context.desk, info.context.by, given), ReferralPayload)


async def _withdraw_referral(info: Info, input: StatementInput) -> ReferralPayload:
    given = translations.submission(input)
    return hand(info, await operations.referrals.withdraw(info.context.desk, info.context.by, given), ReferralPayload)


async def _certify_fitness(info: Info, input: StatementInput) -> FitnessPayload:
    given = translations.submission(input)
    return hand(info, await operations.fitness.certify(info.context.desk, info.context.by, given), FitnessPayload)


async def _release_handover(info: Info, input: StatementInput) -> HandoverPayload:
    given = translations.submission(input)
    return hand(info, await operations.handovers.release(info.context.desk, info.context.by, given), HandoverPayload)


async def _receive_handover(info: Info, input: StatementInput) -> HandoverPayload:
    given = translations.submission(input)
    return hand(info, await operations.handovers.receive(info.context.desk, info.context.by, given), HandoverPayload)


async def _refuse_handover(info: Info, input: StatementInput) -> HandoverPayload:
    given = translations.submission(input)
    return hand(info, await operations.handovers.refuse(info.context.desk, info.context.by, given), HandoverPayload)


async def _offer_waiver(info: Info, input: StatementInput) -> ObligationPayload:
    given = translations.submission(input)
    done = await operations.obligations.offer_waiver(info.context.desk, info.context.by, given)
    return hand(info, done, ObligationPayload)


async def _agree_waiver(info: Info, input: StatementInput) -> ObligationPayload:
    given = translations.submission(input)
    done = await operations.obligations.agree_waiver(info.context.desk, info.context.by, given)
    return hand(info, done, ObligationPayload)


async def _offer_pause(info: Info, input: StatementInput) -> ObligationPayload:
    given = translations.submission(input)
    done = await operations.obligations.offer_pause(info.context.desk, info.context.by, given)
    return hand(info, done, ObligationPayload)


async def _agree_pause(info: Info, input: StatementInput) -> ObligationPayload:
    given = translations.submission(input)
    done = await operations.obligations.agree_pause(info.context.desk, info.context.by, given)
    return hand(info, done, ObligationPayload)


async def _resume_obligation(info: Info, input: StatementInput) -> ObligationPayload:
    given = translations.submission(input)
    done = await operations.obligations.resume(info.context.desk, info.context.by, given)
    return hand(info, done, ObligationPayload)


async def _answer_discrepancy(info: Info, input: StatementInput) -> HandoverPayload:
    given = translations.submission(input)
    done = await operations.handovers.answer_discrepancy(info.context.desk, info.context.by, given)
    return hand(info, done, HandoverPayload)


async def _record_bast(info: Info, input: StatementInput) -> HandoverPayload:
    given = translations.submission(input)
    done = await operations.handovers.record_bast(info.context.desk, info.context.by, given)
    return hand(info, done, HandoverPayload)


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
    send_referral: ReferralPayload = strawberry.mutation(resolver=_send_referral, directives=_needs("referrals:write"))
    acknowledge_referral: ReferralPayload = strawberry.mutation(
        resolver=_acknowledge_referral, directives=_needs("referrals:write")
    )
    accept_referral: ReferralPayload = strawberry.mutation(
        resolver=_accept_referral, directives=_needs("referrals:write")
    )
    decline_referral: ReferralPayload = strawberry.mutation(
        resolver=_decline_referral, directives=_needs("referrals:write")
    )
    withdraw_referral: ReferralPayload = strawberry.mutation(
        resolver=_withdraw_referral, directives=_needs("referrals:write")
    )
    certify_fitness: FitnessPayload = strawberry.mutation(
        resolver=_certify_fitness, directives=_needs("handovers:release")
    )
    release_handover: HandoverPayload = strawberry.mutation(
        resolver=_release_handover, directives=_needs("handovers:release")
    )
    receive_handover: HandoverPayload = strawberry.mutation(
        resolver=_receive_handover, directives=_needs("handovers:receive")
    )
    refuse_handover: HandoverPayload = strawberry.mutation(
        resolver=_refuse_handover, directives=_needs("handovers:receive")
    )
    offer_waiver: ObligationPayload = strawberry.mutation(
        resolver=_offer_waiver, directives=_needs("obligations:write")
    )
    agree_waiver: ObligationPayload = strawberry.mutation(
        resolver=_agree_waiver, directives=_needs("obligations:write")
    )
    offer_pause: ObligationPayload = strawberry.mutation(resolver=_offer_pause, directives=_needs("obligations:write"))
    agree_pause: ObligationPayload = strawberry.mutation(resolver=_agree_pause, directives=_needs("obligations:write"))
    resume_obligation: ObligationPayload = strawberry.mutation(
        resolver=_resume_obligation, directives=_needs("obligations:write")
    )
    answer_discrepancy: HandoverPayload = strawberry.mutation(
        resolver=_answer_discrepancy, directives=_needs("handovers:release")
    )
    record_bast: HandoverPayload = strawberry.mutation(
        resolver=_record_bast, directives=_needs("obligations:write|handovers:receive|handovers:release")
    )
