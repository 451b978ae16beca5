"""The host's pulse, and its notices of breaches for those whom they concern."""

from database import migrating

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0004_heartbeat.sql")
