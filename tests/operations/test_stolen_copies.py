"""Whoever carries away the database whole: what of it signs, and what it tells."""

import base64
import re
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from tests.operations.worlds import SITI, World


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


async def test_a_copy_of_the_database_tells_who_was_handed_over_and_the_log_in_it_does_not(
    world: World, superuser: Any
) -> None:
    """Said in the threat model: identity is not sealed yet. The entries name nobody all the same."""
    await world.received()
    told = [SITI.full_name, str(SITI.nik), "Bu Siti"]
    copied = await everything(superuser)
    assert all(each in copied for each in told)
    entries = [bytes(row[0]).decode() for row in await superuser.fetch("select leaf from ledger_entry")]
    bodies = [base64.b64decode(leaf.split('"payload":"')[1].split('"')[0]).decode() for leaf in entries]
    for each in (*told, "dr. Ratna", "Panti Kedoya", "Bus 12", "Terminal Purabaya", "POOR", "GELANDANGAN"):
        assert not any(each in text for text in (*entries, *bodies))
