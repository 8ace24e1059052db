"""What write-ins were decided to mean.

Downgrade: loses the decisions and rules; answers stay as given.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "review_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("physician_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_review_rule_created_by_id")),
        sa.ForeignKeyConstraint(["off_by_id"], ["staff.id"], name=op.f("fk_review_rule_off_by_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_review_rule_physician_id")),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_review_rule_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rule")),
    )
    op.create_table(
        "review_rule_text",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("normal", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["review_rule.id"], name=op.f("fk_review_rule_text_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rule_text")),
    )
    with op.batch_alter_table("review_rule_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_rule_text_normal"), ["normal"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_rule_text_rule_id"), ["rule_id"], unique=False)

    op.create_table(
        "mention_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mention_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("physician_referral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("patient_referral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_mention_decision_decided_by_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_mention_decision_mention_id")),
        sa.ForeignKeyConstraint(
            ["patient_referral_id"], ["patient_referral.id"], name=op.f("fk_mention_decision_patient_referral_id")
        ),
        sa.ForeignKeyConstraint(
            ["physician_referral_id"], ["physician_referral.id"], name=op.f("fk_mention_decision_physician_referral_id")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["review_rule.id"], name=op.f("fk_mention_decision_rule_id")),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_mention_decision_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention_decision")),
    )
    with op.batch_alter_table("mention_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mention_decision_mention_id"), ["mention_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mention_decision_rule_id"), ["rule_id"], unique=False)

    # Not in a batch: rebuilding the table would drop the triggers that keep it append-only.
    op.add_column("mention", sa.Column("detail_normal", sa.String(length=200), nullable=False, server_default=""))
    op.create_index(op.f("ix_mention_detail_normal"), "mention", ["detail_normal"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_mention_detail_normal"), table_name="mention")
    op.drop_column("mention", "detail_normal")

    with op.batch_alter_table("mention_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mention_decision_rule_id"))
        batch_op.drop_index(batch_op.f("ix_mention_decision_mention_id"))

    op.drop_table("mention_decision")
    with op.batch_alter_table("review_rule_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_rule_text_rule_id"))
        batch_op.drop_index(batch_op.f("ix_review_rule_text_normal"))

    op.drop_table("review_rule_text")
    op.drop_table("review_rule")
