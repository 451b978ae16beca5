"""Ids and cursors: one text for one thing, and anything else finds nothing."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading import ids
from reading.ids import Cursors, Named

KEY = Cursors(b"k" * 32)
TYPES = (datetime, UUID)
PLACES = st.tuples(st.datetimes(timezones=st.just(UTC)), st.uuids())


@given(st.from_regex(r"[A-Z][A-Za-z]{0,20}", fullmatch=True), st.uuids() | st.integers(0, 2**40) | st.text(min_size=1))
def test_an_id_names_what_it_was_made_of(kind: str, key: ids.Key) -> None:
    try:
        made = ids.id_of(kind, key)
    except UnicodeEncodeError:
        return  # no text of ours holds a lone surrogate
    assert "=" not in made
    assert ids.opened(made) == (Named(kind, ids.text_of(key)) if len(made) <= ids.LONGEST else None)


@given(st.text())
def test_no_text_is_an_error_and_no_thing_has_two_ids(text: str) -> None:
    named = ids.opened(text)
    assert named is None or ids.id_of(named.kind, named.key) == text


@pytest.mark.parametrize(
    ("key", "kind", "there"),
    [
        ("0" * 32, UUID, True),
        ("A" * 32, UUID, False),
        ("0" * 31, UUID, False),
        (str(UUID(int=1)), UUID, False),
        ("12", int, True),
        ("012", int, False),
        ("-1", int, False),
        ("٣", int, False),
        ("9" * 30, int, False),
        ("ID-JK", str, True),
        ("\x00", str, False),
        ("\ud800", str, False),
    ],
)
def test_a_key_has_one_text(key: str, kind: type, there: bool) -> None:
    assert (ids.typed(key, kind) is not None) is there


@given(PLACES)
def test_a_cursor_opens_in_its_own_list_under_its_own_key_alone(place: tuple[datetime, UUID]) -> None:
    made = KEY.sealer("Case ")(*place)
    assert KEY.place(made, "Case ", TYPES) == place
    assert KEY.sealer("Case ")(*place) == made
    assert KEY.place(made, "Referral ", TYPES) is None
    assert KEY.place(made, "Cast ", TYPES) is None
    assert KEY.place(made, "Case ", (datetime,)) is None
    assert Cursors(b"x" * 32).place(made, "Case ", TYPES) is None
    raw = base64.urlsafe_b64decode(made + "=" * (-len(made) % 4))
    assert place[1].hex.encode() not in raw
    assert str(place[0].year).encode() not in raw or place[0].year < 1000


@given(PLACES, st.integers(0, 10**6))
def test_a_changed_cursor_opens_nowhere(place: tuple[datetime, UUID], at: int) -> None:
    made = KEY.sealer("Case ")(*place)
    raw = bytearray(base64.urlsafe_b64decode(made + "=" * (-len(made) % 4)))
    raw[at % len(raw)] ^= 1
    changed = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert KEY.place(changed, "Case ", TYPES) is None
