"""Sealed facts once opened: unknown is not judged, empty is missing, and nothing unreadable is let through."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from casework import facts
from casework.categories import Category
from casework.conditions import ITEMS, Condition, Grade
from casework.drafts import Facts
from casework.facts import Opened, Unmet
from casework.fitness import Fitness
from casework.persons import AgeBand, Sex
from casework.refusals import FactMissing, FactUnreadable, Refusal
from casework.risks import Risk
from casework.vulnerabilities import Vulnerability

TOLD: dict[str, object] = {
    "age_band": "13-17",
    "case": "c" * 32,
    "category": "ANAK_TERLANTAR",
    "risk": "LOW",
    "sex": "FEMALE",
    "vulnerability": ["CHILD", "ILL"],
}
WELL: dict[str, object] = dict.fromkeys(ITEMS, "GOOD")


def _refused(read: Callable[[Opened], object], opened: Opened) -> Refusal:
    with pytest.raises(Unmet) as unmet:
        read(opened)
    return unmet.value.refusal


def test_a_referrals_facts_are_read() -> None:
    assert facts.of_referral(TOLD) == Facts(
        age_band=AgeBand.AGE_13_17,
        case="c" * 32,
        category=Category.ANAK_TERLANTAR,
        risk=Risk.LOW,
        sex=Sex.FEMALE,
        vulnerabilities=(Vulnerability.CHILD, Vulnerability.ILL),
    )
    assert facts.of_referral({**TOLD, "vulnerability": []}).vulnerabilities == ()


def test_what_is_not_opened_is_unknown() -> None:
    assert facts.of_referral({}) == Facts()
    assert facts.of_referral({"risk": "HIGH"}) == Facts(risk=Risk.HIGH)
    assert facts.condition({}) is None
    assert facts.instant({}, "happened_at") is None
    assert facts.word({}, "fitness", Fitness) is None


@pytest.mark.parametrize("name", TOLD)
def test_a_fact_left_empty_is_missing(name: str) -> None:
    assert _refused(facts.of_referral, {**TOLD, name: None}) == FactMissing(name=name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age_band", "AGE_13_17"),
        ("age_band", 13),
        ("case", "C" * 32),
        ("case", "c" * 33),
        ("case", 7),
        ("category", "PENGEMIS "),
        ("category", ["PENGEMIS"]),
        ("risk", "low"),
        ("risk", True),
        ("sex", {}),
        ("vulnerability", "CHILD"),
        ("vulnerability", ["CHILD", "CHILD"]),
        ("vulnerability", ["ILL", "CHILD"]),
        ("vulnerability", ["POOR"]),
        ("vulnerability", [None]),
    ],
)
def test_a_fact_that_is_not_a_known_word_is_unreadable(name: str, value: object) -> None:
    assert _refused(facts.of_referral, {**TOLD, name: value}) == FactUnreadable(name=name)


def test_a_condition_is_read() -> None:
    assert facts.condition({"condition": {**WELL, "injury": "POOR"}}) == Condition(
        **{**dict.fromkeys(ITEMS, Grade.GOOD), "injury": Grade.POOR}
    )


@pytest.mark.parametrize(
    "value",
    [
        "GOOD",
        [],
        {},
        {**WELL, "teeth": "GOOD"},
        {name: "GOOD" for name in ITEMS[1:]},
        {**WELL, "injury": "BAD"},
        {**WELL, "injury": None},
        {**WELL, "injury": 1},
    ],
)
def test_a_condition_has_six_graded_items(value: object) -> None:
    assert _refused(facts.condition, {"condition": value}) == FactUnreadable(name="condition")
    assert _refused(lambda opened: facts.condition(opened, optional=True), {"condition": value}) == FactUnreadable(
        name="condition"
    )


def test_a_condition_may_be_empty_only_where_nobody_was_examined() -> None:
    assert _refused(facts.condition, {"condition": None}) == FactMissing(name="condition")
    assert facts.condition({"condition": None}, optional=True) is None
    assert facts.condition({}, optional=True) is None
    assert facts.condition({"condition": WELL}, optional=True) is not None


def test_an_instant_is_read_or_empty() -> None:
    assert facts.instant({"t": "2026-03-02T03:00:00Z"}, "t") == datetime(2026, 3, 2, 3, tzinfo=UTC)
    assert facts.instant({"t": None}, "t") is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2026-03-02T03:00:00",
        "2026-03-02T03:00:00+00:00",
        "2026-03-02T03:00:00.5Z",
        "2026-02-30T03:00:00Z",
        "2026-03-02T24:00:01Z",
        "2026-03-02 03:00:00Z",
        1772420400,
    ],
)
def test_an_instant_has_one_spelling(value: object) -> None:
    assert _refused(lambda opened: facts.instant(opened, "t"), {"t": value}) == FactUnreadable(name="t")


def test_words_are_words_or_empty() -> None:
    facts.texts({"place": "Terminal Purabaya", "officer": None}, "place", "officer", "carrier")
    facts.texts({"officer": "Nur\u200d Aini"}, "officer")  # a joiner among letters is a way of writing
    for value in ("", "  ", 7, ["x"], "\u200b\u00a0", "\u2060", "\x00", "Bus\n12", "Bus \x1b[2J", "Bus\x85"):
        assert _refused(lambda opened: facts.texts(opened, "place"), {"place": value}) == FactUnreadable(name="place")


def test_what_an_act_leaves_empty_must_be_empty() -> None:
    facts.empty({}, "reason")
    facts.empty({"reason": None}, "reason")
    assert _refused(lambda opened: facts.empty(opened, "reason"), {"reason": "OTHER"}) == FactUnreadable(name="reason")


def test_an_instant_that_must_be_told_and_words_that_need_not_be() -> None:
    told = {"happened_at": "2026-03-02T03:00:00Z", "paper": "ab", "note": None}
    assert facts.told_instant(told, "happened_at") == datetime(2026, 3, 2, 3, tzinfo=UTC)
    assert facts.told_instant({}, "happened_at") is None
    with pytest.raises(Unmet) as unmet:
        facts.told_instant({"happened_at": None}, "happened_at")
    assert unmet.value.refusal == FactMissing(name="happened_at")
    assert [facts.text(told, name) for name in ("paper", "note", "absent")] == ["ab", None, None]
    with pytest.raises(Unmet):
        facts.text({"paper": 7}, "paper")
