"""A new function is not everybody's."""

from database import migrating

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0011_functions.sql")
