"""Vulnerabilities: why a person needs more than the usual care.

Promise: a set of vulnerabilities has one written form. Rules: no vulnerability is the empty set, not a member.
Elsewhere: what trafficking victims' protection means for a referral, `casework.cases`.
"""

from collections.abc import Iterable
from enum import StrEnum


class Vulnerability(StrEnum):
    CHILD = "CHILD"
    WOMAN = "WOMAN"
    ELDERLY = "ELDERLY"
    DISABILITY = "DISABILITY"
    PREGNANT = "PREGNANT"
    ILL = "ILL"
    VICTIM_OF_VIOLENCE = "VICTIM_OF_VIOLENCE"
    VICTIM_OF_TRAFFICKING = "VICTIM_OF_TRAFFICKING"


def ordered(vulnerabilities: Iterable[Vulnerability]) -> tuple[Vulnerability, ...]:
    """Each once, in the order above: the same set always gives the same bytes under a commitment."""
    chosen = frozenset(vulnerabilities)
    return tuple(vulnerability for vulnerability in Vulnerability if vulnerability in chosen)
