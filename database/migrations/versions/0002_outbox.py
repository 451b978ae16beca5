"""The outbox: what has changed, in the order in which it became true."""

from pathlib import Path
from typing import cast

import sqlalchemy
from alembic import op
from sqlalchemy import AdaptedConnection

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PART = Path(__file__).parents[1] / "0002_outbox.sql"


def upgrade() -> None:
    # Several statements at once need the driver's simple protocol, in the transaction that SQLAlchemy has begun.
    op.get_bind().execute(sqlalchemy.text("select 1"))
    driver = cast(AdaptedConnection, op.get_bind().connection.dbapi_connection)
    driver.run_async(lambda raw: raw.execute(PART.read_text(encoding="utf-8")))


def downgrade() -> None:
    raise NotImplementedError(
        "migrations go forward only: restore a backup, then refill the log from what was published"
    )
