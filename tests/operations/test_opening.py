"""Opening the desk: only on a log that has begun, only by its own host, and under an agreement that it can read."""

import json

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from nacl.signing import SigningKey

from database.engines import Databases
from operations import opening
from operations.opening import NotBegun
from tests.operations.worlds import WRAPPING, World


async def test_the_desk_of_a_begun_log_is_opened_by_its_host(world: World) -> None:
    desk = await opening.open_desk(world.desk.databases, world.desk.host, lambda: WRAPPING)
    assert (desk.origin, desk.agreement.sha256) == (world.desk.origin, world.desk.agreement.sha256)


async def test_another_hosts_key_opens_nothing(world: World) -> None:
    """Its receipts would verify under no key that the log knows."""
    with pytest.raises(NotBegun, match="not the one"):
        await opening.open_desk(world.desk.databases, SigningKey.generate(), lambda: WRAPPING)


async def test_there_is_no_desk_before_the_agreement_is_adopted(databases: Databases) -> None:
    with pytest.raises(NotBegun, match="has not begun"):
        await opening.open_desk(databases, SigningKey.generate(), lambda: WRAPPING)


async def test_a_log_under_an_agreement_of_another_version_is_said_to_be_one(
    world: World, superuser: asyncpg.Connection
) -> None:
    document = json.loads(world.desk.agreement.document)
    document["format"] = 1
    older = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    await superuser.execute("set session_replication_role = replica")  # the triggers of foreign keys would miss it
    await superuser.execute("update agreement set document = $1, sha256 = encode(sha256($1), 'hex')", older)
    with pytest.raises(NotBegun, match=r"another version of Estafet .*make clean"):
        await opening.open_desk(world.desk.databases, world.desk.host, lambda: WRAPPING)
