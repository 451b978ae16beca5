"""`--as-of`: an instant as people and programs write it, and as we tell it.

Promise: an RFC 3339 instant in whole seconds, with whatever offset, or one clear sentence; never a guess at a zone.
Elsewhere: the one spelling that the ledger knows, `ledger.instants`.
"""

import re
from datetime import UTC, datetime
from typing import Final

from cli.audit.endings import Stopped
from ledger import instants

FORM: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(\.0+)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


def read(text: str) -> datetime:
    """The instant that a text names."""
    form = FORM.fullmatch(text.strip())
    try:
        if form is None:
            raise ValueError("not of the form")
        offset = "+00:00" if form["offset"] in "Zz" else form["offset"]
        return datetime.fromisoformat(f"{form['day']}T{form['time']}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Stopped(
            "--as-of is an RFC 3339 instant in whole seconds and with its offset",
            advice="For example 2026-03-31T23:59:59+07:00, or 2026-03-31T16:59:59Z.",
        ) from None


def spell(at: datetime | None) -> str | None:
    """As the ledger spells instants; None where there is none."""
    return None if at is None else instants.spell(at)
