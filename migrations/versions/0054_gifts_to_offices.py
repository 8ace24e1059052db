"""For which physicians counts what an office was given. Downgrade: loses what was decided, so it counts for nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("touchpoint", sa.Column("office_gift_for", sa.JSON(), nullable=True))
    given = sa.text("cost_cents IS NOT NULL")
    op.create_index("ix_touchpoint_given", "touchpoint", ["day"], sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    op.drop_index("ix_touchpoint_given", "touchpoint")
    op.drop_column("touchpoint", "office_gift_for")
