"""The revision of the tables, told to the service that asks whether it is its own."""

from database import migrating

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0005_revision.sql")
