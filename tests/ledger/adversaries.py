"""Adversaries: whoever has every bundle of a year and wants to know who the people in it are.

Promise: honest ones, in plain Python, who look at everything that stands in clear or can be counted or timed, and know
more than they should: the truth of every referral of one half of the year. What they find is compared with what they
would find if nothing were there: the same search after the truths have been exchanged between referrals of the same
two provinces, which stand in clear and tell what they tell.
Rules: `form` is what the format puts into a statement: fields, lengths, first digits. `conduct` is what people do and
when: delays, hours, how many at once, which acts follow. Chance comes from a seed, so that a verdict stays.
Elsewhere: the year, `tests.ledger.years`; the verdicts, `tests.ledger.test_adversaries`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ledger import canonical, entries, instants, tiles
from tests.ledger.golden import Shelf

Features = dict[str, Hashable]
Labels = Mapping[str, Hashable]


@dataclass(slots=True)
class Seen:
    """One referral, as its entries tell it."""

    named: str
    pair: tuple[str, str]
    sent: datetime
    form: Features = field(default_factory=dict)
    conduct: Features = field(default_factory=dict)


def read(shelf: Shelf) -> list[Seen]:
    """Every referral of the published bundles, in the order of sending."""
    acts: dict[str, list[tuple[datetime, int, dict[str, Any]]]] = defaultdict(list)
    for leaf in _leaves(shelf):
        entry = entries.parse(leaf)
        body = canonical.decode(entry.envelope.payload)
        assert isinstance(body, dict)
        if isinstance(body.get("referral"), str):
            length = len(leaf) - len(str(entry.index))
            acts[str(body["referral"])].append((entry.at, length, body))
    told = [_seen(named, listed) for named, listed in acts.items()]
    at_once = Counter((each.pair[0], each.sent.date()) for each in told)
    for each in told:
        each.conduct["at once"] = at_once[each.pair[0], each.sent.date()]
    return told


def _leaves(shelf: Shelf) -> list[bytes]:
    size = max(shelf.numbers("checkpoints"))
    found: list[bytes] = []
    while len(found) < size:
        number = len(found) // tiles.WIDTH
        width = min(tiles.WIDTH, size - number * tiles.WIDTH)
        content = shelf.read(tiles.Tile(None, number, width).path())
        assert content is not None
        found += tiles.unbundle(content)
    return found


def _seen(named: str, acts: Sequence[tuple[datetime, int, dict[str, Any]]]) -> Seen:
    at, _, first = acts[0]
    seen = Seen(named, (first["party"], first["to"]), at)
    seen.form["named"] = named[0]
    there = at + timedelta(hours=7)
    seen.conduct |= {"hour": there.hour // 2, "weekday": there.weekday()}
    before = at
    for when, length, body in acts:
        kind = body["kind"]
        seen.form |= {
            f"{kind} leaf": length,
            f"{kind} body": len(canonical.encode(body)),
            f"{kind} pad": len(body["pad"]) // 64,
        }
        for name, value in body.items():
            if name == "sealed":
                seen.form |= {f"{kind} {each}": _short(commitment) for each, commitment in value.items()}
                seen.form[f"{kind} sealed"] = len(value)
            elif name not in ("referral", "party", "to", "claimed_at", "pad", "agrees", "kind", "v", "log"):
                seen.form[f"{kind} {name}"] = _short(value)
        seen.conduct[f"{kind} after"] = _bin(when - before)
        seen.conduct[f"{kind} claimed"] = _bin(when - instants.parse(body["claimed_at"]))
        before = when
    seen.conduct["acts"] = " ".join(body["kind"] for _, _, body in acts)
    seen.conduct["agrees"] = next((body["agrees"] for _, _, body in acts if "agrees" in body), None)
    return seen


def _short(value: object) -> Hashable:
    """Of what is random only the first digit: enough to see whether it is."""
    if isinstance(value, dict):
        return None if not value else str(sorted(value))
    text = str(value)
    return text[-1] if len(text) > 20 else text


def _bin(span: timedelta) -> int:
    return round(math.log2(1 + span.total_seconds() / 900))


# -- what tells something ----------------------------------------------------------------------------------------------
def varying(rows: Sequence[Features]) -> dict[str, list[Hashable]]:
    """What is not the same in all, by name."""
    names = sorted({name for row in rows for name in row})
    columns = {name: [row.get(name) for row in rows] for name in names}
    return {name: column for name, column in columns.items() if len(set(column)) > 1}


def information(column: Sequence[Hashable], labels: Sequence[Hashable]) -> float:
    """Mutual information, in bits."""
    total = len(column)
    left, right = Counter(column), Counter(labels)
    return sum(
        n / total * math.log2(n * total / (left[x] * right[y]))
        for (x, y), n in Counter(zip(column, labels, strict=True)).items()
    )


def exchanged(seen: Sequence[Seen], labels: Sequence[Hashable], rnd: Random) -> list[Hashable]:
    """The labels, exchanged between referrals of the same two provinces."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, each in enumerate(seen):
        places[each.pair].append(place)
    made = list(labels)
    for those in places.values():
        others = those.copy()
        rnd.shuffle(others)
        for here, there in zip(those, others, strict=True):
            made[here] = labels[there]
    return made


