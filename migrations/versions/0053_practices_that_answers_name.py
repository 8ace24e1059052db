"""Referring practices that answers name without a physician: linked, counted, and meant by a rule.

Downgrade: loses which practice it was; the answers and what they count for as a source stay. The rollups, which follow
from the ledger, are made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLLUPS = ("tally_source", "tally_physician", "tally_together", "tally_coverage")
HAS_ONE = "(physician_id IS NULL) <> (practice_id IS NULL)"


def upgrade() -> None:
    with op.batch_alter_table("physician_referral") as table:
        table.add_column(sa.Column("practice_id", BIG, nullable=True))
        table.alter_column("physician_id", existing_type=BIG, nullable=True)
        table.create_foreign_key(
            op.f("fk_physician_referral_practice_id"), "referring_practice", ["practice_id"], ["id"]
        )
        table.create_check_constraint(op.f("ck_physician_referral_one_referrer"), HAS_ONE)
        table.create_index(op.f("ix_physician_referral_practice_id"), ["practice_id"])
    with op.batch_alter_table("review_rule") as table:
        table.add_column(sa.Column("practice_id", BIG, nullable=True))
        table.create_foreign_key(op.f("fk_review_rule_practice_id"), "referring_practice", ["practice_id"], ["id"])
    # Written out: made anew, as SQLite's other changes are, the table would lose what keeps its rows as they are.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE credit_entry ADD COLUMN practice_id {kind}"
        " CONSTRAINT fk_credit_entry_practice_id REFERENCES referring_practice (id)"
    )
    named = sa.text("practice_id IS NOT NULL")
    op.create_index(
        "ix_credit_entry_practice_id",
        "credit_entry",
        ["practice_id", "day"],
        sqlite_where=named,
        postgresql_where=named,
    )


def downgrade() -> None:
    op.drop_index("ix_credit_entry_practice_id", "credit_entry")
    op.drop_column("credit_entry", "practice_id")
    with op.batch_alter_table("review_rule") as table:
        table.drop_constraint(op.f("fk_review_rule_practice_id"), type_="foreignkey")
        table.drop_column("practice_id")
    gone = "SELECT id FROM physician_referral WHERE physician_id IS NULL"
    op.execute(f"UPDATE mention_decision SET physician_referral_id = NULL WHERE physician_referral_id IN ({gone})")  # noqa: S608
    op.execute("DELETE FROM physician_referral WHERE physician_id IS NULL")
    with op.batch_alter_table("physician_referral") as table:
        table.drop_index(op.f("ix_physician_referral_practice_id"))
        table.drop_constraint(op.f("ck_physician_referral_one_referrer"), type_="check")
        table.drop_constraint(op.f("fk_physician_referral_practice_id"), type_="foreignkey")
        table.drop_column("practice_id")
        table.alter_column("physician_id", existing_type=BIG, nullable=False)
    for rollup in ROLLUPS:
        op.execute(f"DELETE FROM {rollup}")  # noqa: S608
    op.execute("UPDATE tally_state SET credit_folded_to = 0, coverage_folded_to = 0, times_begun = times_begun + 1")
