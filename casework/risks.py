"""Risk classes of an assessed case, from which the terms of a referral follow.

Promise: a risk decides how soon a referral is to be answered, and nothing else.
Rules: an emergency must be acknowledged faster; a high risk and an emergency must be decided faster.
Elsewhere: the terms themselves are agreement data,
`casework.agreements`; that they are owed without the log telling which, `casework.urgencies`.
"""

from enum import StrEnum


class Risk(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    EMERGENCY = "EMERGENCY"


def is_emergency(risk: Risk) -> bool:
    return risk is Risk.EMERGENCY


def is_high(risk: Risk) -> bool:
    return risk in (Risk.HIGH, Risk.EMERGENCY)
