"""Steps of a piece of work, timed where tracing is configured; otherwise they cost a look at one name.

Promise: a step has one of the names below and nothing else: no value of a statement, a row or a person can get into it.
Elsewhere: what is done with them, `api.traces`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Literal, TypeAlias

Step: TypeAlias = Literal["plan", "database", "opening", "act", "publish"]
Timed: TypeAlias = Callable[[Step], AbstractContextManager[object]]
_NOTHING: Final = nullcontext()


class _Timing:
    """Who times steps in this process: at most one."""

    timed: Timed | None = None


def step(name: Step) -> AbstractContextManager[object]:
    """While the block lasts, this is being done."""
    return _NOTHING if _Timing.timed is None else _Timing.timed(name)


def time_by(timed: Timed | None) -> None:
    """From now on, steps are timed by this; None: not at all."""
    _Timing.timed = timed
