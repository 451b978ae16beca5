"""What each province owes, as it is and as it was; answers to discrepancies and the papers of both ends."""

from database import migrating

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0003_answers.sql", "0003_duties.sql", "0003_obligations.sql")
