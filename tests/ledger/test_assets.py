"""The golden logs and defects that are kept are those that their generator writes, byte for byte."""

from tests.ledger import assets, defects
from tests.ledger.defects import LOGS


def test_what_is_kept_is_what_the_generator_writes() -> None:
    kept = {path.relative_to(assets.FOLDER).as_posix(): path for path in assets.FOLDER.rglob("*") if path.is_file()}
    written = dict(assets.files())
    assert set(kept) == set(written), "python -m tests.ledger.assets"
    assert [path for path, content in written.items() if kept[path].read_bytes() != content] == []


def test_each_case_has_a_name_of_its_own_and_changes_something_or_is_called_clean() -> None:
    names = [case.name for case in defects.cases()]
    assert len(set(names)) == len(names)
    assert [len(log.leaves) for log in LOGS.values()] == [12, len(LOGS["legal"].leaves), 258]
