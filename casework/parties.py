"""Who can act: provinces of the agreement, the host, the forum, auditors and witnesses.

Promise: a party's code says of what kind it is; an unreadable code is of no kind.
Rules: provinces are named by ISO 3166-2; `HOST` runs the service and may only note what time alone decides;
`FORUM` is all parties signing together; auditors and witnesses have a name of their own and never act on a case.
Elsewhere: which provinces have signed is agreement data, `casework.agreements`.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

HOST = "HOST"
FORUM = "FORUM"

_PROVINCE = re.compile(r"ID-[A-Z]{2}")
_NAMED = re.compile(r"(AUDITOR|WITNESS):[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Kind(StrEnum):
    PROVINCE = "PROVINCE"
    HOST = "HOST"
    FORUM = "FORUM"
    AUDITOR = "AUDITOR"
    WITNESS = "WITNESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A province that has signed the agreement."""

    code: str
    name: str
    kemendagri_code: str
    time_zone: str  # IANA name, for display only
    utc_offset_minutes: int  # deadlines are counted with this: an audit years later must count the same
    calendar: str

    @property
    def offset(self) -> timedelta:
        return timedelta(minutes=self.utc_offset_minutes)


def kind_of(code: str) -> Kind | None:
    """The kind of party a code names; None for anything that is not exactly a party's code."""
    if _PROVINCE.fullmatch(code):
        return Kind.PROVINCE
    if code in (HOST, FORUM):
        return Kind(code)
    named = _NAMED.fullmatch(code)
    return Kind(named.group(1)) if named else None
