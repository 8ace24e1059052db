"""A new patient is a person: where they replied, after how many years they are new again. Weeks, money, charts.

Run `flask totals verify --repair` afterwards: it counts once who was counted for a second visit. Downgrade: loses the
settings, and which amounts were added up; the older version's `flask totals verify --repair` counts visits again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0036"
branch_labels = None
depends_on = None

DOCUMENTED = sa.text("evidence = 'documented' AND ended_at IS NULL")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reply_elsewhere",
        sa.Column("counted_visit_id", BIG, autoincrement=False, nullable=False),
        sa.Column("reply_visit_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["counted_visit_id"], ["visit.id"], name=op.f("fk_reply_elsewhere_counted_visit_id")),
        sa.ForeignKeyConstraint(["reply_visit_id"], ["visit.id"], name=op.f("fk_reply_elsewhere_reply_visit_id")),
        sa.PrimaryKeyConstraint("counted_visit_id", name=op.f("pk_reply_elsewhere")),
        sa.UniqueConstraint("reply_visit_id", name=op.f("uq_reply_elsewhere_reply_visit_id")),
    )
    op.create_index(
        "ix_physician_referral_documented",
        "physician_referral",
        ["visit_id", "physician_id"],
        sqlite_where=DOCUMENTED,
        postgresql_where=DOCUMENTED,
    )
    op.add_column("spend", sa.Column("replaces", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Until now every entry took the place of those before it.
    op.execute("UPDATE spend SET replaces = true")
    op.add_column("practice", sa.Column("monthly_budget_cents", BIG, nullable=True))
    op.add_column("practice", sa.Column("new_again_after_years", sa.SmallInteger(), nullable=True))
    op.add_column("practice", sa.Column("week_starts_on", sa.SmallInteger(), server_default="7", nullable=False))


def downgrade() -> None:
    op.drop_index("ix_physician_referral_documented", "physician_referral")
    op.drop_column("practice", "week_starts_on")
    op.drop_column("practice", "monthly_budget_cents")
    op.drop_column("spend", "replaces")
    op.drop_column("practice", "new_again_after_years")
    op.drop_table("reply_elsewhere")
