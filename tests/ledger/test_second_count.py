"""The first count and the second, which shares no line with it: the same table, as of every instant that matters."""

import ast
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from ledger import entries, verifier
from ledger.dockets import Docket
from tests.ledger import first_count, golden, outages, second_count
from tests.ledger.golden import Log
from tests.ledger.spoiled import LEGAL

SECOND = timedelta(seconds=1)


def instants(log: Log = LEGAL) -> Iterable[datetime]:
    """Each entry, and each due as it is known at the end, with the seconds beside."""
    docket = Docket()
    verifier.verify(log.shelf, docket=docket)
    turns = {entries.parse(leaf).at for leaf in log.leaves}
    for row in docket.rows(log.at):
        turns |= {row.due_at, row.due_without_host or row.due_at}
    return sorted(turn + beside * SECOND for turn in turns for beside in (-1, 0, 1))


def test_both_count_the_same_as_of_every_instant() -> None:
    agreement = json.loads(golden.AGREEMENT)
    seen = set()
    for as_of in instants():
        counted = second_count.count(LEGAL.leaves, agreement, as_of)
        assert first_count.count(LEGAL.shelf, as_of) == counted, as_of
        seen |= {row["state"] for row in counted}
    assert seen == {"OPEN", "MET", "MET_LATE", "BREACHED", "WAIVED", "PAUSED"}


def test_both_say_alike_what_rests_on_the_hosts_word_alone() -> None:
    """Outages before, in, behind and between pauses; what is over without them, paused, waived and met all the same."""
    log, agreement = outages.everything(), json.loads(golden.AGREEMENT)
    changed: dict[str, set[str]] = {"OPEN": set(), "MET": set(), "PAUSED": set(), "WAIVED": set()}
    for as_of in instants(log):
        rows, told = second_count.read(log.leaves, agreement, as_of)
        assert first_count.count(log.shelf, as_of) == rows, as_of
        assert first_count.outages(log.shelf, as_of) == told, as_of
        for row in rows:
            if row["state_without_host"]:
                changed[row["state"]].add(row["state_without_host"])
    assert changed == {
        "OPEN": {"BREACHED"},
        "MET": {"MET_LATE", "BREACHED"},
        "PAUSED": {"BREACHED"},
        "WAIVED": {"BREACHED"},
    }


def test_both_say_alike_which_outages_the_witnesses_leave_room_for() -> None:
    log, agreement = outages.seen_in_some(), json.loads(golden.AGREEMENT)
    notes = [log.shelf.files[f"checkpoints/{size}"] for size in log.shelf.numbers("checkpoints")]
    for as_of in instants(log):
        rows, told = second_count.read(log.leaves, agreement, as_of, notes)
        assert first_count.count(log.shelf, as_of) == rows, as_of
        assert first_count.outages(log.shelf, as_of) == told, as_of
    assert [each["stopped"] for each in first_count.outages(log.shelf, log.at)] == [0, 2, 0, 0, 2]


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
