"""The questions one may ask.

Promise: an unreadable, unknown or foreign id is answered with null, all three alike.
Rules: lists are keyset connections; exactly one of `first` and `last` is given, at most 100.
Elsewhere: the answers, `reading`.
"""

import strawberry

from schema.agreements import Agreement, Me, Party
from schema.cases import Case, CaseConnection, CaseFilter
from schema.declarations import AnsweredByReading, Node
from schema.directives import Cost, Requires
from schema.entries import Checkpoint, LedgerEntryConnection, LedgerEntryFilter
from schema.handovers import Handover
from schema.obligations import Obligation, ObligationConnection, ObligationSummary
from schema.obligations import obligation_summary as _obligation_summary
from schema.obligations import obligations as _obligations
from schema.obligations import work_list as _work_list
from schema.referrals import Referral, ReferralConnection, ReferralFilter


def _ledger_entries(
    first: int | None = strawberry.UNSET,
    after: str | None = strawberry.UNSET,
    last: int | None = strawberry.UNSET,
    before: str | None = strawberry.UNSET,
    filter: LedgerEntryFilter | None = strawberry.UNSET,
) -> LedgerEntryConnection:
    raise AnsweredByReading


@strawberry.type
class Query:
    agreement: Agreement
    parties: list[Party]
    me: Me
    checkpoint: Checkpoint | None

    @strawberry.field
    def node(self, id: strawberry.ID) -> Node | None:
        raise AnsweredByReading

    @strawberry.field
    def case(self, id: strawberry.ID) -> Case | None:
        raise AnsweredByReading

    @strawberry.field
    def cases(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: CaseFilter | None = strawberry.UNSET,
    ) -> CaseConnection:
        raise AnsweredByReading

    @strawberry.field
    def referral(self, id: strawberry.ID) -> Referral | None:
        raise AnsweredByReading

    @strawberry.field
    def referrals(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: ReferralFilter | None = strawberry.UNSET,
    ) -> ReferralConnection:
        raise AnsweredByReading

    @strawberry.field
    def handover(self, id: strawberry.ID) -> Handover | None:
        raise AnsweredByReading

    @strawberry.field
    def obligation(self, id: strawberry.ID) -> Obligation | None:
        raise AnsweredByReading

    obligations: ObligationConnection = strawberry.field(resolver=_obligations)
    work_list: ObligationConnection = strawberry.field(resolver=_work_list)
    obligation_summary: ObligationSummary = strawberry.field(
        resolver=_obligation_summary, directives=[Cost(weight=100)]
    )
    ledger_entries: LedgerEntryConnection = strawberry.field(
        resolver=_ledger_entries, directives=[Requires(scope="ledger:read"), Cost(weight=5)]
    )
