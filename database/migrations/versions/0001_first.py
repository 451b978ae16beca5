"""The first slice: cases, referrals, handovers, the ledger, access; all under row security."""

from pathlib import Path
from typing import cast

import sqlalchemy
from alembic import op
from sqlalchemy import AdaptedConnection

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTS = ("0001_tables.sql", "0001_rules.sql", "0001_journal.sql", "0001_security.sql")


def upgrade() -> None:
    # Several statements at once need the driver's simple protocol, in the transaction that SQLAlchemy has begun.
    op.get_bind().execute(sqlalchemy.text("select 1"))
    driver = cast(AdaptedConnection, op.get_bind().connection.dbapi_connection)
    for part in PARTS:
        _execute(driver, (Path(__file__).parents[1] / part).read_text(encoding="utf-8"))


def _execute(driver: AdaptedConnection, sql: str) -> None:
    driver.run_async(lambda raw: raw.execute(sql))


def downgrade() -> None:
    raise NotImplementedError(
        "migrations go forward only: restore a backup, then refill the log from what was published"
    )
