"""Hours of a location's own within which its texts leave, and finding a period's texts.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("text_plan", sa.Column("opens", sa.Time(), nullable=True))
    op.add_column("text_plan", sa.Column("closes", sa.Time(), nullable=True))
    op.create_index("ix_outbox_text_queued_at", "outbox_text", ["queued_at"])


def downgrade() -> None:
    op.drop_index("ix_outbox_text_queued_at", "outbox_text")
    op.drop_column("text_plan", "closes")
    op.drop_column("text_plan", "opens")
