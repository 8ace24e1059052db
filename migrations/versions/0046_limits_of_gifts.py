"""Limits of what referring physicians and patients are given, by date; whether patients are given tokens of thanks.

Downgrade: loses the limits that somebody entered.
"""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STARK = "42 CFR 411.357(k), adjusted each January by CPI-U (cms.gov)"
OIG = "OIG policy statement of 2016-12-07 on gifts of nominal value"
LIMITS = (
    ("physician_year", date(2024, 1, 1), 507_00, STARK),
    ("physician_year", date(2025, 1, 1), 519_00, STARK),
    ("physician_year", date(2026, 1, 1), 535_00, STARK),
    ("token_piece", date(2016, 12, 7), 15_00, OIG),
    ("token_year", date(2016, 12, 7), 75_00, OIG),
)


def upgrade() -> None:
    made = op.create_table(
        "gift_limit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("cents", BIG, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_by_id", BIG, nullable=True),
        sa.CheckConstraint("kind IN ('physician_year', 'token_piece', 'token_year')", name=op.f("ck_gift_limit_kind")),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_gift_limit_not_below_nothing")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["staff.id"], name=op.f("fk_gift_limit_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_limit")),
    )
    op.bulk_insert(
        made,
        [
            {"kind": kind, "valid_from": first, "cents": cents, "source": source}
            for kind, first, cents, source in LIMITS
        ],
    )
    op.add_column("practice", sa.Column("patient_tokens", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("practice", "patient_tokens")
    op.drop_table("gift_limit")
