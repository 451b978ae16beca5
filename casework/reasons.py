"""Coded reasons: why a referral is declined, why a person is not taken over.

Promise: no refusal without a reason, and no reason in free text, which could carry a name into a statement.
Rules: codes may be added, never changed in meaning. Elsewhere: the acts that need them, `referrals` and `handovers`.
"""

from enum import StrEnum


class DeclineReason(StrEnum):
    NOT_FROM_HERE = "NOT_FROM_HERE"  # tracing shows another province of origin
    IDENTITY_UNCONFIRMED = "IDENTITY_UNCONFIRMED"
    FAMILY_NOT_FOUND = "FAMILY_NOT_FOUND"
    FAMILY_UNWILLING = "FAMILY_UNWILLING"
    NO_CAPACITY = "NO_CAPACITY"
    NOT_FIT_TO_TRAVEL = "NOT_FIT_TO_TRAVEL"
    SAFETY_RISK = "SAFETY_RISK"  # return would endanger the person
    INCOMPLETE_FILE = "INCOMPLETE_FILE"
    DUPLICATE = "DUPLICATE"
    OTHER = "OTHER"


class RefusalReason(StrEnum):
    WRONG_PERSON = "WRONG_PERSON"
    CONDITION_TOO_POOR = "CONDITION_TOO_POOR"
    NEEDS_HOSPITAL = "NEEDS_HOSPITAL"
    PERSON_UNWILLING = "PERSON_UNWILLING"
    PERSON_ABSENT = "PERSON_ABSENT"
    DOCUMENTS_MISSING = "DOCUMENTS_MISSING"
    NO_CAPACITY = "NO_CAPACITY"
    SAFETY_RISK = "SAFETY_RISK"
    OTHER = "OTHER"
