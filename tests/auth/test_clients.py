"""Stories of the register of clients: what gets in, what is refused before anything is written."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

import auth.clients
import auth.keys
from auth.clients import Client, ClientRefused
from database.engines import Databases
from tests.auth.worlds import KEYS

AT: Final = datetime(2026, 3, 2, tzinfo=UTC)
PUBLIC: Final = auth.keys.public(KEYS["jakarta"])
OTHER: Final = auth.keys.public(KEYS["stranger"])
GOOD: Final[dict[str, Any]] = {
    "client_id": "jakarta",
    "party": "ID-JK",
    "name": "Dinas Sosial DKI Jakarta",
    "keys": [PUBLIC],
    "scopes": ["cases:read"],
    "purposes": ["case-management", "audit", "case-management"],
}
BAD: Final[dict[str, dict[str, Any]]] = {
    "no id": {"client_id": ""},
    "an id with a space": {"client_id": "jak arta"},
    "an id with a NUL": {"client_id": "jakarta\0"},
    "an id with a line break": {"client_id": "jakarta\n"},
    "an endless id": {"client_id": "x" * 65},
    "no party": {"party": ""},
    "a party of no kind": {"party": "JAKARTA"},
    "two parties": {"party": "ID-JK ID-JB"},
    "the forum as a party": {"party": "FORUM"},
    "an auditor without a name": {"party": "AUDITOR:"},
    "no name": {"name": " "},
    "a name that is no line": {"name": "a\nb"},
    "no scope": {"scopes": []},
    "an unknown scope": {"scopes": ["cases:read", "admin"]},
    "no purpose": {"purposes": []},
    "an unknown purpose": {"purposes": ["curiosity"]},
    "no key": {"keys": []},
    "three keys": {"keys": [PUBLIC, OTHER, auth.keys.public(KEYS["auditor"])]},
    "the same key twice": {"keys": [PUBLIC, PUBLIC]},
    "a private key": {"keys": [KEYS["jakarta"]]},
    "a secret": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
    "no key at all": {"keys": [{}]},
}


async def add(databases: Databases, **bent: Any) -> Client:
    async with databases.auth.begin() as connection:
        return await auth.clients.add(connection, **{**GOOD, **bent}, at=AT)


async def found(databases: Databases, client_id: str = "jakarta") -> Client | None:
    async with databases.auth.connect() as connection:
        return await auth.clients.find(connection, client_id)


async def test_a_client_is_registered_as_it_was_told(databases: Databases) -> None:
    added = await add(databases)
    read = await found(databases)
    assert read is not None
    assert (read.client_id, read.party, read.name, read.disabled) == ("jakarta", "ID-JK", GOOD["name"], False)
    assert (read.scopes, read.purposes) == (frozenset({"cases:read"}), ("case-management", "audit"))
    assert [key.told() for key in read.keys] == [key.told() for key in added.keys] == [PUBLIC]


async def test_a_registration_that_may_not_be_writes_nothing(databases: Databases, superuser: Any) -> None:
    for story, bent in BAD.items():
        with pytest.raises(ClientRefused):
            await add(databases, **bent)
        assert await superuser.fetchval("select count(*) from oauth_client") == 0, story


async def test_an_id_is_given_once(databases: Databases, superuser: Any) -> None:
    await add(databases)
    with pytest.raises(ClientRefused, match="exists"):
        await add(databases, party="ID-JB", keys=[OTHER])
    assert await superuser.fetchval("select party from oauth_client") == "ID-JK"


async def test_a_rotation_keeps_one_key_beside_the_new_one_and_retiring_keeps_none(databases: Databases) -> None:
    await add(databases)
    third = auth.keys.public(KEYS["auditor"])
    for key, retire, kept in (
        (OTHER, False, [OTHER, PUBLIC]),
        (third, False, [third, OTHER]),
        (PUBLIC, True, [PUBLIC]),
    ):
        async with databases.auth.begin() as connection:
            client = await auth.clients.rotate(connection, client_id="jakarta", key=key, retire=retire, at=AT)
        assert [held.told() for held in client.keys] == kept


async def test_the_key_in_use_can_be_rotated_to_itself(databases: Databases) -> None:
    await add(databases)
    async with databases.auth.begin() as connection:
        client = await auth.clients.rotate(connection, client_id="jakarta", key=PUBLIC, retire=False, at=AT)
    assert [held.told() for held in client.keys] == [PUBLIC]


async def test_a_rotation_to_a_bad_key_or_of_nobody_changes_nothing(databases: Databases) -> None:
    await add(databases)
    for client_id, key in (("jakarta", KEYS["stranger"]), ("nobody", OTHER)):
        with pytest.raises(ClientRefused):
            async with databases.auth.begin() as connection:
                await auth.clients.rotate(connection, client_id=client_id, key=key, retire=True, at=AT)
    read = await found(databases)
    assert read is not None
    assert [held.told() for held in read.keys] == [PUBLIC]


async def test_a_client_is_disabled_once_and_for_all(databases: Databases, superuser: Any) -> None:
    await add(databases)
    for hour in (1, 2):
        async with databases.auth.begin() as connection:
            await auth.clients.disable(connection, client_id="jakarta", at=AT.replace(hour=hour))
    read = await found(databases)
    assert read is not None
    assert read.disabled
    assert await superuser.fetchval("select disabled_at from oauth_client") == AT.replace(hour=1)
    with pytest.raises(ClientRefused, match="no client"):
        async with databases.auth.begin() as connection:
            await auth.clients.disable(connection, client_id="nobody", at=AT)


def test_nobody_is_a_client_that_opens_nothing() -> None:
    nobody = auth.clients.nobody()
    assert (nobody.disabled, nobody.scopes, len(nobody.keys)) == (True, frozenset(), 1)
    assert not auth.clients.identifiable(nobody.client_id)
