"""Links of callers, found without reading those of visits. Downgrade: loses nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    called = sa.text("caller_id IS NOT NULL")
    op.create_index(
        "ix_physician_referral_caller",
        "physician_referral",
        ["caller_id"],
        sqlite_where=called,
        postgresql_where=called,
    )


def downgrade() -> None:
    op.drop_index("ix_physician_referral_caller", "physician_referral")
