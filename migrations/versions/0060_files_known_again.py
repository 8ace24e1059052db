"""The digest of each schedule file that was applied, so that the same one is known again. Downgrade: loses these."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schedule_upload", sa.Column("digest", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("schedule_upload", "digest")
