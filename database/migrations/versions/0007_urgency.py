"""How soon a referral is to be answered at its sealed risk, for its two ends; who was shown what was sealed."""

from database import migrating

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
downgrade = migrating.forward_only


def upgrade() -> None:
    migrating.execute("0007_urgency.sql", "0007_disclosure.sql")
