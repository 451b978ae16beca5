"""Where Alembic starts: on a connection that `database.migrating` hands over, or on the settings' address.

Promise: by either road the same migrations run, as the owner of the tables.
Elsewhere: timeouts and waiting for another migration, `database.migrating`.
"""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

import settings
from database import addresses, migrating, tables


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=tables.metadata)
    with context.begin_transaction():
        context.run_migrations()


def owner() -> str:
    told = settings.read(os.environ)
    if told.database_url is None:
        raise SystemExit("ESTAFET_DATABASE_URL names no server; the embedded one is migrated by `estafet migrate`")
    return addresses.derive(told.database_url, owner=told.database_url_owner).owner


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:  # `alembic upgrade head` on the command line
    asyncio.run(migrating.migrate(owner()))
