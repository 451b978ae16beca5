"""The numbers of docs/ledger-format.md and those that the code cites are the same, both ways.

A number that no line of code answers for is a promise that nobody keeps; one that the text does not have is a rule that
no stranger could know of.
"""

import re
from pathlib import Path

from tests.house.sources import ROOT

FORMAT = (ROOT / "docs" / "ledger-format.md").read_text()
CODE = ("ledger", "casework", "cli/audit")
TABLE = ROOT / "ledger" / "rules.py"  # the V rules' own texts: a rule is cited where it is applied
_CITED = re.compile(r"\b([FVROA])([1-9][0-9]?)(?: to \1([1-9][0-9]?))?\b")


def cited(text: str) -> set[str]:
    """The numbers in a text, `V1 to V8` being eight."""
    return {
        f"{letter}{number}"
        for letter, first, last in _CITED.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def sources() -> list[Path]:
    return [path for room in CODE for path in (ROOT / room).rglob("*.py") if path != TABLE]


def told() -> list[str]:
    """The numbers that the text has, in its order."""
    return re.findall(r"(?m)^- \*\*([FVROA][1-9][0-9]?)\*\*", FORMAT)


def test_every_number_stands_in_the_text_once_and_without_gap() -> None:
    for letter in "FVROA":
        numbers = [int(number[1:]) for number in told() if number[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1)), letter
    assert {number[0] for number in told()} == set("FVROA")


def test_the_code_cites_every_number_of_the_text_and_no_other() -> None:
    by_code = set().union(*(cited(path.read_text()) for path in sources()))
    assert sorted(set(told()) - by_code) == []
    assert sorted(by_code - set(told())) == []


def test_the_text_cites_no_number_that_it_does_not_have() -> None:
    assert cited(FORMAT) <= set(told())


def test_the_second_audit_cites_none_that_the_text_does_not_have() -> None:
    second = set().union(*(cited(path.read_text()) for path in (ROOT / "tests/ledger/second_audit").glob("*.py")))
    assert {"R3", "R8", "O7", "A2", "F4", "V23"} <= second <= set(told())
