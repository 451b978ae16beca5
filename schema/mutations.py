"""The acts, each a root field with one `input`.

Promise: a resolver calls exactly one operation and hands over which objects the payload speaks of; it reads nothing.
Elsewhere: what happens, `operations`; how the payload is read, `reading`; how the root fields run, `schema.execution`.
"""

from collections.abc import Sequence

import strawberry

from schema.directives import Cost, Requires
from schema.handing import Info
from schema.inputs import AssessCaseInput, CloseCaseInput, OpenCaseInput, StatementInput
from schema.payloads import CasePayload, FitnessPayload, HandoverPayload, PreparedStatementPayload, ReferralPayload
from schema.preparations import PrepareStatementInput


def _needs(*scopes: str) -> Sequence[object]:
    return [*(Requires(scope=scope) for scope in scopes), Cost(weight=10)]


async def _open_case(info: Info, input: OpenCaseInput) -> CasePayload:
    raise NotImplementedError


async def _assess_case(info: Info, input: AssessCaseInput) -> CasePayload:
    raise NotImplementedError


async def _close_case(info: Info, input: CloseCaseInput) -> CasePayload:
    raise NotImplementedError


async def _prepare_statement(info: Info, input: PrepareStatementInput) -> PreparedStatementPayload:
    raise NotImplementedError


async def _send_referral(info: Info, input: StatementInput) -> ReferralPayload:
    raise NotImplementedError


async def _acknowledge_referral(info: Info, input: StatementInput) -> ReferralPayload:
    raise NotImplementedError


async def _accept_referral(info: Info, input: StatementInput) -> ReferralPayload:
    raise NotImplementedError


async def _decline_referral(info: Info, input: StatementInput) -> ReferralPayload:
    raise NotImplementedError


async def _withdraw_referral(info: Info, input: StatementInput) -> ReferralPayload:
    raise NotImplementedError


async def _certify_fitness(info: Info, input: StatementInput) -> FitnessPayload:
    raise NotImplementedError


async def _release_handover(info: Info, input: StatementInput) -> HandoverPayload:
    raise NotImplementedError


async def _receive_handover(info: Info, input: StatementInput) -> HandoverPayload:
    raise NotImplementedError


async def _refuse_handover(info: Info, input: StatementInput) -> HandoverPayload:
    raise NotImplementedError


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
