"""Payloads: what a mutation gives back, whether it did what it was asked or not.

Promise: `errors` is always there; the objects are null exactly when it is not empty.
Elsewhere: the objects are read by `reading` the way a query reads them, after the act has been committed.
"""

import strawberry

from schema.cases import Case
from schema.entries import LedgerEntry
from schema.errors import UserError
from schema.handovers import Handover
from schema.obligations import Obligation
from schema.preparations import PreparedStatement
from schema.referrals import FitnessCertificate, Referral


@strawberry.type
class CasePayload:
    case: Case | None
    errors: list[UserError]


@strawberry.type
class PreparedStatementPayload:
    prepared_statement: PreparedStatement | None
    errors: list[UserError]


@strawberry.type
class ReferralPayload:
    referral: Referral | None
    entry: LedgerEntry | None
    errors: list[UserError]


@strawberry.type
class FitnessPayload:
    certificate: FitnessCertificate | None
    referral: Referral | None
    entry: LedgerEntry | None
    errors: list[UserError]


@strawberry.type
class HandoverPayload:
    handover: Handover | None
    referral: Referral | None
    entry: LedgerEntry | None
    errors: list[UserError]


@strawberry.type
class ObligationPayload:
    obligation: Obligation | None
    referral: Referral | None
    entry: LedgerEntry | None
    errors: list[UserError]
