"""Sealed data, the trail of reading, and persons who were erased."""

from database import migrating

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0006_sealed.sql")
