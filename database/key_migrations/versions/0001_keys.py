"""The first and so far only table of the key store."""

from database import migrating

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0001_keys.sql", folder=migrating.KEYS)
