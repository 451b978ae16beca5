"""One spelling for an instant."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import instants

whole = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))


@given(whole)
def test_an_instant_is_read_as_it_was_spelled(at: datetime) -> None:
    assert instants.parse(instants.spell(at)) == at


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00.0Z",
        "2026-01-01t00:00:00z",
        "2026-01-01T00:00:00Z\n",
        "2026-02-29T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:60Z",
        "٢٠٢٦-01-01T00:00:00Z",
        "",
    ],
)
def test_no_other_spelling_is_an_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instants.parse(text)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=7))),
        datetime(2026, 1, 1),  # noqa: DTZ001  # the naive one is the point
    ],
)
def test_only_whole_seconds_of_utc_are_spelled(at: datetime) -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        instants.spell(at)
