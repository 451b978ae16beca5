"""Trusted documents, by client."""

from database import migrating

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0010_documents.sql")
