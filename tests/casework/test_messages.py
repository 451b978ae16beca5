"""Every refusal has its words in both languages, and its own code."""

from dataclasses import fields
from datetime import date
from types import UnionType
from typing import Any, get_args

import pytest

from casework import messages, objections, refusals
from casework.refusals import Refusal
from tests.casework.stories import START

KINDS = get_args(Refusal)
VALUES: dict[str, Any] = {
    "at": START,
    "latest": START,
    "instant": START,
    "certified_at": START,
    "usable_until": START,
    "expires_at": START,
    "leg": 2,
    "legs": 1,
    "agrees": True,
    "worsened": ("injury",),
    "allowed": ("SENT", "ACKNOWLEDGED"),
    "day": date(2031, 1, 1),
    "on": date(2031, 1, 1),
    "birth_date": date(2031, 1, 1),
    "due": START,
    "told": START,
    "recorded": START,
}


def test_the_union_holds_every_refusal_once_and_codes_are_unique() -> None:
    assert isinstance(Refusal, UnionType)
    defined = {
        each
        for room in (refusals, objections)
        for each in vars(room).values()
        if isinstance(each, type) and each.__module__ == room.__name__
    }
    assert set(KINDS) == defined
    assert len({kind.code for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_every_refusal_has_its_words(kind: Any) -> None:
    refusal = kind(**{field.name: VALUES.get(field.name, "ID-XX") for field in fields(kind)})
    told = messages.explain(refusal)
    assert told.id.endswith(".")
    assert told.en.endswith(".")
    assert told.id != told.en
    assert messages.message(refusal) == f"{told.id} / {told.en}"


def test_a_condition_wrongly_told_worse_names_no_item() -> None:
    nothing = refusals.AgreesContradicted(agrees=False, worsened=())
    assert messages.explain(nothing).en == "Whether the conditions agree is told wrongly; worse are: -."


def test_instants_are_told_in_utc_to_the_second() -> None:
    assert messages.explain(refusals.NotYetExpired(expires_at=START)).en == (
        "The referral does not expire until 2026-03-02 03:00:00 UTC."
    )
