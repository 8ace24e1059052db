"""Ways to a patient's first visit and to the answers of some days, for reports that count visits on these.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_visit_patient_day", "visit", ["patient_id", "visit_date", "status"])
    op.create_index("ix_answer_answered_at", "answer", ["answered_at"])


def downgrade() -> None:
    op.drop_index("ix_answer_answered_at", "answer")
    op.drop_index("ix_visit_patient_day", "visit")
