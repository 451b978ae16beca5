"""Trusted documents, by client."""

from database import migrating

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0007_documents.sql")
