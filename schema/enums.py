"""The closed lists of the public language.

Promise: a member's name is the word in GraphQL and in Python; its value is the one that is kept in the database. Where
GraphQL cannot spell a kept word (`referral.decide`), the two differ.
Rules: a list that the rules know is the rules' own, only named here; a list of its own is one that they do not need.
Elsewhere: what the words mean, `glossary.toml`; which may follow which, `casework`.
"""

import enum
from typing import TypeAlias

import strawberry

import casework.cases
import casework.categories
import casework.conditions
import casework.duties
import casework.fitness
import casework.handovers
import casework.obligations
import casework.outcomes
import casework.papers
import casework.persons
import casework.reasons
import casework.risks
import casework.terms
import casework.vulnerabilities

CaseStatus: TypeAlias = casework.cases.Status
Category: TypeAlias = casework.categories.Category
ConditionGrade: TypeAlias = casework.conditions.Grade
DeclineReason: TypeAlias = casework.reasons.DeclineReason
Fitness: TypeAlias = casework.fitness.Fitness
HandoverStatus: TypeAlias = casework.handovers.Status
ObligationEnding: TypeAlias = casework.obligations.Ending
ObligationKind: TypeAlias = casework.duties.Kind
ObligationState: TypeAlias = casework.obligations.State
Outcome: TypeAlias = casework.outcomes.Outcome
PaperOf: TypeAlias = casework.papers.PaperOf
RefusalReason: TypeAlias = casework.reasons.RefusalReason
Risk: TypeAlias = casework.risks.Risk
Sex: TypeAlias = casework.persons.Sex
TermLength: TypeAlias = casework.terms.Term
Vulnerability: TypeAlias = casework.vulnerabilities.Vulnerability

for _list, _name in (
    (CaseStatus, "CaseStatus"),
    (Category, "Category"),
    (ConditionGrade, "ConditionGrade"),
    (DeclineReason, "DeclineReason"),
    (Fitness, "Fitness"),
    (HandoverStatus, "HandoverStatus"),
    (ObligationEnding, "ObligationEnding"),
    (ObligationKind, "ObligationKind"),
    (ObligationState, "ObligationState"),
    (Outcome, "Outcome"),
    (PaperOf, "PaperOf"),
    (RefusalReason, "RefusalReason"),
    (Risk, "Risk"),
    (Sex, "Sex"),
    (TermLength, "TermLength"),
    (Vulnerability, "Vulnerability"),
):
    strawberry.enum(_list, name=_name)


@strawberry.enum
class ReferralStatus(enum.Enum):
    """Without DRAFT: a draft is nowhere kept, so nobody can be shown one."""

    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    COMPLETED = "COMPLETED"


@strawberry.enum
class SummaryPeriod(enum.Enum):
    ALL = "ALL"
    YEAR = "YEAR"
    QUARTER = "QUARTER"
    MONTH = "MONTH"


@strawberry.enum
class EntryState(enum.Enum):
    LOGGED = "LOGGED"
    PUBLISHED = "PUBLISHED"
    WITNESSED = "WITNESSED"


@strawberry.enum
class ErrorCode(enum.Enum):
    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    ILLEGAL_MOVE = "ILLEGAL_MOVE"
    STALE_VERSION = "STALE_VERSION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    COMMITMENT_MISMATCH = "COMMITMENT_MISMATCH"
    STATEMENT_REFUSED = "STATEMENT_REFUSED"
