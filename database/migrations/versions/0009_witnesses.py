"""What the witnesses have seen of the log: an entry that a quorum of them covers is witnessed."""

from database import migrating

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0009_witnesses.sql")
