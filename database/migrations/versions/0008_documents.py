"""Trusted documents, by client."""

from database import migrating

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0008_documents.sql")
