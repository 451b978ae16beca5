"""A log that has begun."""

from collections.abc import AsyncIterator

import pytest

from database import addresses, engines
from database.engines import Databases
from tests.database import acts


@pytest.fixture
async def log(agreed: Databases) -> Databases:
    """The databases, with the agreement's rows and a log of one entry."""
    await acts.begin(agreed)
    return agreed


@pytest.fixture
async def early(agreed: Databases, address: addresses.Address) -> AsyncIterator[Databases]:
    """The databases thirty days ago, with a log that began then."""
    opened = await engines.open_databases(acts.set_back(address, days=30))
    await acts.begin(opened)
    yield opened
    await opened.close()
