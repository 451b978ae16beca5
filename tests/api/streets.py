"""A service that listens on a real port, and who lives around it: both ends of a referral, a stranger, an auditor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from api import app
from database.addresses import Address
from database.engines import Databases
from operations import host_keys, referrals
from operations.preparations import ReferralAcknowledgedInput
from operations.results import Done
from settings import Settings
from tests.api import doors
from tests.api.doors import AUDITOR, PROVINCE, Door
from tests.api.servers import Served, served
from tests.operations import worlds
from tests.operations.worlds import EAST_JAVA, JAKARTA, WEST_JAVA, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """Who lives there, and the acts themselves: of another process than the service, which hears of them by NOTIFY."""

    jakarta: Door
    east_java: Door
    west_java: Door
    auditor: Door
    world: World
    databases: Databases
    at: Served

    @property
    def url(self) -> str:
        return self.at.url

    async def acknowledge(self, referral: UUID) -> None:
        given = await self.world.ready(EAST_JAVA, ReferralAcknowledgedInput(referral=referral), 1)
        done = await referrals.acknowledge(self.world.desk, self.world.hands[EAST_JAVA].by, given)
        assert isinstance(done, Done), done


@asynccontextmanager
async def laid_out(databases: Databases, address: Address, folder: Path, **knobs: Any) -> AsyncIterator[Street]:
    settings = Settings(data=folder, publish_seconds=3600, demo=True, **knobs)
    keys = host_keys.create(settings.keys)
    world = await worlds.found(databases, host=keys.host, log=keys.log, wrapping=keys.wrapping)
    async with (
        app.service(settings, address) as application,
        served(application, settings) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        databases.bell.listening(address.app),
    ):
        ends = [
            await doors.registered(databases, http, party, PROVINCE, "case-management")
            for party in (JAKARTA, EAST_JAVA, WEST_JAVA)
        ]
        yield Street(
            jakarta=ends[0],
            east_java=ends[1],
            west_java=ends[2],
            auditor=await doors.registered(databases, http, "AUDITOR:bpk", AUDITOR, "audit"),
            world=world,
            databases=databases,
            at=at,
        )
