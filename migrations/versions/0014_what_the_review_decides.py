"""What counts where answer and chart disagree, which rules hold for later answers, and a quick way to the uncertain.

Downgrade: loses the decisions between answers and charts; the ledger keeps what they counted until it is repaired.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUGGESTED = sa.text("match_state = 'suggested'")


def upgrade() -> None:
    op.add_column("review_rule", sa.Column("for_later", sa.Boolean(), nullable=False, server_default=sa.true()))
    # Not in a batch: rebuilding the table would drop the triggers that keep it append-only.
    op.create_index(
        "ix_mention_suggested", "mention", ["id"], sqlite_where=SUGGESTED, postgresql_where=SUGGESTED, unique=False
    )
    op.create_table(
        "chart_decision",
        sa.Column("id", BIG, nullable=False),
        sa.Column("visit_id", BIG, nullable=False),
        sa.Column("answer_id", BIG, nullable=False),
        sa.Column("physician_referral_id", BIG, nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", BIG, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("verdict IN ('answer', 'chart', 'both')", name=op.f("ck_chart_decision_verdict")),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_chart_decision_answer_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_chart_decision_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["physician_referral_id"], ["physician_referral.id"], name=op.f("fk_chart_decision_physician_referral_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_chart_decision_source_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_chart_decision_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chart_decision")),
    )
    op.create_index(op.f("ix_chart_decision_answer_id"), "chart_decision", ["answer_id"])
    op.create_index(op.f("ix_chart_decision_visit_id"), "chart_decision", ["visit_id"])


def downgrade() -> None:
    op.drop_table("chart_decision")
    op.drop_index("ix_mention_suggested", table_name="mention")
    op.drop_column("review_rule", "for_later")
