"""What a year of the log tells of the people in it, to whoever has every bundle and half of the truth.

Nothing is told by the form: what stands in a statement. By the conduct, what officers do and when, something is, and
the threat model says how much: the figures there are those that are measured here.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from casework.categories import Category
from casework.persons import Sex
from casework.reasons import DeclineReason
from casework.risks import is_high
from ledger import notes, tiles, verifier
from tests.casework.stories import BEFORE
from tests.ledger import adversaries, years
from tests.ledger.adversaries import Features, Seen
from tests.ledger.years import Truth, Year

PEOPLE = 700
SEED = 4  # of five looked at; by the form none tells anything, and in one old terms linked nobody by chance
THREATS = Path(__file__).parents[2] / "docs" / "threat-model.md"
LAST_REASONS = frozenset(list(DeclineReason)[5:])
TARGETS: dict[str, Callable[[Truth], bool]] = {
    "category": lambda truth: truth.category is Category.KORBAN_TRAFFICKING,
    "age": lambda truth: truth.child,
    "sex": lambda truth: truth.sex is Sex.FEMALE,
    "risk": lambda truth: is_high(truth.risk),
    "place": lambda truth: truth.place == "BANDARA",
    "travel time": lambda truth: truth.hours < 8,
}


def form(seen: Seen) -> Features:
    return seen.form


def conduct(seen: Seen) -> Features:
    return seen.conduct


def provinces(seen: Seen) -> Features:
    return {"from": seen.pair[0], "to": seen.pair[1]}


@cache
def year(kind: str = "as it is") -> tuple[Year, list[Seen]]:
    made = {
        "as it is": lambda: years.made(SEED, people=PEOPLE),
        "terms by risk": lambda: years.made(SEED, people=PEOPLE, agreement=BEFORE),
        "one salt": lambda: years.made(SEED, people=PEOPLE, salt=bytes(32)),
        "nobody hurries": lambda: years.made(SEED, people=PEOPLE, hurried=False),
    }[kind]()
    return made, adversaries.read(made.shelf)


def labels(kind: str, target: str) -> list[bool]:
    made, seen = year(kind)
    return [TARGETS[target](made.truths[each.named]) for each in seen]


def windows(kind: str) -> list[tuple[Sequence[Seen], Sequence[bool]]]:
    """Ten rescues of the later half, each with all who were referred from there within the three weeks after it."""
    made, seen = year(kind)
    found: list[tuple[Sequence[Seen], Sequence[bool]]] = []
    known: set[int] = set()
    for each in seen[len(seen) // 2 :]:
        truth = made.truths[each.named]
        if truth.category is not Category.KORBAN_TRAFFICKING or truth.group is None or truth.group in known:
            continue
        known.add(truth.group)
        day = datetime.combine(truth.found, datetime.min.time(), tzinfo=UTC)
        near = [s for s in seen if s.pair[0] == each.pair[0] and day <= s.sent <= day + timedelta(days=23)]
        among = [made.truths[other.named].group == truth.group for other in near]
        if not all(among):
            found.append((near, among))
    return found[:10]


def linked(kind: str, of: Callable[[Seen], Features]) -> tuple[float, float]:
    """By what the earlier half has taught of the trafficked."""
    _, seen = year(kind)
    half = len(seen) // 2
    learnt = adversaries.learn([of(each) for each in seen[:half]], labels(kind, "category")[:half])
    assert len(windows(kind)) == 10
    return adversaries.linked(windows(kind), lambda each: learnt.odds(of(each)))


def test_the_year_is_one_that_an_audit_takes() -> None:
    made, seen = year()
    assert verifier.verify(made.shelf).findings == ()
    assert len(seen) == PEOPLE
    told = [made.truths[each.named] for each in seen]
    trafficked = [is_high(each.risk) for each in told if each.category is Category.KORBAN_TRAFFICKING]
    assert sum(trafficked) / len(trafficked) > 2 * sum(is_high(each.risk) for each in told) / len(told) - 0.1


@pytest.mark.parametrize("target", TARGETS)
def test_what_stands_in_clear_tells_nothing_of_what_is_sealed(target: str) -> None:
    _, seen = year()
    truth = labels("as it is", target)
    assert 40 < sum(truth) < PEOPLE - 40
    assert adversaries.by_one(seen, truth, form, 49) > 0.02
    _, chance = adversaries.by_chance(seen, truth, form, 49)
    assert chance > 0.02


def test_that_somebody_was_declined_is_told_and_not_why() -> None:
    made, seen = year()
    declined = [each for each in seen if made.truths[each.named].reason is not None]
    assert [each.conduct["acts"] for each in declined if "declined" not in str(each.conduct["acts"])] == []
    why = [made.truths[each.named].reason in LAST_REASONS for each in declined]
    assert 10 < sum(why) < len(why) - 10
    for of in (form, conduct):
        assert adversaries.by_one(declined, why, of, 49) > 0.02


@pytest.mark.parametrize(
    ("kind", "target"), [("terms by risk", "risk"), ("terms by risk", "category"), ("one salt", "sex")]
)
def test_a_format_that_told_something_would_be_found_out(kind: str, target: str) -> None:
    """Terms that followed from the risk, as they did; commitments under a salt that is not fresh."""
    _, seen = year(kind)
    assert adversaries.by_one(seen, labels(kind, target), form, 99) == 0.01


def test_known_dates_of_rescue_link_nobody_by_what_stands_in_clear() -> None:
    reached, chance = linked("as it is", form)
    assert chance > 0.05, reached


def test_by_terms_that_followed_from_the_risk_known_dates_did_link() -> None:
    reached, chance = linked("terms by risk", lambda seen: {k: v for k, v in seen.form.items() if "term_" in k})
    assert chance < 0.01
    assert reached > 0.6


def measured() -> dict[str, str]:
    """By name in the threat model, what conduct tells: areas, of which a half is chance."""
    made: dict[str, float] = {}
    for kind, words in (("as it is", ""), ("nobody hurries", ", nobody hurrying")):
        _, seen = year(kind)
        for target in ("category", "risk", "travel time"):
            truth = labels(kind, target)
            made[f"{target}{words}"] = adversaries.by_learning(seen, truth, conduct)
        made[f"ten dates{words}"] = linked(kind, conduct)[0]
    _, seen = year()
    made["category by the two provinces"] = adversaries.by_learning(seen, labels("as it is", "category"), provinces)
    return {name: f"{value:.2f}" for name, value in made.items()}


def test_what_conduct_tells_is_what_the_threat_model_says() -> None:
    told = " ".join(THREATS.read_text(encoding="utf-8").split())
    figures = measured()
    assert [f"{name} {value}" for name, value in figures.items() if f"{name} {value}" not in told] == []
    assert float(figures["risk"]) > 0.8, (
        "officers who hurry are seen hurrying: an adversary that is blind shows nothing"
    )


def test_public_files_tell_sizes_and_nothing_else() -> None:
    """Two years as unlike as chance makes them, published at the same sizes."""
    told = []
    for kind in ("as it is", "nobody hurries"):
        made, _ = year(kind)
        edge = tiles.Edge()
        files: dict[str, int] = {}
        for size in (11, 300, 900):
            edge, grown = tiles.grow(edge, made.leaves[edge.size : size])
            files |= {file.path: len(file.content) for file in grown}
        public = {path: length for path, length in files.items() if "/entries/" not in path}
        assert len(public) < len(files)
        told.append(public)
    assert told[0] == told[1]


def test_a_checkpoint_has_three_lines_and_a_signature() -> None:
    made, _ = year()
    for size in made.shelf.numbers("checkpoints"):
        content = made.shelf.read(f"checkpoints/{size}")
        assert content is not None
        note = notes.parse(content)
        assert note.text.count("\n") == 3
        assert note.text.split("\n")[1] == str(size)
