"""Call slips: what else is noted of a call, and what came of it.

Downgrade: loses both; callers and what they said stay.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "call_slip",
        sa.Column("caller_id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("for_whom", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        sa.Column("offered_on", sa.Date(), nullable=True),
        sa.Column("missed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("on_paper", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["caller_id"], ["caller.id"], name=op.f("fk_call_slip_caller_id")),
        sa.PrimaryKeyConstraint("caller_id", name=op.f("pk_call_slip")),
    )
    op.create_table(
        "call_outcome",
        sa.Column("id", BIG, nullable=False),
        sa.Column("caller_id", BIG, nullable=False),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("why_not", sa.String(14), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["caller_id"], ["caller.id"], name=op.f("fk_call_outcome_caller_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["staff.id"], name=op.f("fk_call_outcome_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_outcome")),
    )
    op.create_index(op.f("ix_call_outcome_caller_id"), "call_outcome", ["caller_id"])


def downgrade() -> None:
    op.drop_table("call_outcome")
    op.drop_table("call_slip")
