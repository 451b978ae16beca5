"""estafet check --ledger: what the database's superuser has edited is named by the command."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest

from cli import servers
from database import embedded
from tests.cli.starts import Started, estafet, started

EDITED = 4
LEAF = "convert_to(replace(convert_from(leaf, 'UTF8'), '\"at\":\"2', '\"at\":\"1'), 'UTF8')"
EDIT = f"""alter table ledger_entry disable trigger all;
    update ledger_entry set leaf = {LEAF}, leaf_hash = encode(sha256('\\x00'::bytea || {LEAF}), 'hex')
    where index = {EDITED}"""  # noqa: S608  # the test's own


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with started(tmp_path_factory.mktemp("check") / "data") as service:
        yield service


def intrude(data: Path) -> None:
    """As the superuser, with the triggers out of the way and the entry's hash made right."""
    server = embedded.find(data / "pg")
    assert server is not None

    async def edit(url: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(EDIT)
        finally:
            await connection.close()

    asyncio.run(edit(server.url("postgres", servers.NAME)))


def test_an_edited_entry_is_named(service: Started) -> None:
    check = ("check", "--ledger", "--data", str(service.data))
    assert estafet(*check).returncode == 0
    assert json.loads(estafet(*check, "--json").stdout) == {"safe": True, "faults": []}
    intrude(service.data)
    told = estafet(*check)
    assert told.returncode == 1
    assert f"entry {EDITED}:" in told.stdout
    document = estafet(*check, "--json")
    assert document.returncode == 1
    answer = json.loads(document.stdout)
    assert answer["safe"] is False
    named = [fault for fault in answer["faults"] if fault.startswith("entry ")]  # the disabled triggers are told, too
    assert named[0].startswith(f"entry {EDITED}:")
