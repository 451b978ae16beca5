"""The application on a clean database, with three provinces and an auditor in front of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette

from api import app
from auth.gates import wall_clock
from database.addresses import Address
from database.engines import Databases
from operations import host_keys
from settings import Settings
from tests.api import doors, streets
from tests.api.doors import AUDITOR, PROVINCE, Door
from tests.api.streets import Street
from tests.operations import worlds
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Three provinces and an auditor at the door of one service."""

    jakarta: Door
    east_java: Door
    west_java: Door
    auditor: Door
    settings: Settings
    app: Starlette


@pytest.fixture
async def house(databases: Databases, address: Address, tmp_path: Path) -> AsyncIterator[House]:
    async with built(databases, address, Settings(data=tmp_path, publish_seconds=1, demo=True)) as house:
        yield house


@asynccontextmanager
async def built(
    databases: Databases, address: Address, settings: Settings, *, now: Callable[[], datetime] = wall_clock
) -> AsyncIterator[House]:
    keys = host_keys.create(settings.keys)
    world = await worlds.found(databases, host=keys.host, log=keys.log, wrapping=keys.wrapping)
    async with app.service(settings, address, now=now) as served, doors.client_of(served) as http:
        provinces = []
        for party in (JAKARTA, EAST_JAVA, WEST_JAVA):
            door = await doors.registered(databases, http, party, PROVINCE, "case-management")
            door.signing, door.name = world.hands[party].key, world.hands[party].name
            provinces.append(door)
        auditor = await doors.registered(databases, http, "AUDITOR:bpk", AUDITOR, "audit")
        jakarta, east_java, west_java = provinces
        yield House(
            jakarta=jakarta, east_java=east_java, west_java=west_java, auditor=auditor, settings=settings, app=served
        )


@pytest.fixture
async def street(databases: Databases, address: Address, tmp_path: Path) -> AsyncIterator[Street]:
    async with streets.laid_out(databases, address, tmp_path) as street:
        yield street
