"""The world of this room's stories, on a real PostgreSQL."""

from pathlib import Path
from typing import Any

import pytest

import auth.gates
import auth.keys
import auth.limits
from auth.keys import SigningKeys
from database.engines import Databases
from tests.auth.partners import Partner
from tests.auth.worlds import ISSUER, KEYS, PROVINCE, Clock, World, register


@pytest.fixture
def signing_keys(tmp_path: Path) -> SigningKeys:
    return auth.keys.create(tmp_path / "oauth.json")


@pytest.fixture
async def world(databases: Databases, superuser: Any, signing_keys: SigningKeys) -> World:
    clock = Clock()
    gate = auth.gates.build(issuer=ISSUER, keys=signing_keys, engine=databases.auth, limits=auth.limits.DEMO, now=clock)
    engine = databases.auth
    await register(engine, "jakarta", "ID-JK", KEYS["jakarta"], PROVINCE, "case-management", "emergency")
    await register(engine, "jawa-barat", "ID-JB", KEYS["jawa-barat"], PROVINCE, "case-management")
    await register(engine, "auditor", "AUDITOR:bpk", KEYS["auditor"], ["ledger:read", "schema:read"], "audit")

    def partner(name: str) -> Partner:
        return Partner(ISSUER, name, KEYS[name], KEYS["proof"], clock.seconds)

    return World(
        gate=gate,
        databases=databases,
        clock=clock,
        superuser=superuser,
        jakarta=partner("jakarta"),
        jawa_barat=partner("jawa-barat"),
        auditor=partner("auditor"),
        stranger=partner("stranger"),
    )
