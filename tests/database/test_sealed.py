"""Sealing: what one key sealed for one use is opened by that key for that use, once the trail tells of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from database import sealed
from database.sealed import BLOCK, Broken, DataKey, Trailed
from database.wrapping import COMPARTMENT, Unwrappable, Wrapper, Wrapping

KEY = sealed.new_key("0" * 32)
CONTENT = st.dictionaries(st.text(max_size=8), st.none() | st.text(max_size=300) | st.lists(st.text(max_size=9)))
HERE = Trailed(1)
ONE, TWO = Wrapper(name="1" * 16, secret=b"1" * 32), Wrapper(name="2" * 16, secret=b"2" * 32)
WRAPPING = Wrapping(owners={"ID-JK": (ONE,), COMPARTMENT: (TWO,)}, fingerprints=b"f" * 32)


@given(CONTENT, st.text(max_size=90))
def test_what_was_sealed_is_opened_again(content: dict[str, Any], of: str) -> None:
    assert sealed.open_sealed(HERE, KEY, sealed.seal(KEY, content, of=of), of=of) == content


def test_nothing_is_opened_without_a_row_of_the_trail() -> None:
    told = sealed.seal(KEY, {"nik": "3171010101010001"}, of="person")
    for none in (0, -1):
        with pytest.raises(ValueError, match="trail"):
            sealed.open_sealed(Trailed(none), KEY, told, of="person")
    with pytest.raises(TypeError):
        sealed.open_sealed(None, KEY, told, of="person")  # type: ignore[arg-type]  # what the types forbid


def test_each_byte_that_is_altered_breaks_the_seal() -> None:
    told = sealed.seal(KEY, {"nik": "3171010101010001"}, of="person")
    for place in range(len(told)):
        with pytest.raises(Broken):
            sealed.open_sealed(HERE, KEY, told[:place] + bytes([told[place] ^ 1]) + told[place + 1 :], of="person")
    for cut in (b"", told[:-1], told + b"x"):
        with pytest.raises(Broken):
            sealed.open_sealed(HERE, KEY, cut, of="person")


def test_a_seal_that_was_moved_to_another_use_or_person_is_broken() -> None:
    told = sealed.seal(KEY, {"value": 1}, of=sealed.of_opening("a" * 64, "reason"))
    for of in (sealed.of_opening("a" * 64, "place"), sealed.of_opening("b" * 64, "reason"), "person"):
        with pytest.raises(Broken):
            sealed.open_sealed(HERE, KEY, told, of=of)
    for key in (sealed.new_key(KEY.person), replace(KEY, person="1" * 32)):
        with pytest.raises(Broken):
            sealed.open_sealed(HERE, key, told, of=sealed.of_opening("a" * 64, "reason"))


def test_what_is_no_object_is_broken() -> None:
    told = sealed.seal(KEY, ["nik"], of="person")  # type: ignore[arg-type]  # what another program may have sealed
    with pytest.raises(Broken):
        sealed.open_sealed(HERE, KEY, told, of="person")


@given(st.text(max_size=150), st.text(max_size=150))
def test_lengths_tell_no_more_than_blocks(one: str, other: str) -> None:
    lengths = {len(sealed.seal(KEY, {"name": name}, of="person")) for name in (one, other)}
    assert all((length - 40) % BLOCK == 0 for length in lengths)
    if max(len(each.encode()) for each in (one, other)) * 6 < BLOCK - 20:  # at worst, as JSON escapes it
        assert len(lengths) == 1


def test_neither_a_key_nor_its_wrapper_shows_its_secret() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert str(KEY.secret) not in repr(KEY)
    for told in (repr(ONE), repr(WRAPPING), repr(WRAPPING.wrap(KEY, "ID-JK"))):
        assert "secret" not in told
        assert str(b"1" * 32) not in told


def test_a_key_is_unwrapped_for_its_person_owner_and_wrapper_alone() -> None:
    told = WRAPPING.wrap(KEY, "ID-JK")
    assert WRAPPING.unwrap(told) == KEY
    both = Wrapping(owners={"ID-JK": (ONE,), COMPARTMENT: (ONE,)}, fingerprints=b"")
    for moved in (replace(told, person="1" * 32), replace(told, owner=COMPARTMENT)):
        with pytest.raises(Unwrappable, match="altered or moved"):
            both.unwrap(moved)
    with pytest.raises(Unwrappable, match="is not here"):
        WRAPPING.unwrap(replace(told, kek=TWO.name))
    with pytest.raises(Unwrappable, match="no key-encryption key of ID-JI"):
        WRAPPING.wrap(KEY, "ID-JI")


def test_an_older_wrapper_still_unwraps_and_the_newest_wraps() -> None:
    before = WRAPPING.wrap(KEY, "ID-JK")
    renewed = Wrapping(owners={"ID-JK": (TWO, ONE)}, fingerprints=b"")
    assert renewed.unwrap(before) == KEY
    assert renewed.wrap(KEY, "ID-JK").kek == TWO.name


def test_a_fingerprint_needs_the_hosts_secret() -> None:
    """There are some 10^11 plausible identity numbers: a bare hash of one is found by trying them."""
    assert WRAPPING.fingerprint(b"3171010101010001") == WRAPPING.fingerprint(b"3171010101010001")
    other = replace(WRAPPING, fingerprints=b"g" * 32)
    assert other.fingerprint(b"3171010101010001") != WRAPPING.fingerprint(b"3171010101010001")


def test_a_new_key_is_random() -> None:
    assert isinstance(KEY, DataKey)
    assert sealed.new_key("0" * 32).secret != KEY.secret
