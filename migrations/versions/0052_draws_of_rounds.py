"""Whom each draw of rounds chose among. Downgrade: loses it, and with it what drawn order can prove of contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "round_draw",
        sa.Column("id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("room", sa.JSON(), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_round_draw_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_draw")),
    )
    op.create_index(op.f("ix_round_draw_first_day"), "round_draw", ["first_day"])


def downgrade() -> None:
    op.drop_table("round_draw")
