"""Months by name, `YYYY-MM`.

Elsewhere: the bars of each, `cli.audit.obligations.timelines`.
"""

from collections.abc import Collection, Iterator


def between(months: Collection[str]) -> tuple[str, ...]:
    """From the first to the last, without gaps."""
    return tuple(every(min(months), max(months))) if months else ()


def every(first: str, last: str) -> Iterator[str]:
    """Month after month."""
    year, month = map(int, first.split("-"))
    while (name := f"{year:04}-{month:02}") <= last:
        yield name
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
