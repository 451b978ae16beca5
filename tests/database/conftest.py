"""A log that has begun."""

import pytest

from database.engines import Databases
from tests.database import acts


@pytest.fixture
async def log(agreed: Databases) -> Databases:
    """The databases, with the agreement's rows and a log of one entry."""
    await acts.begin(agreed)
    return agreed
