"""Where Alembic starts for the key store: on the connection that `database.migrating` hands over, and on no other.

Promise: the key store's tables are made as the owner of the tables, like the others.
Elsewhere: the other database's, `database/migrations/env.py`.
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
