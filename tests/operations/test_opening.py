"""Opening the desk: only on a log that has begun, and only by its own host."""

import pytest
from nacl.signing import SigningKey

from database.engines import Databases
from operations import opening
from operations.opening import NotBegun
from tests.operations.worlds import World


async def test_the_desk_of_a_begun_log_is_opened_by_its_host(world: World) -> None:
    desk = await opening.open_desk(world.desk.databases, world.desk.host)
    assert (desk.origin, desk.agreement.sha256) == (world.desk.origin, world.desk.agreement.sha256)


async def test_another_hosts_key_opens_nothing(world: World) -> None:
    """Its receipts would verify under no key that the log knows."""
    with pytest.raises(NotBegun, match="not the one"):
        await opening.open_desk(world.desk.databases, SigningKey.generate())


async def test_there_is_no_desk_before_the_agreement_is_adopted(databases: Databases) -> None:
    with pytest.raises(NotBegun, match="has not begun"):
        await opening.open_desk(databases, SigningKey.generate())
