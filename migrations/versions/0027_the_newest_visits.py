"""A way to the newest visits in the order in which they are listed, whatever stands in a day.

Revision ID: 0027
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_visit_newest", "visit", ["visit_date", "scheduled_at", "id"])
    op.drop_index("ix_visit_visit_date", "visit")


def downgrade() -> None:
    op.create_index("ix_visit_visit_date", "visit", ["visit_date"])
    op.drop_index("ix_visit_newest", "visit")
