"""How many options stood on the first screen when an answer was given. Downgrade: loses that."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answer", sa.Column("in_view", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("answer", "in_view")