def by_one(seen: Sequence[Seen], labels: Sequence[Hashable], of: Callable[[Seen], Features], times: int = 99) -> float:
    """How likely chance alone finds one thing that tells as much: the best of all is compared with the best of all."""
    rnd = Random(7)  # noqa: S311  # chance that is to be the same each time
    columns = list(varying([of(each) for each in seen]).values())
    if not columns:
        return 1.0
    drawn = [[information(column, labels) for column in columns]]
    for _ in range(times):
        other = exchanged(seen, labels, rnd)
        drawn.append([information(column, other) for column in columns])
    scaled = [_standard([row[place] for row in drawn]) for place in range(len(columns))]
    best = [max(column[number] for column in scaled) for number in range(times + 1)]
    return sum(each >= best[0] for each in best) / (times + 1)


def _standard(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((each - mean) ** 2 for each in values) / len(values)) or 1.0
    return [(each - mean) / spread for each in values]


# -- who has learnt from half of it ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Learnt:
    """What speaks for a yes, and what against, as far as one half of the year has shown."""

    weights: Mapping[str, Mapping[Hashable, float]]

    def odds(self, row: Features) -> float:
        return sum(weight.get(row.get(name), 0.0) for name, weight in self.weights.items())


def learn(rows: Sequence[Features], labels: Sequence[bool]) -> Learnt:
    """Naive Bayes with one of each counted in."""
    yes, no = sum(labels), len(labels) - sum(labels)
    weights: dict[str, dict[Hashable, float]] = {}
    for name, column in varying(rows).items():
        counted = Counter(zip(column, labels, strict=True))
        values = set(column)
        weights[name] = {
            value: math.log((counted[value, True] + 1) / (yes + len(values)))
            - math.log((counted[value, False] + 1) / (no + len(values)))
            for value in values
        }
    return Learnt(weights)


def area(odds: Sequence[float], labels: Sequence[bool]) -> float:
    """How often a yes stands before a no: a half is chance, 1 is knowledge."""
    ranked = sorted(zip(odds, labels, strict=True))
    yes = sum(labels)
    no = len(labels) - yes
    score = place = 0.0
    while place < len(ranked):
        end = int(place)
        while end < len(ranked) and ranked[end][0] == ranked[int(place)][0]:
            end += 1
        score += (place + 1 + end) / 2 * sum(label for _, label in ranked[int(place) : end])
        place = end
    return (score - yes * (yes + 1) / 2) / (yes * no)


def by_learning(seen: Sequence[Seen], labels: Sequence[bool], of: Callable[[Seen], Features]) -> float:
    """The area, on the later half, of who has learnt on the earlier."""
    half = len(seen) // 2
    rows = [of(each) for each in seen]
    learnt = learn(rows[:half], labels[:half])
    return area([learnt.odds(row) for row in rows[half:]], labels[half:])


def by_chance(
    seen: Sequence[Seen], labels: Sequence[bool], of: Callable[[Seen], Features], times: int = 49
) -> tuple[float, float]:
    """That area, and how likely it is if nothing is there to be learnt."""
    rnd = Random(8)  # noqa: S311  # chance that is to be the same each time
    reached = by_learning(seen, labels, of)
    half = len(seen) // 2
    others = 0
    for _ in range(times):
        early = exchanged(seen[:half], labels[:half], rnd)
        others += by_learning(seen, [*map(bool, early), *labels[half:]], of) >= reached
    return reached, (others + 1) / (times + 1)


# -- who knows when somebody was rescued -------------------------------------------------------------------------------
def linked(
    windows: Sequence[tuple[Sequence[Seen], Sequence[bool]]], odds: Callable[[Seen], float], times: int = 999
) -> tuple[float, float]:
    """For known dates: how far forward the rescued stand among all who were referred from there in the weeks after (a
    half is chance: knowing the date and no more), and how likely chance does as well."""
    rnd = Random(9)  # noqa: S311  # chance that is to be the same each time
    told = [([odds(each) for each in candidates], list(labels)) for candidates, labels in windows]
    reached = sum(area(scores, labels) for scores, labels in told) / len(told)
    others = 0
    for _ in range(times):
        mean = 0.0
        for scores, labels in told:
            drawn = labels.copy()
            rnd.shuffle(drawn)
            mean += area(scores, drawn) / len(told)
        others += mean >= reached - 1e-12
    return reached, (others + 1) / (times + 1)
