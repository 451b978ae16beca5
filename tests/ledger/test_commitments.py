"""What is sealed opens with one value only."""

import hashlib
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical, commitments
from ledger.canonical import JSON
from ledger.commitments import Mismatch, Opening
from tests.ledger.test_canonical import values

salts = st.binary(min_size=32, max_size=32)


@given(values, salts)
def test_a_commitment_is_the_hash_that_the_format_says(value: JSON, salt: bytes) -> None:
    opening = Opening(name="reason", value=value, salt=salt)
    expected = hashlib.sha256(b"estafet/commitment/v1\nreason\n" + salt + canonical.encode(value)).hexdigest()
    assert commitments.commit(opening) == expected
    commitments.check(opening, expected)


def test_the_example_of_the_format() -> None:
    made = commitments.commit(Opening(name="place", value="Surabaya", salt=bytes(range(32))))
    assert f"`{made}`" in (Path(__file__).parents[2] / "docs" / "ledger-format.md").read_text()


@given(values, values, salts)
def test_another_value_does_not_open_it(value: JSON, other: JSON, salt: bytes) -> None:
    commitment = commitments.commit(Opening(name="risk", value=value, salt=salt))
    opening = Opening(name="risk", value=other, salt=salt)
    if commitments.commit(opening) != commitment:
        with pytest.raises(Mismatch, match="risk: does not open"):
            commitments.check(opening, commitment)
    else:
        assert repr(other) == repr(value)


def test_all_openings_open_all_commitments() -> None:
    sealed, openings = commitments.seal({"b": None, "a": ["x"]}, lambda: secrets.token_bytes(32))
    assert list(sealed) == ["a", "b"]
    assert commitments.open_all(sealed, openings) == {"a": ["x"], "b": None}


def test_one_missing_extra_twice_or_wrong_opens_nothing() -> None:
    sealed, (first, second) = commitments.seal({"a": 1, "b": 2}, lambda: b"s" * 32)
    extra = Opening(name="c", value=1, salt=b"s" * 32)
    wrong = Opening(name="b", value=1, salt=b"s" * 32)
    for openings, name in [
        ((first,), "b"),
        ((first, second, extra), "c"),
        ((first, second, first), "a"),
        ((first, wrong), "b"),
    ]:
        with pytest.raises(Mismatch) as caught:
            commitments.open_all(sealed, openings)
        assert caught.value.name == name


@pytest.mark.parametrize(
    "opening",
    [
        Opening(name="a", value=1, salt=b"short"),
        Opening(name="a", value=2**60, salt=b"s" * 32),
        Opening(name="a", value="e\u0301", salt=b"s" * 32),
        Opening(name="\ud800", value=1, salt=b"s" * 32),
    ],
)
def test_what_has_no_canonical_form_is_not_committed_to(opening: Opening) -> None:
    with pytest.raises(Mismatch):
        commitments.commit(opening)
