"""Sealed facts, once opened: from plain JSON values to the words of the rules.

Promise: a fact that is not known is not judged; one that is known must be readable and, where the act means nothing
without it, there.
Rules: a name that is missing from the opened facts is unknown (an auditor without that opening); a name that is there
with null was left empty by its signer. Reading raises `Unmet`, which carries the refusal.
Elsewhere: that a value is the one committed to, `ledger.commitments`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from casework.categories import Category
from casework.conditions import ITEMS, Condition, Grade
from casework.drafts import Facts
from casework.persons import AgeBand, Sex
from casework.refusals import FactMissing, FactUnreadable, Refusal
from casework.risks import Risk
from casework.texts import has_control, is_blank
from casework.vulnerabilities import Vulnerability, ordered

Opened = Mapping[str, object]
Word = TypeVar("Word", bound=StrEnum)

_CASE = re.compile(r"[0-9a-f]{32}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Unmet(Exception):
    """An opened fact is not what the act needs."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def of_referral(opened: Opened) -> Facts:
    return Facts(
        age_band=word(opened, "age_band", AgeBand),
        case=_case(opened),
        category=word(opened, "category", Category),
        risk=word(opened, "risk", Risk),
        sex=word(opened, "sex", Sex),
        vulnerabilities=_vulnerabilities(opened),
    )


def word(opened: Opened, name: str, words: type[Word]) -> Word | None:
    """One of a list, which must be told."""
    value = _told(opened, name)
    if value is None:
        return None
    if not isinstance(value, str) or value not in list(words):
        raise Unmet(FactUnreadable(name=name))
    return words(value)


def empty(opened: Opened, name: str) -> None:
    """A fact that this act leaves empty."""
    if opened.get(name) is not None:
        raise Unmet(FactUnreadable(name=name))


def condition(opened: Opened, *, optional: bool = False) -> Condition | None:
    """Six items, each graded; optional where a person was refused without being examined."""
    if optional and opened.get("condition") is None:
        return None
    value = _told(opened, "condition")
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != set(ITEMS):
        raise Unmet(FactUnreadable(name="condition"))
    return Condition(**{item: _grade(value[item]) for item in ITEMS})


def instant(opened: Opened, name: str) -> datetime | None:
    """RFC 3339 in UTC, whole seconds; may be left empty."""
    value = opened.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        raise Unmet(FactUnreadable(name=name))
    try:
        return datetime.fromisoformat(value[:-1]).replace(tzinfo=UTC)
    except ValueError as error:
        raise Unmet(FactUnreadable(name=name)) from error


def told_instant(opened: Opened, name: str) -> datetime | None:
    """The same, where it may not be left empty."""
    return None if _told(opened, name) is None else instant(opened, name)


def text(opened: Opened, name: str) -> str | None:
    """Words of the signer's own; may be left empty."""
    texts(opened, name)
    value = opened.get(name)
    return value if isinstance(value, str) else None


def texts(opened: Opened, *names: str) -> None:
    """Free words under seal (officer, place ...): not judged, but they must be words that can be read, or empty."""
    for name in names:
        value = opened.get(name)
        if value is not None and (not isinstance(value, str) or is_blank(value) or has_control(value)):
            raise Unmet(FactUnreadable(name=name))


def _told(opened: Opened, name: str) -> object:
    if name in opened and opened[name] is None:
        raise Unmet(FactMissing(name=name))
    return opened.get(name)


def _grade(value: object) -> Grade:
    if not isinstance(value, str) or value not in list(Grade):
        raise Unmet(FactUnreadable(name="condition"))
    return Grade(value)


def _case(opened: Opened) -> str | None:
    value = _told(opened, "case")
    if value is None:
        return None
    if not isinstance(value, str) or _CASE.fullmatch(value) is None:
        raise Unmet(FactUnreadable(name="case"))
    return value


def _vulnerabilities(opened: Opened) -> tuple[Vulnerability, ...] | None:
    value = _told(opened, "vulnerability")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) and each in list(Vulnerability) for each in value):
        raise Unmet(FactUnreadable(name="vulnerability"))
    told = tuple(Vulnerability(each) for each in value)
    if told != ordered(told):  # one set, one written form: each once, in the list's order
        raise Unmet(FactUnreadable(name="vulnerability"))
    return told
