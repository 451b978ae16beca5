"""`estafet rewrap`: the key-encryption keys renewed, and the keys of persons wrapped under the new ones.

Promise: at each moment every person's key can be unwrapped by a key in the file, whatever kills us: new keys are in the
file before they wrap, old ones stay there until --forget finds that nothing is wrapped under them any more.
Rules: a running service reads the file again when it has changed. Where several machines serve, each gets the new file
before the keys are wrapped anew: --prepare, copy, then the rest. What was sealed is not touched: it is sealed under the
keys of persons.
Elsewhere: the file, `operations.wrapping_keys`; the keys of persons, `database.vaults`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cli import desks, servers
from cli.audit import screens
from cli.audit.endings import Stopped, application
from database.addresses import Address
from database.vaults import Away, Vault
from database.wrapping import Unwrappable, Wrapping
from operations import host_keys, wrapping_keys
from settings import Settings

app = application("Renew the keys that wrap the keys of persons.")


@app.command()
def rewrap(
    data: servers.Data = None,
    owner: Annotated[
        list[str] | None, typer.Option("--owner", help="Only of ID-xx or COMPARTMENT.", metavar="OWNER")
    ] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help="Only put new keys into the file.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Only drop old keys that wrap nothing.")] = False,
) -> None:
    """Renew the keys that wrap the keys of persons."""
    if prepare and forget:
        raise Stopped("--prepare and --forget are two steps")
    told = servers.told(data)
    try:
        known = host_keys.read_wrapping(told.keys)()
    except host_keys.Unusable as fault:
        raise Stopped(str(fault)) from None
    owners = owner or list(known.owners)
    if strange := [each for each in owners if each not in known.owners]:
        raise Stopped(f"{told.keys / wrapping_keys.FILE}: there are no keys of {', '.join(strange)}")
    if prepare:
        wrapping_keys.renew(told.keys, owners)
        screens.out().print(
            "new keys are in the file; copy it to every machine that serves, then run rewrap there once"
        )
        return
    # What was prepared on another machine, or begun and killed, is gone on with before anything is renewed.
    with servers.reached(told) as address:
        asyncio.run(forgotten(told, address) if forget else rewrapped(told, address, owners, known))


async def rewrapped(told: Settings, address: Address, owners: list[str], known: Wrapping) -> None:
    """Every person's key under the newest key of its owner."""
    if not any(len(known.owners[each]) > 1 for each in owners):
        known = wrapping_keys.renew(told.keys, owners)
    async with desks.databases(address) as opened:
        vault, count = Vault(pool=opened.keys, wrapping=known), 0
        with screens.bar() as bar, unwound():
            task = bar.add_task("wrapping keys anew", total=None)
            while some := await vault.renew():
                count += some
                bar.update(task, completed=count)
    screens.out().print(f"{count} keys of persons are wrapped anew; run rewrap --forget when every service has noticed")


async def forgotten(told: Settings, address: Address) -> None:
    """The file without the keys that wrap nothing."""
    async with desks.databases(address) as opened:
        before = wrapping_keys.read(told.keys)
        with unwound():
            used = await Vault(pool=opened.keys, wrapping=before).names()
    after = wrapping_keys.drop(told.keys, used)
    count = sum(len(every) - len(after.owners[each]) for each, every in before.owners.items())
    screens.out().print(f"{count} old keys are forgotten")


@contextmanager
def unwound() -> Iterator[None]:
    """Faults of the key store, in words."""
    try:
        yield
    except Away as fault:
        raise Stopped(f"the key store cannot be reached ({fault})", advice="See ESTAFET_KEYS_URL.") from None
    except Unwrappable as fault:
        raise Stopped(str(fault)) from None
