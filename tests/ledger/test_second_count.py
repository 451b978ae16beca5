"""The first count and the second, which shares no line with it: the same table, as of every instant that matters."""

import ast
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from ledger import entries, verifier
from ledger.dockets import Docket
from tests.ledger import first_count, golden, second_count
from tests.ledger.spoiled import LEGAL

SECOND = timedelta(seconds=1)


def instants() -> Iterable[datetime]:
    """Each entry, and each due as it is known at the end, with the seconds beside."""
    docket = Docket()
    verifier.verify(LEGAL.shelf, docket=docket)
    turns = {entries.parse(leaf).at for leaf in LEGAL.leaves} | {row.due_at for row in docket.rows(LEGAL.at)}
    return sorted(turn + beside * SECOND for turn in turns for beside in (-1, 0, 1))


def test_both_count_the_same_as_of_every_instant() -> None:
    agreement = json.loads(golden.AGREEMENT)
    seen = set()
    for as_of in instants():
        counted = second_count.count(LEGAL.leaves, agreement, as_of)
        assert first_count.count(LEGAL.shelf, as_of) == counted, as_of
        seen |= {row["state"] for row in counted}
    assert seen == {"OPEN", "MET", "MET_LATE", "BREACHED", "WAIVED", "PAUSED"}


def test_the_second_count_knows_nothing_of_the_first() -> None:
    tree = ast.parse(Path(second_count.__file__).read_text(encoding="utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert imported == {
        "base64",
        "collections",
        "collections.abc",
        "datetime",
        "hashlib",
        "json",
        "pathlib",
        "re",
        "typing",
    }
