"""The structured condition of a person, as each side of a handover states it.

Promise: two statements about one person can be compared item by item, without judging anybody's prose.
Rules: six items, each in one of four ordered classes. The agreement's test is "good condition", item by item: a healed
cold does not make up for a broken arm, so both sides agree only when no item at all is worse (`worsened` is empty).
`worse` compares whole conditions and is a strict partial order: of two mixed changes neither is worse.
Elsewhere: `agrees` on receipt, `casework.handovers`.
"""

from dataclasses import dataclass, fields
from enum import StrEnum


class Grade(StrEnum):
    GOOD = "GOOD"
    FAIR = "FAIR"
    POOR = "POOR"
    CRITICAL = "CRITICAL"


_RANK = {grade: rank for rank, grade in enumerate(Grade)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    consciousness: Grade
    mobility: Grade
    injury: Grade
    illness: Grade
    nutrition: Grade
    mental: Grade


ITEMS = tuple(field.name for field in fields(Condition))


def grades(condition: Condition) -> dict[str, Grade]:
    """The items by name, in the order in which they are always shown."""
    return {
        "consciousness": condition.consciousness,
        "mobility": condition.mobility,
        "injury": condition.injury,
        "illness": condition.illness,
        "nutrition": condition.nutrition,
        "mental": condition.mental,
    }


def worsened(before: Condition, after: Condition) -> tuple[str, ...]:
    """The items that are worse afterwards, by name."""
    was, became = grades(before), grades(after)
    return tuple(item for item in ITEMS if _RANK[became[item]] > _RANK[was[item]])
