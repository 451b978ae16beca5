"""The first slice: cases, referrals, handovers, the ledger, access; all under row security."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTS = ("0001_tables.sql", "0001_rules.sql", "0001_journal.sql", "0001_security.sql")


def upgrade() -> None:
    for part in PARTS:
        sql = (Path(__file__).parents[1] / part).read_text(encoding="utf-8")
        # One statement after another needs the driver's simple protocol; SQLAlchemy has begun the transaction already.
        op.get_bind().execute(sqlalchemy.text("select 1"))
        op.get_bind().connection.dbapi_connection.run_async(lambda driver, sql=sql: driver.execute(sql))  # type: ignore[union-attr]


def downgrade() -> None:
    raise NotImplementedError(
        "migrations go forward only: restore a backup, then refill the log from what was published"
    )
