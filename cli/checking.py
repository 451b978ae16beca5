"""`estafet check`: is it safe to serve? The same questions as at every start, and with --ledger more of them.

Promise: exit 0 when row security stands between the service and the rows and the keys are their owner's alone; exit 1
with everything that is wrong otherwise. `--ledger` names every entry that the database no longer holds as it was
entered or published. Nothing is changed.
Elsewhere: the questions, `database.safety` and `operations.comparing`.
"""

import asyncio
import stat
from typing import Annotated

import typer

from cli import desks, servers
from cli.audit import screens
from cli.audit.endings import FOUND, application
from database import places, safety
from database.addresses import Address
from database.shelves import Unreachable
from operations import comparing
from settings import Settings

app = application("The safety check that is also made at every start.")


@app.command()
def check(
    data: servers.Data = None,
    ledger: Annotated[bool, typer.Option("--ledger", help="Compare every entry with files and rules, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """The safety check that is also made at every start."""
    told = servers.told(data)
    with servers.reached(told) as address:
        faults = [*asyncio.run(asked(address)), *open_files(told), *ill_kept(told)]
        if ledger:
            with screens.err().status("comparing the ledger with its files and rules"):
                try:
                    faults += asyncio.run(compared(told, address))
                except Unreachable as away:
                    faults.append(str(away))
    if as_json:
        screens.print_json({"safe": not faults, "faults": faults})
    elif faults:
        for fault in faults:
            screens.out().print(f"✗ {fault}", style="red")
    else:
        screens.out().print("✓ safe to serve: roles, row security, functions and key files", style="green")
        if ledger:
            screens.out().print("✓ the ledger is as it was entered and published", style="green")
    if faults:
        raise typer.Exit(FOUND)


async def asked(address: Address) -> list[str]:
    """What the database's catalogue says against it."""
    async with desks.databases(address) as opened:
        try:
            await safety.check(opened)
        except safety.Unsafe as unsafe:
            return list(unsafe.faults)
    return []


async def compared(told: Settings, address: Address) -> list[str]:
    """What the ledger's rows, held against files and rules, say against it."""
    async with desks.desk(told, address) as desk:
        return [str(each) for each in await comparing.compare(desk, servers.shelf(told))]


def ill_kept(told: Settings) -> list[str]:
    """What the store of published files would let happen."""
    try:
        return places.faults(servers.shelf(told))
    except Unreachable as fault:
        return [str(fault)]


def open_files(told: Settings) -> list[str]:
    """Key files that others could read."""
    if not told.keys.is_dir():
        return [f"{told.keys}: there are no keys yet"]
    return [
        f"{path}: others can read it"
        for path in sorted(told.keys.iterdir())
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
