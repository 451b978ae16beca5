"""The outbox: what has changed, in the order in which it became true."""

from database import migrating

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0002_outbox.sql")
