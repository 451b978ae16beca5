"""What is owed by our own count, in the words of the second: plain dictionaries, to be held against it.

Elsewhere: the second count, `tests.ledger.second_count`, which must not know any of this.
"""

from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any

from ledger import tiles, verifier
from ledger.dockets import Docket, Row
from ledger.verifier import Files


def plain(row: Row) -> dict[str, Any]:
    """A row of ours in the words of the other."""
    told = {field.name: getattr(row, field.name) for field in fields(row)}
    told = {name: value.value if isinstance(value, Enum) else value for name, value in told.items()}
    return {**told, "stops": [(stop.from_, stop.until) for stop in row.stops]}


def count(files: Files, as_of: datetime) -> list[dict[str, Any]]:
    """The table of a log, which is verified, as of an instant."""
    docket = Docket(until=as_of)
    assert verifier.verify(files, docket=docket).clean
    return [plain(row) for row in docket.rows(as_of)]


def outages(files: Files, as_of: datetime) -> list[dict[str, Any]]:
    """The outages that the host told, and how many clocks each has stopped."""
    docket = Docket(until=as_of)
    verifier.verify(files, docket=docket)
    return [
        {"index": each.index, "from": each.span.from_, "until": each.span.until, "stopped": each.stopped}
        for each in docket.outages
    ]


def leaves(files: Files, size: int) -> list[bytes]:
    """The entries of a log in its published files."""
    bundles = [files.read(tile.path()) for tile in tiles.of_size(size) if tile.level is None]
    return [leaf for bundle in bundles for leaf in tiles.unbundle(bundle or b"")]
