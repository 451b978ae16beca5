"""Whoever carries away the database whole: what of it signs, and what it tells."""

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from database.vaults import Vault
from database.wrapping import Unwrappable, Wrapper
from tests.operations import worlds
from tests.operations.worlds import SITI, World

OTHER = Wrapper(name="f" * 16, secret=b"\xff" * 32)


async def everything(superuser: Any) -> str:
    """Every row of every table as a copy of the database has it, bytes in hex and as the text that they are."""
    tables = await superuser.fetch("select tablename from pg_tables where schemaname = 'public' order by 1")
    rows = [str(row[0]) for (name,) in tables for row in await superuser.fetch(f"select t::text from {name} t")]  # noqa: S608  # the names are the catalogue's own
    leaves = [bytes(row[0]).decode() for row in await superuser.fetch("select leaf from ledger_entry")]
    payloads = [base64.b64decode(leaf.split('"payload":"')[1].split('"')[0]).decode() for leaf in leaves]
    return "\n".join((*rows, *leaves, *payloads))


def held(secret: bytes, copied: str) -> bool:
    """In hex, in base64 of either alphabet, or within anything that base64 decodes to, also behind a plus (a vkey)."""
    if secret.hex() in copied:
        return True
    runs = {run.replace("-", "+").replace("_", "/").rstrip("=") for run in re.findall(r"[A-Za-z0-9_+/=-]{40,}", copied)}
    runs |= {run[found.end() :] for run in runs for found in re.finditer(r"\+", run)}
    return any(secret in base64.b64decode(run + "=" * (-len(run) % 4)) for run in runs if len(run) % 4 != 1)


async def test_a_copy_of_the_database_holds_no_key_that_signs(world: World, superuser: Any, tmp_path: Path) -> None:
    """Of provinces, roots, host and log. The public halves are found, so that this test looks where keys would be."""
    await world.received()
    assert (await world.audited(tmp_path)).clean
    copied = await everything(superuser)
    hands = [hand.key for hand in world.hands.values()]
    keys: list[SigningKey] = [*world.roots.values(), *hands, world.desk.host, world.log]
    for key in keys:
        assert held(bytes(key.verify_key), copied)
        assert not held(bytes(key), copied)


async def test_a_copy_of_the_database_does_not_tell_who_was_handed_over_nor_how_they_were(
    world: World, superuser: Any
) -> None:
    """Neither the rows nor the log in it, without the key store and the host's key-encryption keys."""
    await world.received()
    copied = await everything(superuser)
    secret = (SITI.full_name, str(SITI.nik), "Bu Siti", str(SITI.birth_date))
    for told in (*secret, "dr. Ratna", "Panti Kedoya", "Bus 12", "Terminal Purabaya", "POOR"):
        assert told not in copied
    assert (
        "S.A." in copied
    )  # initials, which lists show; and what the person is in need of, for the province's own lists
    assert "GELANDANGAN" in copied
    entries = [bytes(row[0]).decode() for row in await superuser.fetch("select leaf from ledger_entry")]
    bodies = [base64.b64decode(leaf.split('"payload":"')[1].split('"')[0]).decode() for leaf in entries]
    assert not any("GELANDANGAN" in text for text in (*entries, *bodies))


async def test_a_key_store_alone_opens_nothing(world: World, superuser: Any) -> None:
    """The keys in it are wrapped under keys that are in no database."""
    await world.received()
    [person] = {row[0] for row in await superuser.fetch("select id from person")}
    [row] = await world.desk.databases.keys.fetch("select wrapped from data_key where person = $1", person)
    assert (await world.desk.vault.keys([person]))[person].secret not in bytes(row["wrapped"])
    others = replace(worlds.WRAPPING, owners={owner: (OTHER,) for owner in worlds.WRAPPING.owners})
    with pytest.raises(Unwrappable, match="is not here"):
        await Vault(pool=world.desk.databases.keys, wrapping=others).keys([person])
    renamed = replace(OTHER, name=worlds.WRAPPING.owners["ID-JK"][0].name)
    others = replace(worlds.WRAPPING, owners={owner: (renamed,) for owner in worlds.WRAPPING.owners})
    with pytest.raises(Unwrappable, match="altered or moved"):
        await Vault(pool=world.desk.databases.keys, wrapping=others).keys([person])
