"""docs/partners.md: what it tells partners to type, typed, in the order in which it stands there."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from cli import key_files
from cli.key_files import StatementKey
from database.addresses import Address
from database.engines import Databases
from reading.ids import id_of
from tests.cli import sidecars
from tests.cli.starts import ROOT, environment, free_port
from tests.operations.worlds import JAKARTA

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "partners.md").read_text(), re.DOTALL)
LISTENING = """for _ in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:{port}/livez && break; sleep 0.1; done"""


def script(port: int) -> str:
    """The blocks as one script; a sidecar is waited for, and ended before the next one."""
    lines = ["set -e", "trap 'kill $(jobs -p)' EXIT"]
    for line in "\n".join(BLOCKS).splitlines():
        if line.endswith("&"):
            lines += ['for job in $(jobs -p); do kill "$job"; wait "$job" || true; done']
            lines += [line.removesuffix("&") + f"--listen 127.0.0.1:{port} > /dev/null &", LISTENING.format(port=port)]
        else:
            lines += [line.replace("8710", str(port)) + ("; echo" if line.startswith("curl") else "")]
    return "\n".join(lines) + "\n"


async def test_what_the_page_says_to_type_works_as_it_says(
    databases: Databases, address: Address, tmp_path: Path
) -> None:
    async with sidecars.place(databases, address, tmp_path / "data") as place:
        demo = tmp_path / ".estafet" / "demo"
        for name in ("clients", "keys"):
            (demo / name).mkdir(parents=True)
        (await place.client("demo-id-jk")).rename(demo / "clients" / "ID-JK.json")
        hand = place.world.hands[JAKARTA]
        key_files.write(demo / "keys" / "ID-JK.json", StatementKey(name=hand.name, signing=hand.key))
        await place.world.audited(tmp_path / ".estafet" / "ledger")
        program = tmp_path / ".venv" / "bin" / "estafet"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cli "$@"\n')
        program.chmod(0o755)
        urls = {"": address.app, "_AUTH": address.auth, "_WORKER": address.worker, "_OWNER": address.owner}
        env = environment(
            PYTHONPATH=str(ROOT),
            PATH=os.environ["PATH"],
            CASE=id_of("Case", await place.world.assessed_case()),
            VERSION="2",
            **{f"ESTAFET_DATABASE_URL{name}": url for name, url in urls.items()},
        )
        async with place.open():
            told = await typed(script(free_port()), tmp_path, env)
    assert told[0]["data"] == {"me": {"client": "demo-id-jk", "partyCode": "ID-JK"}}
    act, queue, me = told[1:]
    assert (act["state"], act["answer"]["errors"], act["receiptFault"]) == ("done", [], None)
    assert [each["state"] for each in queue["acts"]] == ["done"]
    assert me["data"] == {"me": {"client": "demo-id-jk"}}
    assert (demo / "clients" / "ID-JK.json.connect").stat().st_mode & 0o777 == 0o700


async def typed(text: str, folder: Path, env: dict[str, str]) -> list[Any]:
    """The answers, each a line of JSON; other lines are for people."""
    pipe = asyncio.subprocess.PIPE
    shell = await asyncio.create_subprocess_exec("bash", "-c", text, cwd=folder, env=env, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(60):
            out, said = await shell.communicate()
    finally:
        if shell.returncode is None:
            shell.kill()
    assert shell.returncode == 0, said.decode()
    return [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]


def test_every_block_of_the_page_is_typed() -> None:
    assert len(BLOCKS) == 4
    assert not any("8710" in line for line in script(1).splitlines())
