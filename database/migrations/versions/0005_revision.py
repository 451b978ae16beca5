"""The revision of the tables, told to the service that asks whether it is its own."""

from pathlib import Path
from typing import cast

import sqlalchemy
from alembic import op
from sqlalchemy import AdaptedConnection

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.get_bind().execute(sqlalchemy.text("select 1"))
    driver = cast(AdaptedConnection, op.get_bind().connection.dbapi_connection)
    sql = (Path(__file__).parents[1] / "0005_revision.sql").read_text(encoding="utf-8")
    driver.run_async(lambda raw: raw.execute(sql))


def downgrade() -> None:
    raise NotImplementedError(
        "migrations go forward only: restore a backup, then refill the log from what was published"
    )
