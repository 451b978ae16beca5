"""`estafet migrate`: the database brought to this version.

Promise: run it as often as you like; it does what is left to do, and fails rather than stop a running service.
Elsewhere: the migrations, `database.migrating`.
"""

import asyncio

from cli import servers
from cli.audit import screens
from cli.audit.endings import application

app = application("Bring the database to this version.")


@app.command()
def migrate(data: servers.Data = None) -> None:
    """Bring the database to this version."""
    told = servers.told(data)
    with servers.reached(told) as address:
        asyncio.run(servers.migrated(address))
    screens.out().print("the database is of this version")
