"""What a writer calls for values that hold several: plain lists, and ranges with two ends.

Promise: an element that is missing nulls what GraphQL says it nulls, and its path is told.
Elsewhere: the code that calls this, `writers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


def listed(
    value: list[Any] | None, names: Mapping[Any, str] | None, gaps: bool, nullable: bool,
    fail: Callable[[tuple[str | int, ...]], None], path: tuple[str | int, ...],
) -> list[Any] | None:  # fmt: skip
    """a list of plain values, each of which must be there (unless `gaps`) and be one of the names"""
    if value is None:
        if not nullable:
            fail(path)
        return None
    told = []
    for n, element in enumerate(value):
        known = element if names is None else names.get(element)
        if known is None and not (gaps and element is None):
            fail((*path, n))
            if not gaps:
                return None
        told.append(known)
    return told


def spanned(
    ranges: Iterable[Any], parts: Sequence[tuple[str, str | bool]],
    fail: Callable[[tuple[str | int, ...]], None], path: tuple[str | int, ...],
) -> list[Any] | None:  # fmt: skip
    """each range as an object of constants and of its ends (the upper one, or the lower), which must all be there"""
    told: list[Any] | None = []
    for n, each in enumerate(ranges):
        made = {key: part if isinstance(part, str) else each.upper if part else each.lower for key, part in parts}
        gaps = [key for key, value in made.items() if value is None]
        for key in gaps:
            fail((*path, n, key))
        told = None if gaps or told is None else [*told, made]
    return told
