"""Instants: RFC 3339 in UTC, whole seconds, ending in Z.

Promise: exactly one spelling for each instant, and no instant for any other spelling (F2).
"""

import re
from datetime import UTC, datetime, timedelta

PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_FORM = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z", re.ASCII)


def parse(text: str) -> datetime:
    """The instant a text names; ValueError for any other spelling, and for days and hours that do not exist."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"not an instant in whole seconds of UTC: {text[:40]!r}")
    year, month, day, hour, minute, second = (int(digits) for digits in form.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def spell(instant: datetime) -> str:
    """The one spelling of an instant; ValueError unless it is in whole seconds of UTC."""
    if instant.utcoffset() != timedelta(0) or instant.microsecond:
        raise ValueError(f"not in whole seconds of UTC: {instant!r}")
    return instant.replace(tzinfo=None).isoformat() + "Z"
