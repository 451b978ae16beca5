"""A world in PostgreSQL, read as the application's role, under row security."""

from typing import Any

import pytest

from database.engines import Databases
from tests.reading import worlds


@pytest.fixture
def world() -> worlds.World:
    return worlds.make()


@pytest.fixture
async def pool(databases: Databases, superuser: Any, world: worlds.World) -> Any:
    await worlds.write(superuser, world)
    return databases.reading
