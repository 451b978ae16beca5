"""A small population in a PostgreSQL of its own, for all tests of this room."""

from collections.abc import Iterator
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest

from benchmarks import houses
from benchmarks.houses import House

CASES = 300


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with houses.opened(tmp_path_factory.mktemp("house"), CASES, quick=True) as opened:
        yield opened


@pytest.fixture
async def owner(house: House) -> Any:
    connection = await asyncpg.connect(house.superuser)
    yield connection
    await connection.close()
