"""What is measured on is a log as it could have been: clean by every rule, with every kind of statement in it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks import auditing, logs
from cli.audit.folders import Folder
from ledger import entries, statements, verifier
from ledger.dockets import Docket
from tests.ledger import first_count, second_count

SIZE = 4000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logs.made(tmp_path_factory.mktemp("logs"), SIZE)


def test_a_log_that_is_made_is_clean_and_owes_something(made: Path) -> None:
    docket = Docket()
    report = verifier.verify(Folder(made), anchor=auditing.anchor(made), docket=docket)
    assert report.findings == ()
    assert (report.size, report.anchored) == (SIZE, True)
    rare = {"key.revoked", "root.replaced", "agreement.amended"}  # a year without a theft
    assert set(report.kinds) == set(statements.KINDS) - rare
    assert len(docket) > SIZE / 2


def test_a_count_that_shares_nothing_with_ours_comes_to_the_same(made: Path) -> None:
    files, agreement = Folder(made), json.loads(logs.DATA.read_bytes())
    leaves = first_count.leaves(files, SIZE)
    ends = [entries.parse(leaves[number]).at for number in (SIZE // 3, SIZE // 2, SIZE - 1)]
    for as_of in (*ends, ends[-1] + timedelta(days=400)):
        assert first_count.count(files, as_of) == second_count.count(leaves, agreement, as_of), as_of


def test_the_same_parameters_are_the_same_log_and_it_is_made_once(made: Path, tmp_path: Path) -> None:
    before = (made / "checkpoint").stat().st_mtime_ns
    assert logs.made(made.parent, SIZE) == made
    assert (made / "checkpoint").stat().st_mtime_ns == before
    again = logs.made(tmp_path, SIZE)
    assert (again / "checkpoint").read_bytes() == (made / "checkpoint").read_bytes()
