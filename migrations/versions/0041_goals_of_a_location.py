"""Goals of a location: the share of new patients who should say how they heard, and referrals a month.

Downgrade: loses the goals.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("location", sa.Column("coverage_goal", sa.SmallInteger(), nullable=True))
    op.add_column("location", sa.Column("referrals_goal", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("location", "referrals_goal")
    op.drop_column("location", "coverage_goal")
