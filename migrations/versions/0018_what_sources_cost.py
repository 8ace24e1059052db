"""What was spent on a source, month by month.

Downgrade: loses every amount that was entered.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "spend",
        sa.Column("id", BIG, nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("cents", BIG, nullable=False),
        sa.Column("note", sa.String(120), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("entered_by_id", BIG, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_by_id", BIG, nullable=True),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_spend_not_below_nothing")),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_spend_source_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["staff.id"], name=op.f("fk_spend_entered_by_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["staff.id"], name=op.f("fk_spend_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend")),
    )
    op.create_index("ix_spend_month", "spend", ["month", "source_id"])


def downgrade() -> None:
    op.drop_table("spend")
