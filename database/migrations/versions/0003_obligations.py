"""What each province owes, as it is and as it was; answers to discrepancies and the papers of both ends."""

from pathlib import Path
from typing import cast

import sqlalchemy
from alembic import op
from sqlalchemy import AdaptedConnection

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


PARTS = ("0003_answers.sql", "0003_duties.sql", "0003_obligations.sql")


def upgrade() -> None:
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
