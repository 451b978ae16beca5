"""What goes on beside the requests goes on after a fault, and stops when the service does."""

import asyncio
import logging
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import sweeps
from operations.publishing import Diverged


async def swept(faults: list[Exception | None], failures: Counter[str] | None = None) -> int:
    """Run one round for each of these, then leave; gives how many rounds there were."""
    leaving, left = asyncio.Event(), iter(faults)
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        fault = next(left, None)
        if rounds == len(faults):
            leaving.set()
        if fault is not None:
            raise fault

    await asyncio.wait_for(
        sweeps.repeated("sweeping", work, 0.001, leaving, Counter() if failures is None else failures), 10
    )
    return rounds


async def test_a_fault_of_one_round_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    failures = Counter({"publishing": 7})
    assert await swept([RuntimeError("Siti Aminah"), None, RuntimeError("3578014505600001"), None], failures) == 4
    assert failures == {"publishing": 7, "sweeping": 2}
    assert [record.levelno for record in caplog.records if record.name == "estafet.sweeps"] == [logging.ERROR] * 2
    assert "Siti" not in caplog.text
    assert "3578014505600001" not in caplog.text


async def test_a_log_that_has_diverged_is_told_every_time_and_in_words(caplog: pytest.LogCaptureFixture) -> None:
    failures = Counter[str]()
    assert await swept([Diverged("entry 7 is another one"), Diverged("entry 7 is another one")], failures) == 2
    assert failures == {"sweeping": 2}
    told = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert [record.getMessage() for record in told] == ["sweeping stopped short: entry 7 is another one"] * 2


async def test_nothing_is_begun_once_the_service_is_leaving() -> None:
    leaving = asyncio.Event()
    leaving.set()

    async def work() -> None:
        raise AssertionError("a round was begun")

    await sweeps.repeated("sweeping", work, 0.001, leaving, Counter())


# -- when a checkpoint appears -----------------------------------------------------------------------------------------
@given(st.sampled_from((1, 2, 60, 600, 3600)), st.integers(0, 2**31), st.integers(0, 2**31))
def test_all_replicas_publish_at_the_same_marks_whenever_they_were_started(seconds: int, one: int, other: int) -> None:
    marks = [started + sweeps.until_mark(seconds, started) for started in (one, other)]
    assert [mark % seconds for mark in marks] == [0, 0]
    assert 0 < sweeps.until_mark(seconds, one) <= seconds


@pytest.mark.parametrize("begun", [True, False])
async def test_only_a_log_of_which_nothing_is_published_does_not_wait_for_a_mark(begun: bool) -> None:
    """A service that is started between two marks tells by its first checkpoint nothing of what was entered since."""
    leaving, rounds = asyncio.Event(), 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1

    far = 10 * time.time()  # the next mark lies centuries ahead
    task = asyncio.create_task(sweeps.at_marks("publishing", work, far, leaving, Counter(), begun))
    for _ in range(20):
        await asyncio.sleep(0)
    assert rounds == (0 if begun else 1)
    leaving.set()
    await asyncio.wait_for(task, 10)
    assert rounds == (0 if begun else 1)


async def test_a_round_is_made_at_each_mark_until_the_service_leaves() -> None:
    leaving, at = asyncio.Event(), []

    async def work() -> None:
        at.append(time.time())
        if len(at) == 3:
            leaving.set()

    await asyncio.wait_for(sweeps.at_marks("publishing", work, 0.05, leaving, Counter(), True), 20)
    assert len({int(each / 0.05) for each in at}) == 3
