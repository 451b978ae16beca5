"""What the witnesses have seen of the log: an entry that a quorum of them covers is witnessed."""

from database import migrating

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0008_witnesses.sql")
