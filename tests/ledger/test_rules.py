"""The rules and docs/ledger-format.md say the same, and the code cites numbers that exist."""

import pickle
import re
from pathlib import Path

import pytest

from ledger import statements
from ledger.rules import RULE_OF, RULES, WORDS, Code, Refused

ROOT = Path(__file__).parents[2]
FORMAT = (ROOT / "docs" / "ledger-format.md").read_text()


@pytest.mark.parametrize("number", RULES)
def test_every_rule_stands_in_the_format_word_for_word(number: str) -> None:
    assert f"- **{number}** {RULES[number]}\n" in FORMAT


def test_the_format_has_no_rule_more() -> None:
    assert re.findall(r"(?m)^- \*\*(V\d+)\*\*", FORMAT) == list(RULES)
    for letter in "FOA":
        numbers = re.findall(rf"(?m)^- \*\*{letter}(\d+)\*\*", FORMAT)
        assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_every_code_belongs_to_one_rule_and_is_listed_there() -> None:
    assert set(RULE_OF) == set(Code)
    for code, rule in RULE_OF.items():
        section = FORMAT.split(f"- **{rule}** ")[1].split("\n- **")[0]
        assert f"`{code}`" in section


def test_the_words_of_a_refusal_stand_in_the_format_and_no_more() -> None:
    table = FORMAT.split("| word | the statement was not entered, since |\n|---|---|\n")[1].split("\n\n")[0]
    assert table.split("\n") == [f"| `{word}` | {text} |" for word, text in WORDS.items()]


def test_every_kind_stands_in_the_table() -> None:
    for kind in statements.KINDS:
        assert f"| `{kind}` |" in FORMAT


def test_the_code_cites_numbers_that_exist() -> None:
    known = set(RULES) | {f"F{number}" for number in re.findall(r"(?m)^- \*\*F(\d+)\*\*", FORMAT)}
    cited = {
        number
        for path in (ROOT / "ledger").rglob("*.py")
        for number in re.findall(r"\b[FV]\d{1,2}\b", path.read_text())
        if path.name != "rules.py"
    }
    assert cited
    assert cited <= known


def test_a_refusal_survives_the_way_from_another_process() -> None:
    refused = Refused(Code.SEEN_FORKED, "saw another root")
    again = pickle.loads(pickle.dumps(refused))  # noqa: S301  # our own pickle: processes exchange refusals
    assert (again.code, again.rule, again.message) == (Code.SEEN_FORKED, "V7", "saw another root")
    assert str(again) == "V7 SEEN_FORKED: saw another root"
