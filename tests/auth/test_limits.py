"""Laws of the limits."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from auth.limits import PARTS, Meter, Rate, Sweeps

AT = datetime(2026, 3, 2, tzinfo=UTC)


@given(some.lists(some.integers(min_value=0, max_value=20), min_size=1, max_size=200))
def test_no_more_pass_than_the_burst_and_the_rate_allow(gaps: list[int]) -> None:
    meter, at, passed = Meter(Rate(per_minute=6, burst=3)), AT, 0
    for gap in gaps:
        at += timedelta(seconds=gap)
        passed += meter.count("asker", at=at) == 0
    assert passed <= 3 + (at - AT).total_seconds() / 10


@given(some.integers(min_value=1, max_value=600), some.integers(min_value=1, max_value=20))
def test_after_the_told_wait_a_request_passes(per_minute: int, burst: int) -> None:
    meter = Meter(Rate(per_minute=per_minute, burst=burst))
    waits = [meter.count("asker", at=AT) for _ in range(burst + 1)]
    assert waits[:burst] == [0] * burst
    assert meter.count("asker", at=AT + timedelta(seconds=waits[burst])) == 0
    assert meter.count("neighbour", at=AT) == 0


def test_a_clock_set_back_locks_nobody_out() -> None:
    meter = Meter(Rate(per_minute=60, burst=1))
    assert meter.count("asker", at=AT) == 0
    before = AT - timedelta(days=1)
    assert meter.count("asker", at=before) == 1
    assert meter.count("asker", at=before + timedelta(seconds=1)) == 0


def test_who_did_not_ask_for_longest_is_forgotten_first() -> None:
    meter = Meter(Rate(per_minute=1, burst=2))
    for number in (0, 1, 0, *range(2, 20_001)):
        assert meter.count(str(number), at=AT) == 0
    assert [meter.left(asker, AT) // PARTS for asker in ("20000", "0", "1")] == [1, 0, 2]


def test_a_sweep_is_due_once_a_minute() -> None:
    sweeps = Sweeps()
    assert [sweeps.due(AT + timedelta(seconds=second)) for second in (0, 1, 59, 60, 61, 0)] == [
        True, False, False, True, False, False,
    ]  # fmt: skip
