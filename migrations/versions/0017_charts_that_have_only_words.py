"""Decisions between an answer and a chart that names a physician in words only.

Downgrade: loses those decisions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("chart_decision") as table:
        table.add_column(sa.Column("charted_words", sa.String(160), nullable=False, server_default=""))
        table.add_column(sa.Column("picked", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.alter_column("physician_referral_id", existing_type=BIG, nullable=True)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM chart_decision WHERE physician_referral_id IS NULL"))
    with op.batch_alter_table("chart_decision") as table:
        table.alter_column("physician_referral_id", existing_type=BIG, nullable=False)
        table.drop_column("picked")
        table.drop_column("charted_words")
