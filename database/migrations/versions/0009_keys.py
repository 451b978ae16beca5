"""The register keeps what a root or the host's key was before it was replaced."""

from database import migrating

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0009_keys.sql")
