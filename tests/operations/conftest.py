"""The world of the stories, and the witness that nothing changed."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from database.engines import Databases
from operations.refusals import Rejected, UserError
from tests.operations import digests, worlds
from tests.operations.worlds import World

Refused = Callable[[Awaitable[object]], Awaitable[UserError]]


@pytest.fixture
async def world(databases: Databases) -> World:
    return await worlds.found(databases)


@pytest.fixture
def refused(superuser: Any) -> Refused:
    """Await an operation that must be refused, and see that no row of any table has changed; gives its one error."""

    async def witnessed(operation: Awaitable[object]) -> UserError:
        before = await digests.digest(superuser)
        answer = await operation
        assert await digests.digest(superuser) == before
        assert isinstance(answer, Rejected), answer
        assert len(answer.errors) == 1
        indonesian, english = answer.errors[0].message.split(" / ", 1)
        assert indonesian
        assert english
        return answer.errors[0]

    return witnessed
